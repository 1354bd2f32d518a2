// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/account/smaps_rollup.h"
#include "core/base/result.h"
#include "core/model/process.h"

namespace perfwatch {

// What came of reading the memory of one process.
enum class MemoryOutcome : std::uint8_t {
  read,
  ended,      // while we looked; counts for nothing
  denied,     // it is another user's, and we have not the right (CAP_SYS_PTRACE)
  too_large,  // above the limit: not tried
  late,       // the deadline came first
  failed      // see error
};
[[nodiscard]] std::string_view to_string(MemoryOutcome outcome);

struct MemoryRow {
  ProcessKey key;
  std::string comm;                  // safe_text, as is
  std::string group;                 // this; empty when it was not asked for by group
  std::uint64_t resident_bytes = 0;  // as far as known before reading
  MemoryOutcome outcome = MemoryOutcome::late;
  SmapsRollup memory;
  std::string error;
};

// A process by its pid, not read yet.
[[nodiscard]] Result<MemoryRow> find_process(const std::string& procfs, std::int32_t pid);

struct MemoryLimits {
  std::optional<std::uint64_t> resident_bytes = std::uint64_t{4} << 30U;  // of one process
  std::chrono::milliseconds deadline = std::chrono::seconds(10);          // for all of them
};

// Reads all rows, with the rights of the caller, one after the other. A process that hangs holding
// its own memory's lock stops the reading, not us: it is left behind in a thread, the rest is late.
[[nodiscard]] std::vector<MemoryRow> read_memory(const std::string& procfs,
                                                 std::vector<MemoryRow> rows,
                                                 const MemoryLimits& limits);

}  // namespace perfwatch
