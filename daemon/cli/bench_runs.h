// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <functional>
#include <limits>
#include <optional>
#include <string>
#include <vector>

#include "core/base/result.h"
#include "core/model/bench.h"
#include "daemon/cli/bench_commands.h"
#include "daemon/cli/run_measure.h"

namespace perfwatch {

// Which runs make a bench, and in which order: one command after the other, of each first the
// warm-ups, then what is measured, and --prepare before every single one.

struct BenchPlan {
  std::vector<BenchTask> tasks;
  // nullopt: at least kFewestBenchRuns, and more until they took kBenchSeconds, with all between
  // them.
  std::optional<std::size_t> runs;
  std::size_t warmup = 0;
  bool ignore_failure = false;
  std::optional<double> items;  // that one run works off
  std::optional<double> bytes;
  bool keep = false;   // BenchEnd::runs
  RunRequest request;  // all but the command
};
inline constexpr std::size_t kFewestBenchRuns = 10;
inline constexpr double kBenchSeconds = 3;
inline constexpr std::size_t kMostBenchRuns = 10'000;  // of one command

// Before each run.
struct BenchProgress {
  std::size_t task = 0;  // 0 is the first
  std::size_t tasks = 0;
  bool warmup = false;
  std::size_t run = 0;  // 0 is the first
  std::size_t runs = 0;
  double mean_seconds = std::numeric_limits<double>::quiet_NaN();  // of those that are measured
  double left_seconds = std::numeric_limits<double>::quiet_NaN();  // of this command
};

// What a bench does and whom it tells.
struct BenchHands {
  std::function<Result<RunEnd>(const RunRequest&)> measure;
  std::function<Result<void>(const std::vector<std::string>&)> prepare;
  std::function<bool()> interrupted;
  std::function<double()> seconds;  // a clock that never goes back
  std::function<void(const BenchProgress&)> on_progress;
  // When all runs of a command are over, also when they were interrupted.
  std::function<void(std::size_t task, const BenchCommand&)> on_measured;
};

struct BenchEnd {
  std::vector<BenchCommand> commands;  // those with at least one measured run
  std::vector<Run> runs;               // of all of them, in order
  bool interrupted = false;
  std::string failure;  // what ended it: a command or --prepare failed, or could not be started
};

[[nodiscard]] BenchEnd run_bench(const BenchPlan& plan, const BenchHands& hands);

}  // namespace perfwatch
