// SPDX-License-Identifier: Apache-2.0
#include "exporters/report/html_tables.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <initializer_list>

#include "core/base/html_text.h"
#include "exporters/report/html_parts.h"
#include "exporters/report/words.h"

namespace perfwatch {
namespace {

void append_numbers(std::string& out, std::initializer_list<std::string> numbers) {
  for (const auto& number : numbers) put(out, R"(<td class="num">{}</td>)", number);
}

// Begins a table that scrolls by itself where it is wider than the screen. Columns are HTML.
void begin_table(std::string& out, std::string_view caption, std::string_view columns) {
  put(out,
      "<section class=\"card\"><div class=\"scroll\"><table><caption>{}</caption>\n"
      "<thead><tr>{}</tr></thead><tbody>\n",
      html_escape(caption), columns);
}

constexpr std::string_view kTableEnd = "</tbody></table></div></section>\n";

std::string share_bar_html(double share) {
  if (!std::isfinite(share)) return {};
  return fmt::format(R"(<svg class="bar" viewBox="0 0 100 1" preserveAspectRatio="none")"
                     R"( aria-hidden="true"><rect width="{:.1f}" height="1"/></svg>)",
                     std::clamp(share, 0.0, 1.0) * 100);
}

void append_by_cpu(std::string& out, const Run& run) {
  if (run.by_cpu.empty()) return;
  begin_table(out, "Most CPU time",
              R"(<th scope="col">Command</th><th scope="col" class="num">Count</th>)"
              R"(<th scope="col" class="num">CPU</th><th scope="col" class="num">Share</th>)");
  const double all = run.figures[RunMetric::cpu_seconds];
  for (const auto& command : run.by_cpu) {
    const double share = all > 0 ? command.cpu_seconds / all : std::nan("");
    put(out, R"(<tr><th scope="row">{}{}</th>)", html_name(command.comm), share_bar_html(share));
    append_numbers(out, {count_words(static_cast<double>(command.count)),
                         seconds_words(command.cpu_seconds), ratio_words(share)});
    out += "</tr>\n";
  }
  out += kTableEnd;
}

void append_by_memory(std::string& out, const Run& run) {
  if (run.by_memory.empty()) return;
  begin_table(out, "Most memory in one process",
              R"(<th scope="col">Command, its fattest</th>)"
              R"(<th scope="col" class="num">Resident</th>)");
  for (const auto& command : run.by_memory) {
    put(out, R"(<tr><th scope="row">{})", html_name(command.comm));
    if (!command.largest_arguments.empty()) {
      put(out, R"(<div class="note"><code>{}</code></div>)", html_name(command.largest_arguments));
    }
    out += "</th>";
    append_numbers(out, {bytes_words(command.largest_bytes)});
    out += "</tr>\n";
  }
  out += kTableEnd;
}

}  // namespace

void append_statistics(std::string& out, const OperationReport& report) {
  begin_table(out, "Statistics",
              R"(<th scope="col">Metric</th><th scope="col" class="num">Runs</th>)"
              R"(<th scope="col" class="num">Median</th><th scope="col" class="num">Mean</th>)"
              R"(<th scope="col" class="num">Std</th><th scope="col" class="num">Min</th>)"
              R"(<th scope="col" class="num">Max</th><th scope="col" class="num">95 %</th>)"
              R"(<th scope="col" class="num">Total</th>)");
  for (std::size_t i = 0; i < kRunMetrics; ++i) {
    const auto metric = static_cast<RunMetric>(i);
    const Statistics& s = report.metrics[metric];
    if (s.count == 0) continue;
    const auto unit = info_of(metric).unit;
    put(out, R"(<tr><th scope="row">{}</th>)", metric_words(metric));
    append_numbers(
        out, {fmt::format("{}", s.count), value_words(s.median, unit), value_words(s.mean, unit),
              value_words(s.deviation, unit), value_words(s.min, unit), value_words(s.max, unit),
              value_words(s.p95, unit), is_peak(metric) ? "" : value_words(s.total, unit)});
    out += "</tr>\n";
  }
  out += kTableEnd;
}

void append_figures(std::string& out, const Run& run) {
  begin_table(out, "Figures",
              R"(<th scope="col">Metric</th><th scope="col" class="num">Value</th>)");
  for (std::size_t i = 0; i < kRunMetrics; ++i) {
    const auto metric = static_cast<RunMetric>(i);
    if (!run.figures.has(metric)) continue;
    put(out, R"(<tr><th scope="row">{}</th><td class="num">{}</td></tr>)", metric_words(metric),
        value_words(run.figures[metric], info_of(metric).unit));
    out += '\n';
  }
  out += kTableEnd;
}

void append_commands(std::string& out, const Run& run) {
  if (run.by_cpu.empty() && run.by_memory.empty()) return;
  out += "<div class=\"pair\">\n";
  append_by_cpu(out, run);
  append_by_memory(out, run);
  out += "</div>\n";
}

void append_run_list(std::string& out, const OperationReport& report) {
  const std::size_t listed = std::min(report.history.size(), kMostListed);
  if (listed == 0) return;
  put(out,
      "<details class=\"card\"><summary>{} {}</summary><div class=\"scroll\"><table>\n"
      R"(<thead><tr><th scope="col">Started</th><th scope="col">Outcome</th>)"
      R"(<th scope="col" class="num">Wall</th><th scope="col" class="num">CPU</th>)"
      R"(<th scope="col" class="num">Memory</th><th scope="col">Commit</th>)"
      R"(<th scope="col">Run</th></tr></thead><tbody>)"
      "\n",
      report.history.size() > listed ? "The last" : "All", counted(listed, "run"));
  for (std::size_t i = 0; i < listed; ++i) {
    const RunHistoryPoint& point = report.history[report.history.size() - 1 - i];
    put(out, "<tr><th scope=\"row\">{}</th><td>{}{}</td>", minute_words(point.started),
        badge_html(outcome_kind(point.outcome), to_string(point.outcome)),
        point.cold ? " " + badge_html("quiet", "cold") : "");
    append_numbers(out, {seconds_words(point.wall_seconds), seconds_words(point.cpu_seconds),
                         bytes_words(point.peak_bytes)});
    put(out, "<td><code>{}</code></td><td><code>{}</code></td></tr>\n", html_name(point.commit),
        html_name(point.id));
  }
  out += "</tbody></table></div></details>\n";
}

}  // namespace perfwatch
