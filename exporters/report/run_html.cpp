// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>

#include "core/base/html_text.h"
#include "exporters/report/html_parts.h"
#include "exporters/report/html_tables.h"
#include "exporters/report/report.h"
#include "exporters/report/run_charts.h"
#include "exporters/report/totals.h"
#include "exporters/report/words.h"

namespace perfwatch {
namespace {

constexpr std::size_t kCommandShown = 2000;

using Kind = RunVerdictLine::Kind;

std::string_view verdict_kind(const std::vector<RunVerdictLine>& lines) {
  const auto any = [&](Kind kind) {
    return std::any_of(lines.begin(), lines.end(),
                       [&](const RunVerdictLine& line) { return line.kind == kind; });
  };
  if (any(Kind::regressed)) return "bad";
  return any(Kind::improved) || any(Kind::unchanged) ? "good" : "";
}

void append_header(std::string& out, const Run& run) {
  put(out, "<header>\n<h1>{}", html_name(run.operation));
  if (!run.component.empty()) put(out, " of {}", html_name(run.component));
  put(out, "</h1>\n<ul class=\"facts\">\n<li>{}</li>\n",
      badge_html(outcome_kind(run.outcome), outcome_words(run)));
  put(out, "<li>{}</li>\n", time_words(run.started));
  if (!run.host.empty()) put(out, "<li>on {}</li>\n", html_name(run.host));
  put(out, "<li>run {}</li>\n</ul>\n</header>\n", html_name(run.id));
}

void append_verdicts(std::string& out, const std::vector<RunVerdictLine>& lines) {
  if (lines.empty()) return;
  put(out,
      "<section class=\"card verdict {}\" aria-label=\"Verdict\">\n<p>Against the baseline</p>\n"
      "<ul>\n",
      verdict_kind(lines));
  for (const auto& line : lines) put(out, "<li>{}</li>\n", html_escape(line.text));
  out += "</ul></section>\n";
}

void append_tiles(std::string& out, const Run& run) {
  const auto words = [&](RunMetric metric) {
    return value_words(run.figures[metric], info_of(metric).unit);
  };
  const double cores = run.figures[RunMetric::cpu_seconds] / run.figures[RunMetric::wall_seconds];
  out += "<div class=\"tiles\">\n";
  append_tile(out, "Wall time", words(RunMetric::wall_seconds), "");
  append_tile(out, "CPU time", words(RunMetric::cpu_seconds),
              fmt::format("{} cores on average of {}", count_words(cores), run.host_class.cores));
  append_tile(out, "Memory at once", words(RunMetric::concurrent_anonymous_bytes),
              "anonymous, of all processes");
  append_tile(out, "Largest process", words(RunMetric::largest_process_bytes), "resident");
  append_tile(out, "Processes", words(RunMetric::processes), "started");
  out += "</div>\n";
}

void append_about(std::string& out, const Run& run) {
  out += "<section class=\"card\"><h3>About this run</h3>\n<dl class=\"about\">\n";
  put(out, "<dt>Command</dt><dd><code>{}</code></dd>\n",
      html_name(command_words(run.command, kCommandShown)));
  for (const auto& [name, value] : run.labels) {
    put(out, "<dt>{}</dt><dd>{}</dd>\n", html_name(name), html_name(value));
  }
  put(out, "<dt>Host</dt><dd>{}</dd>\n", html_escape(to_string(run.host_class)));
  put(out, "<dt>Measured by</dt><dd>{}</dd>\n", html_escape(method_words(run)));
  if (run.cold) out += "<dt>Caches</dt><dd>cold</dd>\n";
  out += "</dl></section>\n";
}

}  // namespace

std::string run_html(const Run& run, const RunRemarks& remarks) {
  std::string out;
  append_page_head(out,
                   run.component.empty() ? run.operation : run.operation + " of " + run.component);
  append_header(out, run);
  out += "<main>\n";
  append_verdicts(out, remarks.verdicts);
  append_tiles(out, run);
  append_timeline(out, run);
  append_advice(out, remarks.bottlenecks, remarks.recommendations);
  append_commands(out, run);
  out += "<div class=\"pair\">\n";
  append_figures(out, run);
  append_about(out, run);
  out += "</div>\n";
  append_page_end(out);
  return out;
}

}  // namespace perfwatch
