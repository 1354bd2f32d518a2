// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/model/run.h"
#include "core/model/run_statistics.h"

namespace perfwatch {

// Where a metric of an operation is going, from run to run.
struct RunTrend {
  std::string_view direction;  // improving, degrading or stable: to_string(Direction)
  double slope = 0;            // change from one run to the next, in units of the metric
  double slope_low = 0;        // the interval; infinite when there is too little to tell
  double slope_high = 0;
  double level = 0;       // of the trend's line at the last run
  double volatility = 0;  // typical distance from that line, in units of the metric
};

// One run in an operation's history. NaN where it is not known.
struct RunHistoryPoint {
  std::string id;
  std::chrono::system_clock::time_point started{};
  RunOutcome outcome = RunOutcome::running;
  bool cold = false;
  bool counted = false;  // in the operation's statistics
  double wall_seconds = std::numeric_limits<double>::quiet_NaN();
  double cpu_seconds = std::numeric_limits<double>::quiet_NaN();
  double peak_bytes = std::numeric_limits<double>::quiet_NaN();  // the operation's memory_metric
  std::string commit;                                            // label of that name; may be empty
};

// A metric that got worse. Texts may contain a stranger's names.
struct RunRegression {
  RunMetric metric = RunMetric::wall_seconds;
  double before = std::numeric_limits<double>::quiet_NaN();
  double after = std::numeric_limits<double>::quiet_NaN();
  std::string since_run;     // id of the first that is worse; empty when nobody knows
  std::string since_commit;  // its label; may be empty
  std::string text;          // a sentence with the evidence
};

// All that is told of one operation of one component.
struct OperationReport {
  std::string component;
  std::string operation;
  std::size_t count = 0;                  // of runs, whatever their outcome
  std::array<std::size_t, 6> outcomes{};  // by RunOutcome
  // Figures are of the runs that succeeded with warm caches, or, where all of them were cold, of
  // the cold ones: those that may be compared.
  bool counted_cold = false;
  MetricStatistics metrics;
  // Which of the three peaks is called "memory": they measure different things and are not mixed.
  RunMetric memory_metric = RunMetric::concurrent_anonymous_bytes;
  std::optional<RunTrend> wall_trend;  // absent with too few runs
  std::optional<RunTrend> cpu_trend;
  std::optional<RunTrend> memory_trend;
  std::vector<RunHistoryPoint> history;      // all runs, the oldest first
  std::vector<RunRegression> regressions;    // the most important first
  std::vector<std::string> bottlenecks;      // sentences with numbers: what bounds it
  std::vector<std::string> recommendations;  // what to do about it
  std::optional<Run> last_run;               // with its timeline and top commands
};

// What `perfwatch report` tells.
struct RunReport {
  std::chrono::system_clock::time_point generated{};
  std::string host;   // where it was made
  std::string scope;  // what was asked for, in words: "component kernel, since 2026-03-01"
  std::vector<OperationReport> operations;
};

// One line of a run's comparison with its baseline.
struct RunVerdictLine {
  enum class Kind : std::uint8_t { regressed, improved, unchanged, unknown } kind = Kind::unknown;
  std::string text;
};

// What is said about one run beside its figures.
struct RunRemarks {
  std::vector<RunVerdictLine> verdicts;
  std::vector<std::string> bottlenecks;
  std::vector<std::string> recommendations;
};

}  // namespace perfwatch
