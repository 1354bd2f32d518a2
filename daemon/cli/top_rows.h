// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "daemon/cli/table.h"
#include "daemon/cli/top_data.h"

namespace perfwatch {

// `count` is processes of a group or kind, pid of a process; `time` is how long the dead lived.
enum class SortBy : std::uint8_t { name, count, cpu, memory, io, time };
// What the living, or the dead, can be sorted by, in the order of the columns on the screen.
[[nodiscard]] std::span<const SortBy> sort_order(bool dead);
[[nodiscard]] std::string_view to_string(SortBy sort, bool dead = false);
// "cpu", "memory", "io", "name", "processes" or "count"; of the dead "time" too.
[[nodiscard]] std::optional<SortBy> parse_sort(std::string_view text, bool dead = false);

// One line of top, a group, a process or a kind of dead: what it is sorted by, and its cells.
struct TopRow {
  std::string id;    // stays the same between two rounds; a group's key, or pid and start time
  std::string name;  // safe to print
  double count = 0, cpu = 0, memory = 0, io = 0, time = 0;  // -1 where absent
  std::vector<std::string> cells;
};

// What TopRow has for a number: -1 when it is absent.
[[nodiscard]] double or_least(MaybeNumber number);
// What was asked for, in the daemon's order.
[[nodiscard]] std::vector<TopRow> top_rows(const TopData& data);
// Its columns, with the sort column's title marked.
[[nodiscard]] std::vector<Column> top_columns(const TopQuestion& question,
                                              std::optional<SortBy> sort);

// Names upwards, numbers downwards; the other way round with `reverse`. Equals by name, then id.
void sort_rows(std::vector<TopRow>& rows, SortBy sort, bool reverse);
// Whether `name` contains `part`, ASCII letters compared without case.
[[nodiscard]] bool contains_text(std::string_view name, std::string_view part);

}  // namespace perfwatch
