// SPDX-License-Identifier: Apache-2.0
#include "daemon/cli/dead_rows.h"

#include <fmt/format.h>

#include <utility>

namespace perfwatch {
namespace {

// Whatever ended a process but its own success.
MaybeNumber not_well(const ExitRow& kind) {
  if (!kind.failed && !kind.signalled) return std::nullopt;
  return kind.failed.value_or(0) + kind.signalled.value_or(0);
}

std::string percent(MaybeNumber ratio) {
  const std::string text = human_ratio(ratio);
  return text.substr(0, text.find('%'));
}

}  // namespace

std::vector<Column> dead_columns() {
  return {{"COMMAND", 15, true, true, 0},      {"GROUP", 12, true, false, 4},
          {"COUNT", 6, false, false, 0},       {"FAILED", 6, false, false, 3},
          {"CPU", 7, false, false, 0},         {"%CPU", 5, false, false, 2},
          {"USER", 7, false, false, 8},        {"SYS", 7, false, false, 9},
          {"PEAK(MAX)", 9, false, false, 1},   {"PEAK(AVG)", 9, false, false, 7},
          {"LIVED(AVG)", 10, false, false, 5}, {"IO", 6, false, false, 6}};
}

std::vector<TopRow> dead_rows(const std::vector<ExitRow>& kinds) {
  std::vector<TopRow> rows;
  rows.reserve(kinds.size());
  for (const ExitRow& kind : kinds) {
    TopRow row;
    row.id = kind.key;
    row.name = kind.comm;
    row.count = or_least(kind.count);
    row.cpu = or_least(kind.cpu_seconds);
    row.memory = or_least(kind.peak_max);
    row.io = or_least(kind.io);
    row.time = or_least(kind.lived_mean);
    row.cells = {kind.comm,
                 kind.group,
                 human_count(kind.count),
                 human_count(not_well(kind)),
                 fine_duration(kind.cpu_seconds),
                 percent(kind.cpu_ratio),
                 fine_duration(kind.user_seconds),
                 fine_duration(kind.system_seconds),
                 short_bytes(kind.peak_max),
                 short_bytes(kind.peak_mean),
                 fine_duration(kind.lived_mean),
                 short_bytes(kind.io)};
    rows.push_back(std::move(row));
  }
  return rows;
}

std::string dead_line(const ExitsAnswer& exits) {
  const std::string window = human_duration(exits.covered_seconds);
  std::string text = exits.kinds.empty()
                         ? fmt::format("nothing ended in {}", window)
                         : fmt::format("{} ended in {}, CPU {}", human_count(exits.count), window,
                                       fine_duration(exits.cpu_seconds));
  if (exits.tier.empty()) return text;
  return text + fmt::format("; tier {}, {}", exits.tier,
                            exits.exact ? "exact" : "not exact: some may be missing");
}

}  // namespace perfwatch
