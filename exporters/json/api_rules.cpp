// SPDX-License-Identifier: Apache-2.0
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>

#include "core/analyse/rule_set.h"
#include "core/analyse/wording.h"
#include "exporters/json/api.h"
#include "exporters/json/json_parts.h"

namespace perfwatch {
namespace {

Json bound_object(const Bound& bound) {
  return {{bound.side == Bound::Side::above ? "above" : "below", bound.value}};
}

Json rule_object(const Rule& rule) {
  Json object = Json::object();
  object["name"] = rule.name;
  object["kind"] = to_string(rule.kind);
  object["metric"] = rule.metric;
  if (rule.divided_by) object["divided_by"] = *rule.divided_by;
  object["severity"] = to_string(rule.severity);
  object["alert"] = rule.notifies;
  object["raise"] = bound_object(rule.raise);
  object["clear"] = bound_object(rule.clear);
  object["for_seconds"] = Seconds(rule.hold).count();
  object["keep_firing_for_seconds"] = Seconds(rule.keep_firing_for).count();
  return object;
}

Json judged_object(const Finding& finding) {
  Json object = Json::object();
  object["subject"] = labels_object(finding.subject);
  object["level"] = to_string(finding.level);
  if (finding.level != Level::absent) put(object, "value", finding.value);
  Labels details;
  if (finding.explanation != nullptr) finding.explanation->explain(details);
  if (!details.empty()) object["details"] = labels_object(details);
  return object;
}

}  // namespace

Result<std::string> api_rules(const RuleSet& rules, const RulesQuery& query) {
  if (query.rule && rules.find(*query.rule) == nullptr) {
    return fail(ErrorKind::gone, "there is no such rule; /api/v1/rules lists all");
  }
  std::map<std::string_view, std::pair<std::size_t, std::size_t>> counts;  // judged, raised
  Json judged = Json::array();
  for (const Finding& finding : rules.findings()) {
    auto& [all, raised] = counts[finding.rule];
    ++all;
    if (finding.level == Level::raised) ++raised;
    if (query.rule == finding.rule && all <= query.limit) judged.push_back(judged_object(finding));
  }
  Json data = Json::object();
  Json& list = data["rules"] = Json::array();
  for (const Rule& rule : rules.rules()) {
    if (query.rule && rule.name != *query.rule) continue;
    Json object = rule_object(rule);
    object["series"] = counts[rule.name].first;
    object["raised"] = counts[rule.name].second;
    list.push_back(std::move(object));
  }
  if (!query.rule) return success(std::move(data));
  data["truncated"] = judged.size() < counts[*query.rule].first;
  data["judged"] = std::move(judged);
  return success(std::move(data));
}

}  // namespace perfwatch
