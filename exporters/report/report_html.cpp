// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "core/base/html_text.h"
#include "exporters/report/chart.h"
#include "exporters/report/html_parts.h"
#include "exporters/report/html_tables.h"
#include "exporters/report/report.h"
#include "exporters/report/run_charts.h"
#include "exporters/report/totals.h"
#include "exporters/report/words.h"

namespace perfwatch {
namespace {

constexpr std::size_t kMostRegressionsTold = 10;  // at the top; each operation tells all of its own

void append_header(std::string& out, const RunReport& report) {
  out += "<header>\n<h1>Runs</h1>\n<ul class=\"facts\">\n";
  if (!report.scope.empty()) put(out, "<li>{}</li>\n", html_name(report.scope));
  if (!report.host.empty()) put(out, "<li>made on {}</li>\n", html_name(report.host));
  put(out, "<li>as of {}</li>\n</ul>\n</header>\n", time_words(report.generated));
}

void append_verdict(std::string& out, const RunReport& report, const ReportTotals& totals) {
  if (report.operations.empty()) {
    out += "<section class=\"card verdict\"><p>No runs.</p></section>\n";
    return;
  }
  put(out, "<section class=\"card verdict {}\" aria-label=\"Verdict\">\n<p>{}</p>\n",
      totals.regressions > 0 ? "bad" : "good", html_escape(verdict_words(totals)));
  std::size_t told = 0;
  if (totals.regressions > 0) out += "<ul>\n";
  for (const auto& operation : report.operations) {
    for (const auto& regression : operation.regressions) {
      if (told++ >= kMostRegressionsTold) continue;
      put(out, "<li>{}: {}</li>\n", html_name(operation_name(operation)),
          html_escape(regression_words(regression)));
    }
  }
  if (told > kMostRegressionsTold) put(out, "<li>and {} more</li>\n", told - kMostRegressionsTold);
  if (totals.regressions > 0) out += "</ul>\n";
  out += "</section>\n";
}

void append_totals(std::string& out, const ReportTotals& totals) {
  out += "<div class=\"tiles\">\n";
  append_tile(out, "Operations", count_words(static_cast<double>(totals.operations)), "");
  append_tile(out, "Runs", count_words(static_cast<double>(totals.runs)),
              fmt::format("{} of those that ended succeeded", ratio_words(totals.succeeded_ratio)));
  append_tile(out, "Wall time", seconds_words(totals.wall_seconds), "of all runs");
  append_tile(out, "CPU time", seconds_words(totals.cpu_seconds), "of all runs");
  append_tile(out, "Largest peak", bytes_words(totals.peak_bytes),
              totals.peak_of.empty() ? "" : html_name(totals.peak_of));
  out += "</div>\n";
}

std::vector<double> counted_walls(const OperationReport& report) {
  std::vector<double> values;
  for (const auto& point : report.history) {
    if (point.counted) values.push_back(point.wall_seconds);
  }
  return values;
}

void append_overview(std::string& out, const RunReport& report) {
  if (report.operations.size() < 2) return;
  out +=
      "<section class=\"card\"><div class=\"scroll\"><table><caption>Operations</caption>\n"
      R"(<thead><tr><th scope="col">Operation</th><th scope="col" class="num wide">Runs</th>)"
      R"(<th scope="col" class="num">Wall, median</th><th scope="col" class="wide">History</th>)"
      R"(<th scope="col" class="num wide">CPU, median</th>)"
      R"(<th scope="col" class="num">Memory, peak</th><th scope="col">Trend</th></tr></thead>)"
      "<tbody>\n";
  for (std::size_t i = 0; i < report.operations.size(); ++i) {
    const OperationReport& each = report.operations[i];
    put(out, R"(<tr><th scope="row"><a href="#operation-{}">{}</a><div class="note">{}</div></th>)",
        i, html_name(each.operation), html_name(each.component));
    put(out, R"(<td class="num wide">{}</td><td class="num">{}</td><td class="wide">{}</td>)",
        each.count, seconds_words(each.metrics[RunMetric::wall_seconds].median),
        sparkline(counted_walls(each)));
    put(out, R"(<td class="num wide">{}</td><td class="num">{}</td><td>{}</td></tr>)",
        seconds_words(each.metrics[RunMetric::cpu_seconds].median),
        bytes_words(each.metrics[each.memory_metric].max),
        each.regressions.empty() ? trend_badge(each.wall_trend) : badge_html("bad", "regressed"));
    out += '\n';
  }
  out += "</tbody></table></div></section>\n";
}

void append_regressions(std::string& out, const OperationReport& report) {
  if (report.regressions.empty()) return;
  put(out, "<section class=\"card verdict bad\" aria-label=\"Regressions\"><p>{}</p>\n<ul>\n",
      counted(report.regressions.size(), "regression"));
  for (const auto& regression : report.regressions) {
    put(out, "<li>{}</li>\n", html_escape(regression_words(regression)));
  }
  out += "</ul></section>\n";
}

std::string range_note(const Statistics& s, RunMetricInfo::Unit unit) {
  if (s.count == 0) return {};
  return fmt::format("{} to {}", value_words(s.min, unit), value_words(s.max, unit));
}

std::string trend_note(const OperationReport& report) {
  const auto& trend = report.wall_trend;
  if (!trend) return "too few runs for a trend";
  return fmt::format("{}{} a run, ± {} from run to run", trend->slope >= 0 ? "+" : "",
                     seconds_words(trend->slope), seconds_words(trend->volatility));
}

void append_operation_tiles(std::string& out, const OperationReport& report) {
  const Statistics& wall = report.metrics[RunMetric::wall_seconds];
  const Statistics& cpu = report.metrics[RunMetric::cpu_seconds];
  const Statistics& memory = report.metrics[report.memory_metric];
  out += "<div class=\"tiles\">\n";
  append_tile(out, "Runs", fmt::format("{}", report.count), html_escape(outcomes_words(report)));
  append_tile(out, "Wall time, median", seconds_words(wall.median),
              range_note(wall, RunMetricInfo::Unit::seconds));
  append_tile(out, "CPU time, median", seconds_words(cpu.median),
              range_note(cpu, RunMetricInfo::Unit::seconds));
  append_tile(out, "Memory, peak", bytes_words(memory.max),
              memory.count == 0 ? "" : fmt::format("{} on average", bytes_words(memory.mean)));
  append_tile(out, "Trend of wall time", trend_badge(report.wall_trend),
              html_escape(trend_note(report)));
  out += "</div>\n";
}

void append_last_run(std::string& out, const OperationReport& report) {
  if (!report.last_run) return;
  const Run& run = *report.last_run;
  if (run.timeline.size() < 2 && run.by_cpu.empty() && run.by_memory.empty()) return;
  put(out,
      "<section class=\"card\"><h3>The last run {}</h3><p class=\"note\">{}, {}, run {}, measured "
      "by {}</p></section>\n",
      badge_html(outcome_kind(run.outcome), outcome_words(run)), time_words(run.started),
      seconds_words(run.figures[RunMetric::wall_seconds]), html_name(run.id),
      html_escape(method_words(run)));
  append_timeline(out, run);
  append_commands(out, run);
}

void append_operation(std::string& out, const OperationReport& report, std::size_t index) {
  put(out, "<section aria-labelledby=\"operation-{0}\">\n<h2 id=\"operation-{0}\">{1}", index,
      html_name(report.operation));
  if (!report.component.empty()) {
    put(out, " <span class=\"of\">of {}</span>", html_name(report.component));
  }
  out += "</h2>\n<ul class=\"facts\">";
  put(out, "<li>{}</li></ul>\n", html_escape(basis_words(report)));
  append_regressions(out, report);
  append_operation_tiles(out, report);
  append_history(out, report);
  append_advice(out, report.bottlenecks, report.recommendations);
  append_statistics(out, report);
  append_last_run(out, report);
  append_run_list(out, report);
  out += "</section>\n";
}

}  // namespace

std::string report_html(const RunReport& report) {
  const ReportTotals totals = totals_of(report);
  std::string out;
  append_page_head(out, report.scope.empty() ? "Runs" : "Runs: " + report.scope);
  append_header(out, report);
  out += "<main>\n";
  append_verdict(out, report, totals);
  if (!report.operations.empty()) append_totals(out, totals);
  append_overview(out, report);
  for (std::size_t i = 0; i < report.operations.size(); ++i) {
    append_operation(out, report.operations[i], i);
  }
  append_page_end(out);
  return out;
}

}  // namespace perfwatch
