// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <utility>

#include "core/analyse/findings.h"
#include "core/analyse/wording.h"
#include "core/base/text.h"
#include "core/model/bottleneck.h"
#include "exporters/json/api.h"
#include "exporters/json/json_parts.h"

namespace perfwatch {
namespace {

void put_text(Json& object, const char* key, const std::string& text) {
  if (!text.empty()) object[key] = text;
}

Json lines_of(std::string_view text) {
  Json lines = Json::array();
  std::string_view line;
  while (next_line(text, line)) lines.push_back(line);
  return lines;
}

Json bottleneck_object(const Bottleneck& bottleneck) {
  Json object = Json::object();
  object["resource"] = to_string(bottleneck.resource);
  object["subject"] = bottleneck.group.empty() ? "host" : "group";
  put_text(object, "group", bottleneck.group);
  object["severity"] = to_string(bottleneck.severity);
  put(object, "utilisation", bottleneck.utilisation);
  put(object, "pressure", bottleneck.pressure);
  object["since"] = rfc3339_millis(bottleneck.since);
  object["evidence"] = bottleneck.evidence;
  put_text(object, "expected", bottleneck.expected);
  object["recommendation"] = bottleneck.recommendation;
  object["command"] = bottleneck.command;
  return object;
}

Json bottlenecks_part(const Bottlenecks& bottlenecks) {
  Json part = Json::object();
  part["state"] = to_string(bottlenecks.state);
  put_text(part, "summary", bottlenecks.summary);
  Json& list = part["list"] = Json::array();
  for (const auto& bottleneck : bottlenecks.list) list.push_back(bottleneck_object(bottleneck));
  return part;
}

Json finding_object(const FindingView& finding) {
  Json object = Json::object();
  object["id"] = finding.id;
  object["kind"] = finding.kind;
  object["name"] = finding.name;
  object["state"] = finding.state;
  object["severity"] = to_string(finding.severity);
  object["subject"] = labels_object(finding.subject);
  put_text(object, "summary", finding.summary);
  put(object, "value", finding.value);
  put_text(object, "expected", finding.expected);
  if (finding.since) object["since"] = rfc3339_millis(*finding.since);
  put_text(object, "details", finding.details);
  put_text(object, "evidence", finding.evidence);
  if (!finding.processes.empty()) object["processes"] = lines_of(finding.processes);
  put_text(object, "bottleneck", finding.bottleneck);
  put_text(object, "recommendation", finding.recommendation);
  put_text(object, "command", finding.command);
  return object;
}

}  // namespace

std::string api_findings(const Overview& overview, const FindingsQuery& query) {
  static const Bottlenecks kNotJudged;
  const Bottlenecks& bottlenecks =
      overview.frame.bottlenecks ? *overview.frame.bottlenecks : kNotJudged;
  Json data = Json::object();
  data["taken"] = rfc3339_millis(overview.frame.at.wall);
  Json& window = data["window"] = Json::object();
  window["samples"] = bottlenecks.samples;
  window["samples_wanted"] = Bottlenecks::kSamplesWanted;
  window["seconds"] = bottlenecks.seconds;
  data["bottlenecks"] = bottlenecks_part(bottlenecks);
  auto findings = collect_findings(overview.frame, overview.alerts);
  std::erase_if(findings, [&](const auto& one) { return one.severity < query.severity; });
  const std::size_t shown = std::min(query.limit, findings.size());
  data["total"] = findings.size();
  data["truncated"] = shown < findings.size();
  Json& list = data["findings"] = Json::array();
  for (std::size_t i = 0; i < shown; ++i) list.push_back(finding_object(findings[i]));
  return success(std::move(data));
}

}  // namespace perfwatch
