// SPDX-License-Identifier: Apache-2.0
#include "exporters/report/run_charts.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <span>
#include <utility>

#include "core/base/html_text.h"
#include "exporters/report/chart.h"
#include "exporters/report/html_parts.h"
#include "exporters/report/words.h"

namespace perfwatch {
namespace {

using Unit = RunMetricInfo::Unit;
constexpr std::size_t kRunTicks = 4;

Chart timeline_chart(const Run& run, double RunPoint::*value) {
  Chart chart;
  chart.filled = true;
  double end = run.figures[RunMetric::wall_seconds];
  for (const auto& point : run.timeline) {
    if (!std::isfinite(point.seconds) || point.seconds < 0) continue;
    chart.line.push_back({point.seconds, point.*value});
    end = std::fmax(end, point.seconds);
  }
  chart.x_top = std::isfinite(end) && end > 0 ? end : 1;
  chart.x_ticks = time_ticks(chart.x_top);
  return chart;
}

double largest_of(const std::vector<ChartPoint>& line) {
  double largest = std::nan("");
  for (const auto& point : line) largest = std::fmax(largest, point.y);
  return largest;
}

// What a history draws of each run.
struct HistoryOf {
  RunMetric metric;
  double RunHistoryPoint::*value;
  const std::optional<RunTrend>* trend;
  std::string_view title;
};

std::string mark_title(const RunHistoryPoint& point, double value, Unit unit) {
  std::string text = fmt::format("{}, {}: {}", minute_words(point.started),
                                 to_string(point.outcome), value_words(value, unit));
  if (point.cold) text += ", cold caches";
  if (!point.commit.empty()) text += fmt::format(", commit {}", point.commit);
  return text + fmt::format(", run {}", point.id);
}

std::string_view mark_kind(const RunHistoryPoint& point) {
  if (point.counted) return "plain";
  return outcome_kind(point.outcome) == "bad" ? "bad" : "quiet";
}

// Under a few of the runs the day, or the time where all are of one day; none twice.
std::vector<Tick> run_ticks(std::span<const RunHistoryPoint> points) {
  std::vector<Tick> ticks;
  const std::size_t last = points.size() - 1;
  const std::size_t steps = std::min(kRunTicks - 1, last);
  const bool one_day = day_words(points.front().started) == day_words(points[last].started);
  for (std::size_t i = 0; i <= steps; ++i) {
    const std::size_t at = steps == 0 ? 0 : last * i / steps;
    std::string label = one_day ? clock_words(points[at].started) : day_words(points[at].started);
    if (!ticks.empty() && ticks.back().label == label) continue;
    ticks.push_back({static_cast<double>(at), std::move(label)});
  }
  return ticks;
}

void add_regressions(Chart& chart, std::span<const RunHistoryPoint> points,
                     const OperationReport& report, RunMetric metric) {
  for (const auto& regression : report.regressions) {
    if (regression.metric != metric || regression.since_run.empty()) continue;
    const auto found = std::find_if(points.begin(), points.end(), [&](const auto& point) {
      return point.id == regression.since_run;
    });
    if (found == points.end()) continue;
    const std::string change = change_words(regression.after / regression.before);
    chart.verticals.push_back({static_cast<double>(found - points.begin()) - 0.5, "bad",
                               change == kNotKnown ? "worse" : change});
  }
}

void add_trend(Chart& chart, const std::optional<RunTrend>& trend, std::size_t counted,
               double first, double last) {
  if (!trend || trend->direction == "stable" || counted < 2) return;
  const double begin = trend->level - trend->slope * static_cast<double>(counted - 1);
  chart.trend = {{first, std::max(begin, 0.0)}, {last, std::max(trend->level, 0.0)}};
}

Chart history_chart(std::span<const RunHistoryPoint> points, const OperationReport& report,
                    const HistoryOf& of) {
  Chart chart;
  chart.title = fmt::format("{} by run", of.title);
  chart.unit = info_of(of.metric).unit;
  chart.x_top = static_cast<double>(points.size() - 1);
  chart.x_ticks = run_ticks(points);
  std::size_t counted = 0;
  double first = std::nan("");
  double last = 0;
  for (std::size_t i = 0; i < points.size(); ++i) {
    const auto x = static_cast<double>(i);
    const double value = points[i].*of.value;
    chart.marks.push_back(
        {x, value, mark_kind(points[i]), mark_title(points[i], value, chart.unit)});
    if (!points[i].counted || !std::isfinite(value)) continue;
    chart.line.push_back({x, value});
    if (counted++ == 0) first = x;
    last = x;
  }
  add_trend(chart, *of.trend, counted, first, last);
  add_regressions(chart, points, report, of.metric);
  const Statistics& all = report.metrics[of.metric];
  chart.description =
      fmt::format("{} of {}: median {}, from {} to {}.", of.title,
                  perfwatch::counted(counted, "run"), value_words(all.median, chart.unit),
                  value_words(all.min, chart.unit), value_words(all.max, chart.unit));
  return chart;
}

}  // namespace

void append_timeline(std::string& out, const Run& run) {
  if (run.timeline.size() < 2) return;
  Chart cpu = timeline_chart(run, &RunPoint::cpu_cores);
  const double most = largest_of(cpu.line);
  const auto cores = static_cast<double>(run.host_class.cores);
  cpu.title = "CPU in use, cores";
  cpu.description = fmt::format("CPU in use over {}: at most {} of {} cores.",
                                seconds_words(cpu.x_top), count_words(most), count_words(cores));
  // A line far above everything would only press the drawing flat.
  if (cores > 0 && most > cores / 3) cpu.horizontals.push_back({cores, "quiet", "all cores"});
  Chart memory = timeline_chart(run, &RunPoint::anonymous_bytes);
  memory.unit = Unit::bytes;
  memory.title = "Anonymous memory of all processes alive";
  memory.description =
      fmt::format("Anonymous memory over {}: at most {}.", seconds_words(memory.x_top),
                  bytes_words(largest_of(memory.line)));
  put(out, "<section class=\"card\"><div class=\"charts two\">\n{}{}</div></section>\n",
      chart_html(cpu), chart_html(memory));
}

void append_history(std::string& out, const OperationReport& report) {
  std::span<const RunHistoryPoint> points = report.history;
  if (points.size() > kMostHistory) points = points.last(kMostHistory);
  if (points.size() < 2) return;
  out += "<section class=\"card\"><div class=\"charts\">\n";
  out += chart_html(history_chart(
      points, report,
      {RunMetric::wall_seconds, &RunHistoryPoint::wall_seconds, &report.wall_trend, "Wall time"}));
  out += chart_html(history_chart(
      points, report,
      {RunMetric::cpu_seconds, &RunHistoryPoint::cpu_seconds, &report.cpu_trend, "CPU time"}));
  out += chart_html(history_chart(
      points, report,
      {report.memory_metric, &RunHistoryPoint::peak_bytes, &report.memory_trend, "Peak memory"}));
  out += "</div>\n";
  const bool others =
      std::any_of(points.begin(), points.end(), [](const auto& point) { return !point.counted; });
  put(out, "<p class=\"note\">Memory is {}. {}{}</p></section>\n",
      html_escape(info_of(report.memory_metric).label),
      others ? "Red rings are runs that did not succeed, grey ones those that are not compared: "
               "neither counts. "
             : "",
      report.history.size() > points.size()
          ? fmt::format("The last {} of {} runs are drawn.", points.size(), report.history.size())
          : "");
}

}  // namespace perfwatch
