// SPDX-License-Identifier: Apache-2.0
#include <nlohmann/json.hpp>
#include <utility>

#include "core/analyse/wording.h"
#include "daemon/cli/runs_view.h"
#include "exporters/json/run_json.h"

namespace perfwatch {
namespace {

std::string dump(const Json& json, bool ascii) {
  return json.dump(2, ' ', ascii, Json::error_handler_t::replace) + "\n";
}

Json metric_object(const MetricDiff& diff) {
  Json item = Json::object();
  item["metric"] = run_metrics().at(static_cast<std::size_t>(diff.metric)).name;
  put(item, "before", diff.before);
  put(item, "after", diff.after);
  put(item, "change", diff.change);
  return item;
}

Json side_object(const RunCommand& command) {
  Json side = Json::object();
  side["count"] = command.count;
  put(side, "cpu_seconds", command.cpu_seconds);
  put(side, "largest_bytes", command.largest_bytes);
  return side;
}

Json command_object(const CommandDiff& diff) {
  Json item = Json::object();
  item["comm"] = diff.comm;
  if (diff.before) item["before"] = side_object(*diff.before);
  if (diff.after) item["after"] = side_object(*diff.after);
  item["grown_cpu_seconds"] = diff.grown;
  return item;
}

}  // namespace

std::string runs_json(const std::vector<Run>& runs, bool ascii) {
  Json document = Json::object();
  Json& list = document["runs"] = Json::array();
  for (const Run& run : runs) list.push_back(run_object(run));
  return dump(document, ascii);
}

std::string diff_json(Run before, Run after, const RunDiff& diff, bool ascii) {
  before.timeline.clear();
  after.timeline.clear();
  Json document = Json::object();
  document["before"] = run_object(before);
  document["after"] = run_object(after);
  document["comparable"] = key_of(before) == key_of(after);
  Json& metrics = document["metrics"] = Json::array();
  for (const MetricDiff& metric : diff.metrics) metrics.push_back(metric_object(metric));
  Json& commands = document["commands"] = Json::array();
  for (const CommandDiff& command : diff.commands) commands.push_back(command_object(command));
  return dump(document, ascii);
}

std::string baselines_json(const std::vector<BaselineSummary>& baselines, bool ascii) {
  Json document = Json::object();
  Json& list = document["baselines"] = Json::array();
  for (const BaselineSummary& summary : baselines) {
    const Baseline& baseline = summary.baseline;
    Json item = Json::object();
    item["component"] = baseline.key.component;
    item["operation"] = baseline.key.operation;
    item["host_class"] = baseline.key.host_class;
    item["cold"] = baseline.key.cold;
    item["runs"] = summary.own;
    item["imported"] = summary.imported;
    if (!summary.newest_run.empty()) item["newest_run"] = summary.newest_run;
    if (!baseline.since_run.empty()) item["since_run"] = baseline.since_run;
    if (baseline.accepted_at) item["accepted_at"] = rfc3339_millis(*baseline.accepted_at);
    if (!baseline.note.empty()) item["note"] = baseline.note;
    list.push_back(std::move(item));
  }
  return dump(document, ascii);
}

}  // namespace perfwatch
