// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/model/run.h"

namespace perfwatch {

enum class GrowthOf : std::uint8_t { cpu_seconds, count, largest_bytes };
[[nodiscard]] std::string_view to_string(GrowthOf what);

// A command that the judged run spent more on.
struct RunCulprit {
  std::string comm;   // printable
  double before = 0;  // median of the baseline runs; 0 where most of them do not list it
  double after = 0;
  double share = 0;       // 0 .. 1, of the growth of all commands that grew
  std::string arguments;  // of its largest process in the judged run; printable, may be empty
  std::string text;       // "cc1plus: 61.0 s -> 118 s (+93 %), 80 % of the growth"
};

inline constexpr std::size_t kMostCulprits = 5;

// The commands of `judged` that grew against the baseline runs, the largest share first; at most
// kMostCulprits, none with under 1 % of the growth. Each list is that of one run (Run::by_cpu;
// Run::by_memory for largest_bytes). What a list names twice is added up, of largest_bytes the
// larger counts. Lists are cut: what is missing is taken to have used nothing, so that a command
// that just made it onto the list grows by all it has. Memory has no shares: peaks do not add up.
[[nodiscard]] std::vector<RunCulprit> find_culprits(
    std::span<const std::vector<RunCommand>> baseline, const std::vector<RunCommand>& judged,
    GrowthOf what);

// The share of a metric's growth that its culprits explain at least, or they are none.
inline constexpr double kExplains = 0.25;

// Those of `culprits` that explain why a metric grew by `growth`: of time all or none, as their CPU
// seconds add up; of memory each by itself. Half a millisecond of CPU is no reason for 100 ms more.
[[nodiscard]] std::vector<RunCulprit> explaining(std::vector<RunCulprit> culprits, double growth,
                                                 GrowthOf what);

}  // namespace perfwatch
