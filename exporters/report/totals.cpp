// SPDX-License-Identifier: Apache-2.0
#include "exporters/report/totals.h"

#include <fmt/format.h>

#include <cmath>

#include "exporters/report/words.h"

namespace perfwatch {
namespace {

void add(double& sum, double value) {
  if (std::isfinite(value)) sum = std::isfinite(sum) ? sum + value : value;
}

std::size_t count_of(const OperationReport& report, RunOutcome outcome) {
  return report.outcomes.at(static_cast<std::size_t>(outcome));
}

}  // namespace

ReportTotals totals_of(const RunReport& report) {
  ReportTotals totals;
  totals.operations = report.operations.size();
  std::size_t succeeded = 0;
  std::size_t open = 0;
  for (const auto& each : report.operations) {
    totals.runs += each.count;
    totals.regressions += each.regressions.size();
    totals.regressed_operations += each.regressions.empty() ? 0 : 1;
    succeeded += count_of(each, RunOutcome::succeeded);
    open += count_of(each, RunOutcome::running) + count_of(each, RunOutcome::interrupted);
    for (const auto& point : each.history) {
      add(totals.wall_seconds, point.wall_seconds);
      add(totals.cpu_seconds, point.cpu_seconds);
    }
    const double peak = each.metrics[each.memory_metric].max;
    if (std::isfinite(peak) && !(peak <= totals.peak_bytes)) {
      totals.peak_bytes = peak;
      totals.peak_of = operation_name(each);
    }
  }
  if (totals.runs > open) {
    totals.succeeded_ratio =
        static_cast<double>(succeeded) / static_cast<double>(totals.runs - open);
  }
  return totals;
}

std::string verdict_words(const ReportTotals& totals) {
  const std::string all = counted(totals.operations, "operation");
  if (totals.regressions == 0) return fmt::format("No regression is known in {}.", all);
  return fmt::format("{} in {} of {}.", counted(totals.regressions, "regression"),
                     totals.regressed_operations, all);
}

std::string operation_name(const OperationReport& report) {
  if (report.component.empty()) return report.operation;
  return fmt::format("{} / {}", report.component, report.operation);
}

std::string outcomes_words(const OperationReport& report) {
  std::string text;
  for (std::size_t i = 0; i < report.outcomes.size(); ++i) {
    if (report.outcomes.at(i) == 0) continue;
    const auto outcome = static_cast<RunOutcome>(i);
    text += fmt::format("{}{} {}", text.empty() ? "" : ", ", report.outcomes.at(i),
                        outcome == RunOutcome::timed_out ? "timed out" : to_string(outcome));
  }
  return text;
}

std::string basis_words(const OperationReport& report) {
  const std::size_t used = report.metrics[RunMetric::wall_seconds].count;
  if (used == 0) return "no run succeeded, so there are no statistics";
  return fmt::format("Statistics of {} that succeeded with {} caches", counted(used, "run"),
                     report.counted_cold ? "cold" : "warm");
}

std::string regression_words(const RunRegression& regression) {
  const RunMetricInfo& info = info_of(regression.metric);
  std::string text = regression.text;
  if (text.empty()) {
    text = fmt::format("{} went from {} to {} ({})", metric_words(regression.metric),
                       value_words(regression.before, info.unit),
                       value_words(regression.after, info.unit),
                       change_words(regression.after / regression.before));
  }
  if (!regression.since_commit.empty()) {
    text += fmt::format(", since commit {}", regression.since_commit);
  }
  if (!regression.since_run.empty()) text += fmt::format(", since run {}", regression.since_run);
  return text;
}

std::string method_words(const Run& run) {
  std::string text = run.method.empty() ? "perfwatch" : run.method;
  text += fmt::format(", tier {}, {}", to_string(run.tier), run.exact ? "exact" : "not exact");
  if (!run.reason.empty()) text += fmt::format(": {}", run.reason);
  return text;
}

}  // namespace perfwatch
