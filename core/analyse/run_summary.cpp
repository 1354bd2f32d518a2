// SPDX-License-Identifier: Apache-2.0
#include "core/analyse/run_summary.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>
#include <vector>

#include "core/analyse/run_advice.h"
#include "core/analyse/run_trend.h"
#include "core/analyse/statistics.h"

namespace perfwatch {
namespace {

// Less than this share of the median, over all runs together, is stable however sure it is: nobody
// acts on it.
constexpr double kSmallestChange = 0.05;

std::vector<const Run*> by_start(std::span<const Run> runs) {
  std::vector<const Run*> sorted;
  sorted.reserve(runs.size());
  for (const auto& run : runs) sorted.push_back(&run);
  std::stable_sort(sorted.begin(), sorted.end(), [](const Run* a, const Run* b) {
    return std::pair(a->started, std::string_view(a->id)) <
           std::pair(b->started, std::string_view(b->id));
  });
  return sorted;
}

std::vector<const Run*> comparable(const std::vector<const Run*>& runs, bool cold) {
  std::vector<const Run*> kept;
  std::copy_if(runs.begin(), runs.end(), std::back_inserter(kept), [&](const Run* run) {
    return run->outcome == RunOutcome::succeeded && run->cold == cold;
  });
  return kept;
}

std::string commit_of(const Run& run) {
  const auto found = std::find_if(run.labels.begin(), run.labels.end(),
                                  [](const auto& label) { return label.first == "commit"; });
  return found == run.labels.end() ? std::string() : found->second;
}

std::vector<RunHistoryPoint> history_of(const std::vector<const Run*>& runs, RunMetric memory,
                                        bool cold) {
  std::vector<RunHistoryPoint> history;
  history.reserve(runs.size());
  for (const Run* run : runs) {
    RunHistoryPoint point;
    point.id = run->id;
    point.started = run->started;
    point.outcome = run->outcome;
    point.cold = run->cold;
    point.counted = run->outcome == RunOutcome::succeeded && run->cold == cold;
    point.wall_seconds = run->figures[RunMetric::wall_seconds];
    point.cpu_seconds = run->figures[RunMetric::cpu_seconds];
    point.peak_bytes = run->figures[memory];
    point.commit = commit_of(*run);
    history.push_back(std::move(point));
  }
  return history;
}

// The last run, with the medians of all in place of its figures: advice is for what is usual.
Run typical_run(const Run& last, const MetricStatistics& metrics) {
  Run typical = last;
  for (std::size_t i = 0; i < kRunMetrics; ++i) {
    const auto metric = static_cast<RunMetric>(i);
    typical.figures[metric] = metrics[metric].median;
  }
  return typical;
}

void advise(OperationReport& report, const Run& last) {
  RunRemarks remarks = run_remarks(typical_run(last, report.metrics));
  report.bottlenecks = std::move(remarks.bottlenecks);
  report.recommendations = std::move(remarks.recommendations);
  remarks = history_remarks(report);
  for (auto& text : remarks.bottlenecks) report.bottlenecks.push_back(std::move(text));
  for (auto& text : remarks.recommendations) report.recommendations.push_back(std::move(text));
}

}  // namespace

OperationReport summarise_runs(std::span<const Run> runs) {
  OperationReport report;
  if (runs.empty()) return report;
  const auto sorted = by_start(runs);
  report.component = sorted.back()->component;
  report.operation = sorted.back()->operation;
  report.count = runs.size();
  for (const auto& run : runs) ++report.outcomes.at(static_cast<std::size_t>(run.outcome));

  auto counted = comparable(sorted, false);
  if (counted.empty()) {
    counted = comparable(sorted, true);
    report.counted_cold = !counted.empty();
  }
  std::vector<RunFigures> figures;
  figures.reserve(counted.size());
  for (const Run* run : counted) figures.push_back(run->figures);
  report.metrics = metric_statistics(figures);
  report.memory_metric = memory_metric(figures);
  const auto trend = [&](RunMetric metric) {
    std::vector<double> values;
    for (const auto& each : figures) {
      if (each.has(metric)) values.push_back(each[metric]);
    }
    return find_run_trend(values, kSmallestChange * report.metrics[metric].median);
  };
  report.wall_trend = trend(RunMetric::wall_seconds);
  report.cpu_trend = trend(RunMetric::cpu_seconds);
  report.memory_trend = trend(report.memory_metric);
  report.history = history_of(sorted, report.memory_metric, report.counted_cold);
  report.last_run = counted.empty() ? *sorted.back() : *counted.back();
  if (!counted.empty()) advise(report, *counted.back());
  return report;
}

}  // namespace perfwatch
