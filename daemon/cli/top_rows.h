// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "daemon/cli/answers.h"
#include "daemon/cli/table.h"

namespace perfwatch {

// In the order of the columns on the screen. `count` is processes of a group, pid of a process.
enum class SortBy : std::uint8_t { name, count, cpu, memory, io };
inline constexpr SortBy kSortOrder[] = {SortBy::name, SortBy::count, SortBy::cpu, SortBy::memory,
                                        SortBy::io};
[[nodiscard]] std::string_view to_string(SortBy sort);
// "cpu", "memory", "io", "name", "processes".
[[nodiscard]] std::optional<SortBy> parse_sort(std::string_view text);

// One line of top, a group or a process: what it is sorted by, and its cells.
struct TopRow {
  std::string id;    // stays the same between two rounds; a group's key, or pid and start time
  std::string name;  // safe to print
  double count = 0, cpu = 0, memory = 0, io = 0;  // -1 where absent
  std::vector<std::string> cells;
};

[[nodiscard]] std::vector<TopRow> group_rows(const std::vector<GroupRow>& groups);
// `now`: seconds since 1970, for the age.
[[nodiscard]] std::vector<TopRow> process_rows(const std::vector<ProcessRow>& processes,
                                               MaybeNumber now);
// With the sort column's title marked.
[[nodiscard]] std::vector<Column> group_columns(std::optional<SortBy> sort);
[[nodiscard]] std::vector<Column> process_columns(std::optional<SortBy> sort);

// Names upwards, numbers downwards; the other way round with `reverse`. Equals by name, then id.
void sort_rows(std::vector<TopRow>& rows, SortBy sort, bool reverse);
// Whether `name` contains `part`, ASCII letters compared without case.
[[nodiscard]] bool contains_text(std::string_view name, std::string_view part);

}  // namespace perfwatch
