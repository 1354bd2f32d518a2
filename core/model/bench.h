// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <limits>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "core/model/run.h"
#include "core/model/run_statistics.h"

namespace perfwatch {

// One measured repetition; warm-ups are none.
struct BenchMeasurement {
  RunFigures figures;
  std::optional<int> exit_code;  // absent when a signal ended it
};

// A command with one choice of parameters, and what was measured of it.
struct BenchCommand {
  std::string command;  // parameters put in
  std::vector<std::pair<std::string, std::string>> parameters;
  std::vector<BenchMeasurement> runs;  // in the order in which they ran
  std::optional<double> items;         // that one run works off, as --items and --bytes say
  std::optional<double> bytes;
};

// A measurement far from the others.
struct BenchOutlier {
  std::size_t run;  // 0 is the first
  double value;     // wall seconds
  double score;     // modified z-score; negative when it was faster
};

struct BenchResult {
  BenchCommand command;
  MetricStatistics metrics;
  std::vector<BenchOutlier> outliers;  // of wall seconds, in the order of the runs
  bool first_slower = false;           // the first run is one of them, and slow: cold caches
  double ratio = std::numeric_limits<double>::quiet_NaN();  // of mean wall time to the fastest
  double ratio_deviation = std::numeric_limits<double>::quiet_NaN();
  bool fastest = false;
  double items_per_second = std::numeric_limits<double>::quiet_NaN();
  double bytes_per_second = std::numeric_limits<double>::quiet_NaN();
  std::vector<std::string> warnings;
};

struct BenchReport {
  RunMetric memory_metric = RunMetric::concurrent_anonymous_bytes;  // what "memory" is
  std::vector<BenchResult> results;                                 // in the order of the commands
  std::vector<std::string> recommendations;
  std::string host_class;  // to_string(HostClass) of where it was measured; may be empty
};

}  // namespace perfwatch
