// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <iterator>

#include "exporters/report/markdown_parts.h"
#include "exporters/report/report.h"
#include "exporters/report/totals.h"
#include "exporters/report/words.h"

namespace perfwatch {
namespace {

constexpr std::size_t kCommandShown = 1000;

void append_facts(std::string& out, const Run& run) {
  put_markdown(out, "**{}** in {} of wall time, {} of CPU time\n\n",
               as_markdown(outcome_words(run)), seconds_words(run.figures[RunMetric::wall_seconds]),
               seconds_words(run.figures[RunMetric::cpu_seconds]));
  put_markdown(out, "- Command: {}\n", as_markdown_code(command_words(run.command, kCommandShown)));
  put_markdown(out, "- Run {}, {}, on {} ({})\n", as_markdown_code(run.id), time_words(run.started),
               as_markdown_code(run.host), as_markdown(to_string(run.host_class)));
  for (const auto& [name, value] : run.labels) {
    put_markdown(out, "- {}: {}\n", as_markdown_code(name), as_markdown_code(value));
  }
  put_markdown(out, "- Measured by {}\n\n", as_markdown(method_words(run)));
}

void append_verdicts(std::string& out, const std::vector<RunVerdictLine>& lines) {
  std::vector<std::string> texts;
  texts.reserve(lines.size());
  for (const auto& line : lines) texts.push_back(line.text);
  append_markdown_list(out, "Against the baseline", texts);
}

void append_figures(std::string& out, const Run& run) {
  out += "| Metric | Value |\n|:---|---:|\n";
  for (std::size_t i = 0; i < kRunMetrics; ++i) {
    const auto metric = static_cast<RunMetric>(i);
    if (!run.figures.has(metric)) continue;
    put_markdown(out, "| {} | {} |\n", metric_words(metric),
                 value_words(run.figures[metric], info_of(metric).unit));
  }
  out += '\n';
}

}  // namespace

std::string run_markdown(const Run& run, const RunRemarks& remarks) {
  std::string out;
  put_markdown(out, "## {}", as_markdown_code(run.operation));
  if (!run.component.empty()) put_markdown(out, " of {}", as_markdown_code(run.component));
  out += "\n\n";
  append_facts(out, run);
  append_verdicts(out, remarks.verdicts);
  append_figures(out, run);
  append_markdown_list(out, "What holds it back", remarks.bottlenecks);
  append_markdown_list(out, "What to do", remarks.recommendations);
  append_markdown_commands(out, run);
  return out;
}

}  // namespace perfwatch
