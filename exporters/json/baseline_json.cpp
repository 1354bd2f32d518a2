// SPDX-License-Identifier: Apache-2.0
#include "exporters/json/baseline_json.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>
#include <utility>

#include "core/analyse/wording.h"
#include "core/base/ulid.h"
#include "core/model/run_limits.h"
#include "exporters/json/json_node.h"

namespace perfwatch {
namespace {

constexpr std::size_t kMostBaselines = 10'000;
constexpr const char* kNoId = "no id of a run (26 characters, ULID)";

Json values_object(const std::vector<BaselineRun>& runs) {
  Json object = Json::object();
  for (std::size_t i = 0; i < kRunMetrics; ++i) {
    const auto metric = static_cast<RunMetric>(i);
    Json values = Json::array();
    bool known = false;
    for (const BaselineRun& run : runs) {
      known = known || run.figures.has(metric);
      values.push_back(run.figures.has(metric) ? Json(run.figures[metric]) : Json());
    }
    if (known) object[std::string(run_metrics().at(i).name)] = std::move(values);
  }
  return object;
}

Json baseline_object(const Baseline& baseline) {
  Json object = Json::object();
  object["component"] = baseline.key.component;
  object["operation"] = baseline.key.operation;
  object["host_class"] = baseline.key.host_class;
  object["cold"] = baseline.key.cold;
  if (!baseline.since_run.empty()) object["since_run"] = baseline.since_run;
  if (baseline.accepted_at) object["accepted_at"] = rfc3339_millis(*baseline.accepted_at);
  if (!baseline.note.empty()) object["note"] = baseline.note;
  object["runs"] = Json::array();
  for (const BaselineRun& run : baseline.runs) object["runs"].push_back(run.id);
  object["values"] = values_object(baseline.runs);
  return object;
}

void read_runs(const JsonNode& node, Baseline& baseline) {
  std::set<std::string> seen;
  node.each_element(kBaselineRuns, [&](const JsonNode& item) {
    BaselineRun run{item.needed_text(), {}};
    if (!is_ulid(run.id)) return item.complain(kNoId);
    if (!seen.insert(run.id).second) return item.complain("the same run twice");
    baseline.runs.push_back(std::move(run));
  });
}

void read_values(const JsonNode& node, Baseline& baseline) {
  constexpr std::size_t kMostMetrics = 1'000;
  node.each_member(kMostMetrics, [&](const std::string& name, const JsonNode& values) {
    const auto metric = run_metric(name);
    if (!metric) return;  // of a newer perfwatch
    std::size_t at = 0;
    values.each_element(baseline.runs.size(), [&](const JsonNode& value) {
      baseline.runs[at++].figures[*metric] = value.number();
    });
    if (at != baseline.runs.size()) values.complain("not as many values as there are runs");
  });
}

Baseline read_baseline(const JsonNode& node) {
  Baseline baseline;
  baseline.key.component = node.at("component").needed_text();
  baseline.key.operation = node.at("operation").needed_text();
  baseline.key.host_class = node.at("host_class").needed_text();
  baseline.key.cold = node.at("cold").flag();
  const JsonNode since = node.at("since_run");
  baseline.since_run = since.text();
  if (since.there() && !is_ulid(baseline.since_run)) since.complain(kNoId);
  baseline.accepted_at = node.at("accepted_at").time();
  baseline.note = node.at("note").text();
  read_runs(node.at("runs"), baseline);
  read_values(node.at("values"), baseline);
  const auto older = [](const auto& a, const auto& b) { return a.id < b.id; };
  std::sort(baseline.runs.begin(), baseline.runs.end(), older);
  return baseline;
}

}  // namespace

std::string baselines_to_json(std::span<const Baseline> baselines, bool ascii) {
  Json document = Json::object();
  Json& list = document["baselines"] = Json::array();
  for (const Baseline& baseline : baselines) list.push_back(baseline_object(baseline));
  return document.dump(2, ' ', ascii, Json::error_handler_t::replace) + "\n";
}

Result<std::vector<Baseline>> baselines_from_json(std::string_view text) {
  const auto document = parse_document(text, kBaselinesJsonBytes, kBaselinesJsonValues);
  if (!document) return tl::unexpected(document.error());
  std::string problem;
  const JsonNode node(*document, problem);
  const JsonNode list = node.at("baselines");
  if (!list.there())
    node.complain(
        "no list \"baselines\": was it written by perfwatch baselines "
        "export?");
  std::vector<Baseline> baselines;
  list.each_element(kMostBaselines,
                    [&](const JsonNode& item) { baselines.push_back(read_baseline(item)); });
  if (!problem.empty()) return fail(ErrorKind::malformed, std::move(problem));
  return baselines;
}

}  // namespace perfwatch
