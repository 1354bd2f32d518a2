// SPDX-License-Identifier: Apache-2.0
#include <nlohmann/json.hpp>
#include <utility>

#include "core/analyse/wording.h"
#include "exporters/report/json_values.h"
#include "exporters/report/report.h"
#include "exporters/report/totals.h"
#include "exporters/report/words.h"

namespace perfwatch {
namespace {

OrderedJson outcomes_json(const OperationReport& report) {
  OrderedJson object = OrderedJson::object();
  for (std::size_t i = 0; i < report.outcomes.size(); ++i) {
    object[std::string(to_string(static_cast<RunOutcome>(i)))] = report.outcomes.at(i);
  }
  return object;
}

OrderedJson memory_json(const OperationReport& report) {
  const Statistics& memory = report.metrics[report.memory_metric];
  OrderedJson object = OrderedJson::object();
  object["metric"] = info_of(report.memory_metric).name;
  object["mean"] = number_or_null(memory.mean);
  object["peak"] = number_or_null(memory.max);
  return object;
}

// The slope is of one run; an interval that reaches to infinity is left out.
OrderedJson trend_json(const std::optional<RunTrend>& trend) {
  OrderedJson object = OrderedJson::object();
  object["direction"] = trend ? OrderedJson(trend->direction) : OrderedJson(nullptr);
  object["slope"] = trend ? number_or_null(trend->slope) : OrderedJson(nullptr);
  object["volatility"] = trend ? number_or_null(trend->volatility) : OrderedJson(nullptr);
  if (trend) {
    put_known(object, "slope_low", trend->slope_low);
    put_known(object, "slope_high", trend->slope_high);
  }
  return object;
}

OrderedJson history_json(const OperationReport& report) {
  OrderedJson list = OrderedJson::array();
  for (const auto& point : report.history) {
    OrderedJson entry = OrderedJson::object();
    entry["id"] = point.id;
    entry["started"] = rfc3339_millis(point.started);
    entry["outcome"] = to_string(point.outcome);
    entry["cold"] = point.cold;
    entry["counted"] = point.counted;
    put_known(entry, "wall_seconds", point.wall_seconds);
    put_known(entry, "cpu_seconds", point.cpu_seconds);
    put_known(entry, "peak_bytes", point.peak_bytes);
    if (!point.commit.empty()) entry["commit"] = point.commit;
    list.push_back(std::move(entry));
  }
  return list;
}

OrderedJson regressions_json(const OperationReport& report) {
  OrderedJson list = OrderedJson::array();
  for (const auto& regression : report.regressions) {
    OrderedJson entry = OrderedJson::object();
    entry["metric"] = info_of(regression.metric).name;
    put_known(entry, "before", regression.before);
    put_known(entry, "after", regression.after);
    put_known(entry, "ratio", regression.after / regression.before);
    if (!regression.since_run.empty()) entry["since_run"] = regression.since_run;
    if (!regression.since_commit.empty()) entry["since_commit"] = regression.since_commit;
    entry["text"] = regression_words(regression);
    list.push_back(std::move(entry));
  }
  return list;
}

OrderedJson commands_json(const std::vector<RunCommand>& commands) {
  OrderedJson list = OrderedJson::array();
  for (const auto& command : commands) {
    OrderedJson entry = OrderedJson::object();
    entry["comm"] = command.comm;
    entry["count"] = command.count;
    put_known(entry, "cpu_seconds", command.cpu_seconds);
    put_known(entry, "largest_bytes", command.largest_bytes);
    if (!command.largest_arguments.empty()) entry["largest_arguments"] = command.largest_arguments;
    list.push_back(std::move(entry));
  }
  return list;
}

OrderedJson last_run_json(const Run& run) {
  OrderedJson object = OrderedJson::object();
  object["id"] = run.id;
  object["started"] = rfc3339_millis(run.started);
  object["outcome"] = to_string(run.outcome);
  object["tier"] = to_string(run.tier);
  object["exact"] = run.exact;
  object["method"] = run.method;
  if (!run.reason.empty()) object["reason"] = run.reason;
  OrderedJson timeline = OrderedJson::array();
  for (const auto& point : run.timeline) {
    OrderedJson entry = OrderedJson::object();
    put_known(entry, "seconds", point.seconds);
    put_known(entry, "cpu_cores", point.cpu_cores);
    put_known(entry, "anonymous_bytes", point.anonymous_bytes);
    put_known(entry, "processes", point.processes);
    timeline.push_back(std::move(entry));
  }
  object["timeline"] = std::move(timeline);
  object["by_cpu"] = commands_json(run.by_cpu);
  object["by_memory"] = commands_json(run.by_memory);
  return object;
}

OrderedJson operation_json(const OperationReport& report) {
  OrderedJson object = OrderedJson::object();
  object["component"] = report.component;
  object["operation"] = report.operation;
  object["count"] = report.count;
  object["outcomes"] = outcomes_json(report);
  object["counted"] = report.metrics[RunMetric::wall_seconds].count;
  object["counted_caches"] = report.counted_cold ? "cold" : "warm";
  object["execution_time"] = statistics_json(report.metrics[RunMetric::wall_seconds]);
  object["memory"] = memory_json(report);
  object["trend"] = trend_json(report.wall_trend);
  object["cpu_trend"] = trend_json(report.cpu_trend);
  object["memory_trend"] = trend_json(report.memory_trend);
  object["metrics"] = metrics_json(report.metrics);
  object["regressions"] = regressions_json(report);
  object["bottlenecks"] = report.bottlenecks;
  object["recommendations"] = report.recommendations;
  object["history"] = history_json(report);
  if (report.last_run) object["last_run"] = last_run_json(*report.last_run);
  return object;
}

}  // namespace

std::string report_json(const RunReport& report) {
  const ReportTotals totals = totals_of(report);
  OrderedJson object = OrderedJson::object();
  object["generated"] = rfc3339_millis(report.generated);
  if (!report.host.empty()) object["host"] = report.host;
  if (!report.scope.empty()) object["scope"] = report.scope;
  OrderedJson summary = OrderedJson::object();
  summary["operations"] = totals.operations;
  summary["runs"] = totals.runs;
  summary["regressions"] = totals.regressions;
  put_known(summary, "succeeded_ratio", totals.succeeded_ratio);
  put_known(summary, "wall_seconds", totals.wall_seconds);
  put_known(summary, "cpu_seconds", totals.cpu_seconds);
  put_known(summary, "peak_bytes", totals.peak_bytes);
  object["summary"] = std::move(summary);
  OrderedJson operations = OrderedJson::array();
  for (const auto& operation : report.operations) operations.push_back(operation_json(operation));
  object["operations"] = std::move(operations);
  return dumped(object);
}

}  // namespace perfwatch
