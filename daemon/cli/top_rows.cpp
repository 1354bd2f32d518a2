// SPDX-License-Identifier: Apache-2.0
#include "daemon/cli/top_rows.h"

#include <algorithm>
#include <cctype>
#include <cmath>
#include <tuple>
#include <utility>

#include "daemon/cli/dead_rows.h"

namespace perfwatch {
namespace {

// 100 % is one core, as top(1) counts by default.
std::string percent_of_core(MaybeNumber cores) {
  if (!cores) return "-";
  const std::string text = human_ratio(cores);
  return text.substr(0, text.find('%'));
}

double key_of(const TopRow& row, SortBy sort) {
  switch (sort) {
    case SortBy::name:
      return 0;
    case SortBy::count:
      return row.count;
    case SortBy::cpu:
      return row.cpu;
    case SortBy::memory:
      return row.memory;
    case SortBy::io:
      return row.io;
    case SortBy::time:
      return row.time;
  }
  return 0;
}

constexpr SortBy kLivingSorts[] = {SortBy::name, SortBy::count, SortBy::cpu, SortBy::memory,
                                   SortBy::io};
constexpr SortBy kDeadSorts[] = {SortBy::name,   SortBy::count, SortBy::cpu,
                                 SortBy::memory, SortBy::time,  SortBy::io};

// The columns that sort_order() sorts by, in the same order.
constexpr std::size_t kGroupPlaces[] = {0, 1, 2, 3, 4};
constexpr std::size_t kProcessPlaces[] = {10, 0, 3, 4, 5};
constexpr std::size_t kDeadPlaces[] = {0, 2, 4, 8, 10, 11};

std::vector<Column> marked(std::vector<Column> columns, std::optional<SortBy> sort,
                           std::span<const SortBy> sorts, std::span<const std::size_t> places) {
  for (std::size_t i = 0; i < sorts.size(); ++i) {
    if (sort == sorts[i]) columns[places[i]].title += "*";
  }
  return columns;
}

std::vector<Column> group_columns() {
  return {{"GROUP", 12, true, true, 0},     {"PROCS", 6, false, false, 3},
          {"CPU%", 6, false, false, 0},     {"MEM", 6, false, false, 0},
          {"IO/s", 6, false, false, 1},     {"SWAP", 6, false, false, 4},
          {"LARGEST", 7, false, false, 5},  {"THREADS", 7, false, false, 6},
          {"CPU-TIME", 8, false, false, 7}, {"STARTED", 8, false, false, 8}};
}

std::vector<TopRow> group_rows(const std::vector<GroupRow>& groups) {
  std::vector<TopRow> rows;
  rows.reserve(groups.size());
  for (const GroupRow& group : groups) {
    TopRow row{group.key,
               group.name,
               or_least(group.processes),
               or_least(group.cpu_cores),
               or_least(group.resident),
               or_least(group.io),
               0,
               {}};
    row.cells = {group.name,
                 human_count(group.processes),
                 percent_of_core(group.cpu_cores),
                 short_bytes(group.resident),
                 short_bytes(group.io),
                 short_bytes(group.swapped),
                 short_bytes(group.largest),
                 human_count(group.threads),
                 human_duration(group.cpu_seconds),
                 human_count(group.started)};
    rows.push_back(std::move(row));
  }
  return rows;
}

std::vector<Column> process_columns() {
  return {{"PID", 7, false, false, 0},      {"UID", 6, false, false, 5},
          {"S", 1, true, false, 4},         {"CPU%", 6, false, false, 0},
          {"MEM", 6, false, false, 0},      {"IO/s", 6, false, false, 1},
          {"SWAP", 6, false, false, 6},     {"THREADS", 7, false, false, 7},
          {"CPU-TIME", 8, false, false, 3}, {"AGE", 8, false, false, 2},
          {"COMMAND", 15, true, true, 0}};
}

std::vector<TopRow> process_rows(const std::vector<ProcessRow>& processes, MaybeNumber now) {
  std::vector<TopRow> rows;
  rows.reserve(processes.size());
  for (const ProcessRow& process : processes) {
    MaybeNumber age;
    if (now && process.start_time) age = std::max(*now - *process.start_time, 0.0);
    const std::string pid = human_count(process.pid);
    TopRow row{pid + "@" + human_count(process.start_ticks),
               process.comm,
               or_least(process.pid),
               or_least(process.cpu_cores),
               or_least(process.resident),
               or_least(process.io),
               0,
               {}};
    row.cells = {pid,
                 human_count(process.uid),
                 process.state,
                 percent_of_core(process.cpu_cores),
                 short_bytes(process.resident),
                 short_bytes(process.io),
                 short_bytes(process.swapped),
                 human_count(process.threads),
                 human_duration(process.cpu_seconds),
                 human_duration(age),
                 process.comm};
    rows.push_back(std::move(row));
  }
  return rows;
}

}  // namespace

double or_least(MaybeNumber number) { return number && std::isfinite(*number) ? *number : -1; }

std::span<const SortBy> sort_order(bool dead) {
  if (dead) return kDeadSorts;
  return kLivingSorts;
}

std::string_view to_string(SortBy sort, bool dead) {
  switch (sort) {
    case SortBy::name:
      return "name";
    case SortBy::count:
      return dead ? "count" : "processes";
    case SortBy::cpu:
      return "cpu";
    case SortBy::memory:
      return "memory";
    case SortBy::io:
      return "io";
    case SortBy::time:
      return "time";
  }
  return "cpu";
}

std::optional<SortBy> parse_sort(std::string_view text, bool dead) {
  for (const SortBy sort : sort_order(dead)) {
    if (to_string(sort) == text || to_string(sort, true) == text) return sort;
  }
  return std::nullopt;
}

std::vector<TopRow> top_rows(const TopData& data) {
  if (data.question.dead) return dead_rows(data.exits.kinds);
  return data.question.group.empty() ? group_rows(data.groups)
                                     : process_rows(data.processes, data.status.taken);
}

std::vector<Column> top_columns(const TopQuestion& question, std::optional<SortBy> sort) {
  const auto sorts = sort_order(question.dead);
  if (question.dead) return marked(dead_columns(), sort, sorts, kDeadPlaces);
  if (question.group.empty()) return marked(group_columns(), sort, sorts, kGroupPlaces);
  return marked(process_columns(), sort, sorts, kProcessPlaces);
}

void sort_rows(std::vector<TopRow>& rows, SortBy sort, bool reverse) {
  const bool upwards = (sort == SortBy::name) != reverse;
  std::sort(rows.begin(), rows.end(), [&](const TopRow& a, const TopRow& b) {
    const double key_a = key_of(a, sort);
    const double key_b = key_of(b, sort);
    if (key_a != key_b) return upwards ? key_a < key_b : key_a > key_b;
    const bool before = std::tie(a.name, a.id) < std::tie(b.name, b.id);
    const bool after = std::tie(b.name, b.id) < std::tie(a.name, a.id);
    return sort == SortBy::name && reverse ? after : before;
  });
}

bool contains_text(std::string_view name, std::string_view part) {
  const auto lower = [](char c) { return std::tolower(static_cast<unsigned char>(c)); };
  return std::search(name.begin(), name.end(), part.begin(), part.end(),
                     [&](char a, char b) { return lower(a) == lower(b); }) != name.end() ||
         part.empty();
}

}  // namespace perfwatch
