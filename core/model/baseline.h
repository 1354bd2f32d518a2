// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "core/model/run.h"

namespace perfwatch {

// Runs that may be compared with each other: the same work, on the same class of host, with caches
// of the same warmth.
struct BaselineKey {
  std::string component;
  std::string operation;
  std::string host_class;  // to_string(HostClass)
  bool cold = false;

  bool operator==(const BaselineKey&) const = default;
};
[[nodiscard]] inline BaselineKey key_of(const Run& run) {
  return {run.component, run.operation, to_string(run.host_class), run.cold};
}

// What one succeeded run cost, here or on another host of the class.
struct BaselineRun {
  std::string id;
  RunFigures figures;
};

// The stored history that a run is compared with.
struct Baseline {
  BaselineKey key;
  // Where the present level begins, as somebody has accepted it; empty: nobody has.
  std::string since_run;
  std::optional<std::chrono::system_clock::time_point> accepted_at;
  std::string note;               // why, in that person's words
  std::vector<BaselineRun> runs;  // oldest first

  // What is known of one metric, oldest first.
  [[nodiscard]] std::vector<double> values(RunMetric metric) const {
    std::vector<double> known;
    for (const BaselineRun& run : runs) {
      if (run.figures.has(metric)) known.push_back(run.figures[metric]);
    }
    return known;
  }
};

}  // namespace perfwatch
