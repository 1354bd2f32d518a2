// SPDX-License-Identifier: Apache-2.0
#include "exporters/json/run_json.h"

#include <cstdint>
#include <limits>
#include <nlohmann/json.hpp>
#include <utility>
#include <vector>

#include "core/analyse/wording.h"
#include "core/base/ulid.h"
#include "core/model/run_limits.h"
#include "exporters/json/json_node.h"

namespace perfwatch {
namespace {

// Of what is cut later anyway: more is no mistake of ours.
constexpr std::size_t kMostEntries = 100'000;
constexpr std::uint64_t kMost = std::uint64_t{1} << 62U;

Json host_object(const Run& run) {
  Json host = Json::object();
  host["name"] = run.host;
  host["class"] = to_string(run.host_class);
  host["cpu_model"] = run.host_class.cpu_model;
  host["cores"] = run.host_class.cores;
  host["memory_bytes"] = run.host_class.memory_bytes;
  return host;
}

Json commands_array(const std::vector<RunCommand>& commands) {
  Json list = Json::array();
  for (const RunCommand& command : commands) {
    Json item = Json::object();
    item["comm"] = command.comm;
    item["count"] = command.count;
    put(item, "cpu_seconds", command.cpu_seconds);
    put(item, "largest_bytes", command.largest_bytes);
    if (!command.largest_arguments.empty()) item["largest_arguments"] = command.largest_arguments;
    list.push_back(std::move(item));
  }
  return list;
}

Json timeline_array(const std::vector<RunPoint>& points) {
  Json list = Json::array();
  for (const RunPoint& point : points) {
    Json item = Json::object();
    put(item, "seconds", point.seconds);
    put(item, "cpu_cores", point.cpu_cores);
    put(item, "anonymous_bytes", point.anonymous_bytes);
    put(item, "processes", point.processes);
    list.push_back(std::move(item));
  }
  return list;
}

void put_list(Json& object, const char* key, Json list) {
  if (!list.empty()) object[key] = std::move(list);
}

// How it ended.
void put_outcome(const Run& run, Json& object) {
  object["outcome"] = to_string(run.outcome);
  if (run.outcome == RunOutcome::succeeded || run.outcome == RunOutcome::failed) {
    object["exit_code"] = run.exit_code;
  } else if (run.outcome == RunOutcome::killed) {
    object["signal"] = run.exit_code;
  }
}

void read_outcome(const JsonNode& node, Run& run) {
  const JsonNode place = node.at("outcome");
  const auto outcome = run_outcome(place.needed_text());
  if (!outcome) place.complain("none of the outcomes of a run");
  run.outcome = outcome.value_or(RunOutcome::interrupted);
  const bool killed = run.outcome == RunOutcome::killed;
  run.exit_code = static_cast<int>(node.at(killed ? "signal" : "exit_code").count(255));
}

void read_tier(const JsonNode& node, Run& run) {
  const std::string name = node.text();
  for (const auto tier : {AccountingTier::poll, AccountingTier::taskstats, AccountingTier::ebpf}) {
    if (name != to_string(tier)) continue;
    run.tier = tier;
    return;
  }
  if (node.there()) node.complain("poll, taskstats or ebpf is expected");
}

void read_host(const JsonNode& node, Run& run) {
  run.host = node.at("name").text();
  run.host_class.cpu_model = node.at("cpu_model").text();
  run.host_class.cores =
      static_cast<std::uint32_t>(node.at("cores").count(std::numeric_limits<std::uint32_t>::max()));
  run.host_class.memory_bytes = node.at("memory_bytes").count(kMost);
}

void read_figures(const JsonNode& node, RunFigures& figures) {
  node.each_member(kMostEntries, [&](const std::string& name, const JsonNode& value) {
    if (const auto metric = run_metric(name)) figures[*metric] = value.number();
  });
}

std::vector<RunCommand> read_commands(const JsonNode& node) {
  std::vector<RunCommand> commands;
  node.each_element(kMostEntries, [&](const JsonNode& item) {
    commands.push_back({item.at("comm").needed_text(), item.at("count").count(kMost),
                        item.at("cpu_seconds").number(), item.at("largest_bytes").number(),
                        item.at("largest_arguments").text()});
  });
  return commands;
}

void read_timeline(const JsonNode& node, Run& run) {
  double latest = 0;
  node.each_element(kMostEntries, [&](const JsonNode& item) {
    const RunPoint point{item.at("seconds").number(), item.at("cpu_cores").number(),
                         item.at("anonymous_bytes").number(), item.at("processes").number()};
    if (!(point.seconds >= latest)) {
      return item.at("seconds").complain("a moment is expected, and none before the one above");
    }
    latest = point.seconds;
    run.timeline.push_back(point);
  });
}

void read_texts(const JsonNode& node, Run& run) {
  run.id = node.at("id").needed_text();
  if (!is_ulid(run.id)) node.at("id").complain("no id of a run (26 characters, ULID)");
  run.component = node.at("component").needed_text();
  run.operation = node.at("operation").needed_text();
  run.method = node.at("method").text();
  run.reason = node.at("reason").text();
  node.at("command").each_element(
      kMostEntries, [&](const JsonNode& word) { run.command.push_back(word.text()); });
  node.at("labels").each_member(kMostEntries, [&](const std::string& name, const JsonNode& value) {
    run.labels.emplace_back(name, value.text());
  });
}

void read_run(const JsonNode& node, Run& run) {
  read_texts(node, run);
  read_host(node.at("host"), run);
  const auto started = node.at("started").time();
  if (!started) node.at("started").complain("is missing");
  run.started = started.value_or(run.started);
  read_outcome(node, run);
  read_tier(node.at("tier"), run);
  run.exact = node.at("exact").flag();
  run.cold = node.at("cold").flag();
  read_figures(node.at("figures"), run.figures);
  read_timeline(node.at("timeline"), run);
  run.by_cpu = read_commands(node.at("by_cpu"));
  run.by_memory = read_commands(node.at("by_memory"));
}

}  // namespace

Json figures_object(const RunFigures& figures) {
  Json object = Json::object();
  for (std::size_t i = 0; i < kRunMetrics; ++i) {
    const auto metric = static_cast<RunMetric>(i);
    if (figures.has(metric)) object[std::string(run_metrics().at(i).name)] = figures[metric];
  }
  return object;
}

Json run_object(const Run& run) {
  Json object = Json::object();
  object["id"] = run.id;
  object["component"] = run.component;
  object["operation"] = run.operation;
  put_list(object, "command", run.command);
  if (!run.labels.empty()) object["labels"] = labels_object(run.labels);
  object["host"] = host_object(run);
  object["started"] = rfc3339_millis(run.started);
  put_outcome(run, object);
  object["tier"] = to_string(run.tier);
  object["exact"] = run.exact;
  object["method"] = run.method;
  if (!run.reason.empty()) object["reason"] = run.reason;
  object["cold"] = run.cold;
  object["figures"] = figures_object(run.figures);
  put_list(object, "by_cpu", commands_array(run.by_cpu));
  put_list(object, "by_memory", commands_array(run.by_memory));
  put_list(object, "timeline", timeline_array(run.timeline));
  return object;
}

std::string run_to_json(const Run& run, bool ascii) {
  return run_object(run).dump(2, ' ', ascii, Json::error_handler_t::replace) + "\n";
}

Result<Run> run_from_json(std::string_view text) {
  const auto document = parse_document(text, kRunJsonBytes);
  if (!document) return tl::unexpected(document.error());
  std::string problem;
  Run run;
  read_run(JsonNode(*document, problem), run);
  if (!problem.empty()) return fail(ErrorKind::malformed, std::move(problem));
  return bounded(std::move(run));
}

}  // namespace perfwatch
