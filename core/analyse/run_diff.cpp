// SPDX-License-Identifier: Apache-2.0
#include "core/analyse/run_diff.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <utility>

namespace perfwatch {
namespace {

using ByComm = std::map<std::string, RunCommand>;

ByComm commands_of(const Run& run) {
  ByComm out;
  for (const auto* list : {&run.by_cpu, &run.by_memory}) {
    for (const RunCommand& command : *list) out.emplace(command.comm, command);
  }
  return out;
}

double cpu_of(const std::optional<RunCommand>& command) {
  return command && std::isfinite(command->cpu_seconds) ? command->cpu_seconds : 0;
}

std::vector<MetricDiff> diff_metrics(const RunFigures& before, const RunFigures& after) {
  std::vector<MetricDiff> out;
  for (std::size_t i = 0; i < kRunMetrics; ++i) {
    const auto metric = static_cast<RunMetric>(i);
    if (!before.has(metric) && !after.has(metric)) continue;
    MetricDiff diff{metric, before[metric], after[metric], std::nullopt};
    const double change = diff.after / diff.before - 1;
    if (diff.after == diff.before) {
      diff.change = 0;
    } else if (std::isfinite(change)) {
      diff.change = change;
    }
    out.push_back(diff);
  }
  return out;
}

}  // namespace

RunDiff diff_runs(const Run& before, const Run& after) {
  RunDiff out;
  out.metrics = diff_metrics(before.figures, after.figures);
  std::map<std::string, CommandDiff> commands;
  for (auto& [comm, command] : commands_of(before)) commands[comm].before = std::move(command);
  for (auto& [comm, command] : commands_of(after)) commands[comm].after = std::move(command);
  for (auto& [comm, diff] : commands) {
    diff.comm = comm;
    diff.grown = cpu_of(diff.after) - cpu_of(diff.before);
    if (diff.grown > 0) out.commands.push_back(std::move(diff));
  }
  std::stable_sort(out.commands.begin(), out.commands.end(),
                   [](const auto& a, const auto& b) { return a.grown > b.grown; });
  return out;
}

}  // namespace perfwatch
