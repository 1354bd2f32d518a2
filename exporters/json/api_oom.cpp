// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <nlohmann/json.hpp>
#include <utility>

#include "core/analyse/wording.h"
#include "core/model/oom.h"
#include "exporters/json/api.h"
#include "exporters/json/json_parts.h"

namespace perfwatch {
namespace {

void put_text(Json& object, const char* key, const std::string& text) {
  if (!text.empty()) object[key] = text;
}

Json kill_object(const OomKill& kill) {
  Json object = Json::object();
  object["at"] = rfc3339_millis(kill.at);
  if (kill.pid > 0) object["pid"] = kill.pid;
  put_text(object, "comm", kill.comm);
  object["group"] = kill.group;
  if (kill.uid) object["uid"] = *kill.uid;
  object["scope"] = to_string(kill.scope);
  put_text(object, "limit_cgroup", kill.limit_cgroup);
  put_text(object, "cgroup", kill.victim_cgroup);
  if (kill.pid > 0) {
    if (kill.virtual_bytes > 0) object["virtual_bytes"] = kill.virtual_bytes;
    object["resident_bytes"] = kill.resident_bytes();
    object["anonymous_bytes"] = kill.anonymous_bytes;
    object["file_bytes"] = kill.file_bytes;
    object["shared_bytes"] = kill.shared_bytes;
  }
  if (kill.oom_score_adj) object["oom_score_adj"] = *kill.oom_score_adj;
  object["before_start"] = kill.before_start;
  Json& largest = object["largest"] = Json::array();
  for (const OomProcess& process : kill.largest) {
    largest.push_back({{"pid", process.pid},
                       {"comm", process.comm},
                       {"resident_bytes", process.resident_bytes},
                       {"swapped_bytes", process.swapped_bytes}});
  }
  return object;
}

}  // namespace

Json oom_list(const Frame& frame, std::size_t limit) {
  Json list = Json::array();
  if (!frame.oom) return list;
  const std::size_t shown = std::min(limit, frame.oom->kills.size());
  for (std::size_t i = 0; i < shown; ++i) list.push_back(kill_object(frame.oom->kills[i]));
  return list;
}

std::string api_oom(const Overview& overview, std::size_t limit) {
  const OomHistory* history = overview.frame.oom.get();
  Json data = Json::object();
  data["durable"] = history != nullptr && history->not_durable.empty();
  if (history != nullptr && !history->not_durable.empty()) data["note"] = history->not_durable;
  data["oom_kills"] = oom_list(overview.frame, limit);
  return success(std::move(data));
}

}  // namespace perfwatch
