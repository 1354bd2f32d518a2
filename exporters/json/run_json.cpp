// SPDX-License-Identifier: Apache-2.0
#include "exporters/json/run_json.h"

#include <nlohmann/json.hpp>

#include "core/base/clock.h"
#include "exporters/json/json_parts.h"

namespace perfwatch {
namespace {

Json figures_object(const RunFigures& figures) {
  Json object = Json::object();
  for (std::size_t i = 0; i < kRunMetrics; ++i) {
    const auto metric = static_cast<RunMetric>(i);
    put(object, std::string(run_metrics().at(i).name).c_str(), figures[metric]);
  }
  return object;
}

Json timeline_list(const Run& run) {
  Json list = Json::array();
  for (const RunPoint& point : run.timeline) {
    Json object = Json::object();
    put(object, "seconds", point.seconds);
    put(object, "cpu_cores", point.cpu_cores);
    put(object, "anonymous_bytes", point.anonymous_bytes);
    put(object, "processes", point.processes);
    list.push_back(std::move(object));
  }
  return list;
}

Json commands_list(const std::vector<RunCommand>& commands) {
  Json list = Json::array();
  for (const RunCommand& command : commands) {
    Json object = {{"comm", command.comm}, {"count", command.count}};
    put(object, "cpu_seconds", command.cpu_seconds);
    put(object, "largest_bytes", command.largest_bytes);
    if (!command.largest_arguments.empty()) object["largest_arguments"] = command.largest_arguments;
    list.push_back(std::move(object));
  }
  return list;
}

}  // namespace

std::string run_json(const Run& run) {
  Json labels = Json::object();
  for (const auto& [name, value] : run.labels) labels[name] = value;
  Json object = {{"id", run.id},
                 {"component", run.component},
                 {"operation", run.operation},
                 {"command", run.command},
                 {"labels", std::move(labels)},
                 {"host", run.host},
                 {"host_class",
                  {{"cpu_model", run.host_class.cpu_model},
                   {"cores", run.host_class.cores},
                   {"memory_bytes", run.host_class.memory_bytes}}},
                 {"started", unix_seconds(run.started)},
                 {"outcome", to_string(run.outcome)},
                 {"exit_code", run.exit_code},
                 {"tier", to_string(run.tier)},
                 {"exact", run.exact},
                 {"method", run.method}};
  if (!run.reason.empty()) object["reason"] = run.reason;
  object["cold"] = run.cold;
  object["figures"] = figures_object(run.figures);
  object["timeline"] = timeline_list(run);
  object["by_cpu"] = commands_list(run.by_cpu);
  object["by_memory"] = commands_list(run.by_memory);
  return object.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace perfwatch
