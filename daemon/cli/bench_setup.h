// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "core/base/result.h"
#include "daemon/cli/bench_baseline.h"
#include "daemon/cli/bench_export.h"
#include "daemon/cli/bench_runs.h"

namespace perfwatch {

inline constexpr std::size_t kMostStoredBenchRuns = 1'000;  // of one command

// The command line of a bench, as it was given.
struct BenchOptions {
  std::vector<std::string> texts;
  std::vector<std::string> words;  // after the --
  std::optional<std::size_t> runs;
  std::size_t warmup = 0;
  std::string prepare;
  std::vector<std::pair<std::string, std::string>> parameters;
  std::string compare;
  std::vector<std::string> exports;
  std::optional<double> items;
  std::string bytes;
  bool ignore_failure = false;
  bool show_output = false;
  bool store = false;
  std::string component, operation, storage;
  std::string tier = "poll";
};

// All that is known before anything runs.
struct Bench {
  BenchPlan plan;
  std::vector<BenchExport> exports;
  std::optional<BenchBaseline> baseline;
  std::string host_class;
  bool figures_on_output = false;  // standard output is an export
};

// The error says which option is wrong: nothing has been started.
[[nodiscard]] Result<Bench> read_bench(const BenchOptions& options);

}  // namespace perfwatch
