// SPDX-License-Identifier: Apache-2.0
#include "daemon/cli/runs_view.h"

#include <fmt/format.h>
#include <time.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <set>
#include <utility>

#include "core/base/ulid.h"
#include "daemon/cli/cells.h"
#include "daemon/cli/human.h"
#include "daemon/cli/table.h"

namespace perfwatch {
namespace {

constexpr std::size_t kShortId = 8;
constexpr std::size_t kFewest = 10;  // commands that are shown

std::string ending(const std::string& id, std::size_t letters) {
  return id.size() > letters ? id.substr(id.size() - letters) : id;
}

// In the time zone of who looks.
std::string local_time(std::chrono::system_clock::time_point at) {
  const std::time_t seconds = std::chrono::system_clock::to_time_t(at);
  std::tm local{};
  char text[32];
  if (::localtime_r(&seconds, &local) == nullptr) return "-";
  const auto size = std::strftime(text, sizeof text, "%Y-%m-%d %H:%M", &local);
  return {text, size};
}

std::string lines_of(const Table& table, const Style& style) {
  std::string out;
  for (const auto& line : lay_out(table, style.terminal ? style.width : 0)) out += line + "\n";
  return out;
}

std::string outcome_text(const Run& run) {
  std::string text(to_string(run.outcome));
  if (run.outcome == RunOutcome::failed) return text + fmt::format(" ({})", run.exit_code);
  if (run.outcome == RunOutcome::killed) return text + fmt::format(" (signal {})", run.exit_code);
  return text;
}

Tone tone_of(RunOutcome outcome) {
  if (outcome == RunOutcome::succeeded) return Tone::good;
  return outcome == RunOutcome::running ? Tone::plain : Tone::bad;
}

std::string command_text(const std::vector<std::string>& words) {
  std::string out;
  for (const std::string& word : words) {
    const bool bare = !word.empty() && word.find_first_of(" \t'\"\\$`;&|<>()*?#~") == word.npos;
    out += out.empty() ? "" : " ";
    out += bare ? word : "'" + word + "'";
  }
  return safe_text(out);
}

void add_line(std::string& out, const Style& style, std::string_view name,
              const std::string& text) {
  if (text.empty()) return;
  out += style.paint(Tone::faint, fit(name, 12)) + text + "\n";
}

std::string render_head(const Run& run, const Style& style) {
  std::string out;
  add_line(out, style, "run", style.paint(Tone::strong, safe_text(run.id)));
  add_line(out, style, "component", safe_text(run.component));
  add_line(out, style, "operation", safe_text(run.operation));
  add_line(out, style, "command", command_text(run.command));
  add_line(out, style, "started", local_time(run.started));
  add_line(out, style, "outcome", style.paint(tone_of(run.outcome), outcome_text(run)));
  add_line(out, style, "host", safe_text(run.host + ", " + to_string(run.host_class)));
  add_line(out, style, "caches", run.cold ? "cold" : "");
  for (const auto& [name, value] : run.labels) {
    add_line(out, style, "label", safe_text(name + "=" + value));
  }
  add_line(out, style, "measured by", safe_text(run.method));
  const std::string why = run.reason.empty() ? "" : ": " + safe_text(run.reason);
  add_line(out, style, "accounting",
           std::string(to_string(run.tier)) + (run.exact ? ", exact" : ", not exact") + why);
  return out;
}

std::string render_figures(const RunFigures& figures, const Style& style) {
  Table table{{{"METRIC", 26, true}, {"VALUE", 10}}, {}};
  for (std::size_t i = 0; i < kRunMetrics; ++i) {
    const auto metric = static_cast<RunMetric>(i);
    if (!figures.has(metric)) continue;
    table.rows.push_back(
        {std::string(run_metrics().at(i).label), metric_text(metric, figures[metric])});
  }
  return table.rows.empty() ? "\nNo figures are known.\n" : "\n" + lines_of(table, style);
}

std::string render_commands(const char* title, const std::vector<RunCommand>& commands,
                            const Style& style) {
  if (commands.empty()) return {};
  Table table{{{title, 16, true},
               {"COUNT", 6},
               {"CPU", 8},
               {"LARGEST", 8},
               {"COMMAND LINE OF THE LARGEST", 0, true, true, 1}},
              {}};
  for (const RunCommand& command : commands) {
    if (table.rows.size() == kFewest) break;
    table.rows.push_back({safe_text(command.comm), std::to_string(command.count),
                          fine_duration(command.cpu_seconds), short_bytes(command.largest_bytes),
                          safe_text(command.largest_arguments)});
  }
  return "\n" + lines_of(table, style);
}

std::string cpu_text(const std::optional<RunCommand>& command) {
  return command ? fine_duration(command->cpu_seconds) : "-";
}
std::string count_text(const std::optional<RunCommand>& command) {
  return command ? std::to_string(command->count) : "-";
}

Table grown_table(const RunDiff& diff) {
  Table table{{{"GREW", 16, true}, {"COUNT", 6}, {"THEN", 6}, {"CPU", 8}, {"THEN", 8}, {"MORE", 8}},
              {}};
  for (const CommandDiff& command : diff.commands) {
    if (table.rows.size() == kFewest) break;
    table.rows.push_back({safe_text(command.comm), count_text(command.before),
                          count_text(command.after), cpu_text(command.before),
                          cpu_text(command.after), fine_duration(command.grown)});
  }
  return table;
}

}  // namespace

std::vector<std::string> short_ids(const std::vector<Run>& runs) {
  for (std::size_t letters = kShortId;; ++letters) {
    std::set<std::string> all;
    std::vector<std::string> list;
    for (const Run& run : runs) {
      list.push_back(safe_text(ending(run.id, letters)));
      all.insert(list.back());
    }
    if (all.size() == runs.size() || letters >= kUlidSize) return list;
  }
}

std::string metric_text(RunMetric metric, double value) {
  if (!std::isfinite(value)) return "-";
  switch (run_metrics().at(static_cast<std::size_t>(metric)).unit) {
    case RunMetricInfo::Unit::seconds:
      return fine_duration(value);
    case RunMetricInfo::Unit::bytes:
      return human_bytes(value);
    case RunMetricInfo::Unit::count:
      break;
  }
  return human_count(value);
}

std::string change_text(const std::optional<double>& change) {
  if (!change) return "-";
  if (std::fabs(*change) < 0.0005) return "0%";
  return (*change > 0 ? "+" : "") + human_ratio(*change);
}

std::string render_runs(const std::vector<Run>& runs, const Style& style) {
  Table table{{{"ID", kShortId, true},
               {"STARTED", 16, true, false, 2},
               {"COMPONENT", 9, true, false, 1},
               {"OPERATION", 12, true, true},
               {"OUTCOME", 9, true},
               {"WALL", 7},
               {"CPU", 7},
               {"ANON", 6},
               {"LARGEST", 7, false, false, 3}},
              {}};
  const auto ids = short_ids(runs);
  for (std::size_t i = 0; i < runs.size(); ++i) {
    const Run& run = runs[i];
    table.rows.push_back({ids[i], local_time(run.started), safe_text(run.component),
                          safe_text(run.operation), outcome_text(run),
                          fine_duration(run.figures[RunMetric::wall_seconds]),
                          fine_duration(run.figures[RunMetric::cpu_seconds]),
                          short_bytes(run.figures[RunMetric::concurrent_anonymous_bytes]),
                          short_bytes(run.figures[RunMetric::largest_process_bytes])});
  }
  return lines_of(table, style);
}

std::string render_run(const Run& run, const Style& style) {
  return render_head(run, style) + render_figures(run.figures, style) +
         render_commands("BY CPU", run.by_cpu, style) +
         render_commands("BY MEMORY", run.by_memory, style);
}

std::string render_diff(const Run& before, const Run& after, const RunDiff& diff,
                        const Style& style) {
  std::string out;
  for (const auto& [name, run] : {std::pair{"before", &before}, std::pair{"after", &after}}) {
    add_line(out, style, name,
             safe_text(run->id + "  " + local_time(run->started) + "  " + run->component + " / " +
                       run->operation + ", " + outcome_text(*run)));
  }
  if (!(key_of(before) == key_of(after))) {
    out +=
        "These are not of one baseline: another component, operation, class of host, or "
        "warmth of caches.\n";
  }
  Table table{{{"METRIC", 26, true}, {"BEFORE", 10}, {"AFTER", 10}, {"CHANGE", 8}}, {}};
  for (const MetricDiff& metric : diff.metrics) {
    const auto place = static_cast<std::size_t>(metric.metric);
    table.rows.push_back({std::string(run_metrics().at(place).label),
                          metric_text(metric.metric, metric.before),
                          metric_text(metric.metric, metric.after), change_text(metric.change)});
  }
  out += table.rows.empty() ? "\nNo figures are known.\n" : "\n" + lines_of(table, style);
  return diff.commands.empty() ? out : out + "\n" + lines_of(grown_table(diff), style);
}

std::string render_baselines(const std::vector<BaselineSummary>& baselines, const Style& style) {
  Table table{{{"COMPONENT", 9, true},
               {"OPERATION", 12, true, true},
               {"HOST", 12, true, false, 3},
               {"CACHES", 6, true, false, 2},
               {"RUNS", 5},
               {"IMPORTED", 8, false, false, 1},
               {"SINCE", kShortId, true},
               {"NOTE", 0, true, false, 4}},
              {}};
  for (const BaselineSummary& summary : baselines) {
    const Baseline& baseline = summary.baseline;
    table.rows.push_back({safe_text(baseline.key.component), safe_text(baseline.key.operation),
                          safe_text(baseline.key.host_class), baseline.key.cold ? "cold" : "",
                          std::to_string(summary.own), std::to_string(summary.imported),
                          safe_text(ending(baseline.since_run, kShortId)),
                          safe_text(baseline.note)});
  }
  return lines_of(table, style);
}

}  // namespace perfwatch
