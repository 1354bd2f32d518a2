// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/model/run.h"

namespace perfwatch {

struct MetricDiff {
  RunMetric metric = RunMetric::cpu_seconds;
  double before = 0;  // NaN where it is not known; never both
  double after = 0;
  std::optional<double> change;  // relative, 0.5 is half as much again; of 0 there is none
};

// The processes of one comm, as far as the top commands of the two runs have them.
struct CommandDiff {
  std::string comm;
  std::optional<RunCommand> before;
  std::optional<RunCommand> after;
  // CPU seconds more; what is not among the top commands counts as none, so at most that many.
  double grown = 0;
};

struct RunDiff {
  std::vector<MetricDiff> metrics;    // in their order of importance
  std::vector<CommandDiff> commands;  // those that grew, most first
};

// What became of the first run in the second.
[[nodiscard]] RunDiff diff_runs(const Run& before, const Run& after);

}  // namespace perfwatch
