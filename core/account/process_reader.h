// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "core/account/group_rules.h"
#include "core/base/result.h"
#include "core/base/roots.h"
#include "core/model/process.h"

namespace perfwatch {

// What could not be read of how many processes in one sweep, and why (the first text of each kind).
struct SweepErrors {
  std::uint32_t denied = 0;  // others' /proc/PID/io, fd: CAP_SYS_PTRACE is missing
  std::uint32_t malformed = 0;
  std::uint32_t io = 0;
  std::string text;
  // The processes that are there, but not among the records because of one of these errors.
  std::vector<std::int32_t> unread{};
};

// The seam between the accounting and the host: everything alive, in one sweep.
class ProcessReader {
 public:
  ProcessReader() = default;
  ProcessReader(const ProcessReader&) = delete;
  ProcessReader& operator=(const ProcessReader&) = delete;
  virtual ~ProcessReader() = default;

  // Replaces `out` by all processes, in any order. A process that vanishes during the sweep is left
  // out.
  [[nodiscard]] virtual Result<SweepErrors> sweep(std::vector<ProcessRecord>& out) = 0;

  // The names of one process, asked once per process (and again after its comm changed); what is
  // not needed costs nothing and stays empty. Valid until the next call.
  [[nodiscard]] virtual ProcessIdentity identify(const ProcessRecord& process,
                                                 IdentityNeeds needs) = 0;
};

// libproc2 where procfs is /proc; a reader of our own for any other root (fixtures, /host/proc in a
// container), as libproc2 cannot be pointed elsewhere.
[[nodiscard]] Result<std::unique_ptr<ProcessReader>> make_process_reader(const Roots& roots);

}  // namespace perfwatch
