// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "core/model/exits.h"
#include "core/model/process.h"

namespace perfwatch {

// The tracepoint's word of a kill for lack of memory; what it does not tell comes from kmsg.
struct OomMark {
  std::int32_t pid = 0;
  Comm comm{};
  std::uint32_t uid = 0;
  std::uint64_t anonymous_bytes = 0;
  std::uint64_t file_bytes = 0;
  std::uint64_t shared_bytes = 0;
  std::uint64_t boot_nanoseconds = 0;  // CLOCK_BOOTTIME
};

// What a process ran.
struct Program {
  std::uint64_t image = 0;
  Comm comm{};
};

// Takes what happened between two sweeps, in the order in which it happened to each process.
class ProcessEvents {
 public:
  ProcessEvents() = default;
  ProcessEvents(const ProcessEvents&) = delete;
  ProcessEvents& operator=(const ProcessEvents&) = delete;
  virtual ~ProcessEvents() = default;

  // exec(2): `process` runs another program from now on: `image` and comm are those of the new
  // program, the counters are those at this moment, so that what was spent before can stay where it
  // belongs, with `before`.
  virtual void program_changed(const ProcessRecord& process, const Program& before) = 0;
  // Right after program_changed(): a variable that ProcessReader::expect_jobs() named is in its
  // environment, and was not in that of its parent.
  virtual void job_seen(const ProcessRecord& /*process*/) {}
  // The whole process ended, with all its threads. Once for each process.
  virtual void ended(const ProcessExit& exit) = 0;
  virtual void ended_unseen(const ExitSummary& summary) = 0;
  virtual void killed_for_memory(const OomMark& mark) = 0;
};

}  // namespace perfwatch
