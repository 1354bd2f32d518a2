// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include "exporters/report/markdown_parts.h"
#include "exporters/report/report.h"
#include "exporters/report/totals.h"
#include "exporters/report/words.h"

namespace perfwatch {
namespace {

std::string_view direction_of(const std::optional<RunTrend>& trend) {
  return trend ? trend->direction : kNotKnown;
}

void append_head(std::string& out, const RunReport& report, const ReportTotals& totals) {
  out += "# Runs\n\n";
  if (!report.scope.empty()) put_markdown(out, "{}. ", as_markdown(report.scope));
  if (!report.host.empty()) put_markdown(out, "Made on {}. ", as_markdown_code(report.host));
  put_markdown(out, "As of {}.\n\n", time_words(report.generated));
  if (report.operations.empty()) {
    out += "No runs.\n";
    return;
  }
  put_markdown(out,
               "**{}** {} took {} of wall time and {} of CPU time; {} of those that ended "
               "succeeded.\n\n",
               as_markdown(verdict_words(totals)), counted(totals.runs, "run"),
               seconds_words(totals.wall_seconds), seconds_words(totals.cpu_seconds),
               ratio_words(totals.succeeded_ratio));
}

void append_table(std::string& out, const RunReport& report) {
  if (report.operations.empty()) return;
  out +=
      "| Component | Operation | Runs | Wall, median | CPU, median | Memory, peak | Trend |\n"
      "|:---|:---|---:|---:|---:|---:|:---|\n";
  for (const auto& each : report.operations) {
    put_markdown(out, "| {} | {} | {} | {} | {} | {} | {} |\n", as_markdown_cell(each.component),
                 as_markdown_cell(each.operation), each.count,
                 seconds_words(each.metrics[RunMetric::wall_seconds].median),
                 seconds_words(each.metrics[RunMetric::cpu_seconds].median),
                 bytes_words(each.metrics[each.memory_metric].max),
                 each.regressions.empty() ? direction_of(each.wall_trend) : "**regressed**");
  }
  out += '\n';
}

void append_statistics(std::string& out, const OperationReport& report) {
  out +=
      "| Metric | Runs | Median | Mean | Std | Min | Max | 95 % |\n"
      "|:---|---:|---:|---:|---:|---:|---:|---:|\n";
  for (std::size_t i = 0; i < kRunMetrics; ++i) {
    const auto metric = static_cast<RunMetric>(i);
    const Statistics& s = report.metrics[metric];
    if (s.count == 0) continue;
    const auto words = [&](double value) { return value_words(value, info_of(metric).unit); };
    put_markdown(out, "| {} | {} | {} | {} | {} | {} | {} | {} |\n", metric_words(metric), s.count,
                 words(s.median), words(s.mean), words(s.deviation), words(s.min), words(s.max),
                 words(s.p95));
  }
  out += '\n';
}

void append_trend(std::string& out, std::string_view name, const std::optional<RunTrend>& trend,
                  RunMetricInfo::Unit unit) {
  if (!trend) return;
  put_markdown(out, "- {}: {}, {}{} a run, ± {} from run to run\n", name, trend->direction,
               trend->slope >= 0 ? "+" : "", value_words(trend->slope, unit),
               value_words(trend->volatility, unit));
}

void append_operation(std::string& out, const OperationReport& report) {
  put_markdown(out, "## {}", as_markdown_code(report.operation));
  if (!report.component.empty()) put_markdown(out, " of {}", as_markdown_code(report.component));
  put_markdown(out, "\n\n{}: {}. {}.\n\n", counted(report.count, "run"), outcomes_words(report),
               basis_words(report));
  std::vector<std::string> regressions;
  regressions.reserve(report.regressions.size());
  for (const auto& each : report.regressions) regressions.push_back(regression_words(each));
  append_markdown_list(out, "Regressions", regressions);
  if (report.metrics[RunMetric::wall_seconds].count > 0) append_statistics(out, report);
  if (report.wall_trend || report.cpu_trend || report.memory_trend) {
    out += "**Trends**\n\n";
    append_trend(out, "Wall time", report.wall_trend, RunMetricInfo::Unit::seconds);
    append_trend(out, "CPU time", report.cpu_trend, RunMetricInfo::Unit::seconds);
    append_trend(out, "Memory", report.memory_trend, RunMetricInfo::Unit::bytes);
    out += '\n';
  }
  append_markdown_list(out, "What holds it back", report.bottlenecks);
  append_markdown_list(out, "What to do", report.recommendations);
  if (report.last_run) append_markdown_commands(out, *report.last_run);
}

}  // namespace

std::string report_markdown(const RunReport& report) {
  const ReportTotals totals = totals_of(report);
  std::string out;
  append_head(out, report, totals);
  append_table(out, report);
  for (const auto& operation : report.operations) append_operation(out, operation);
  return out;
}

}  // namespace perfwatch
