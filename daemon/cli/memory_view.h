// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "daemon/cli/memory_reading.h"
#include "daemon/cli/terminal.h"

namespace perfwatch {

// Sums over the processes of `rows` that were read.
struct MemorySum {
  std::uint64_t processes = 0;  // without the ended
  std::uint64_t read = 0;
  SmapsRollup memory;  // resident, proportional, private and both swapped only
};
[[nodiscard]] MemorySum sum_of(const std::vector<MemoryRow>& rows);

// A line for each process, the most proportional memory first, and their sum.
[[nodiscard]] std::string render_processes(std::vector<MemoryRow> rows, const Style& style);
// A line for each group, likewise.
[[nodiscard]] std::string render_groups(const std::vector<MemoryRow>& rows, const Style& style);
// {"processes": [...], "groups": [...], "total": {...}}; `ascii` for terminals.
[[nodiscard]] std::string memory_json(std::vector<MemoryRow> rows, bool ascii);

// One sentence for each reason why something was not read, and what to do about it.
[[nodiscard]] std::vector<std::string> explain_unread(const std::vector<MemoryRow>& rows,
                                                      const MemoryLimits& limits);

}  // namespace perfwatch
