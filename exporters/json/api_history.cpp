// SPDX-License-Identifier: Apache-2.0
#include <cmath>
#include <nlohmann/json.hpp>
#include <utility>

#include "core/analyse/series_match.h"
#include "exporters/json/api.h"
#include "exporters/json/json_parts.h"

namespace perfwatch {
namespace {

using std::chrono::duration_cast;

// [seconds since 1970, value], oldest first. The history has times of the monotonic clock; as the
// wall clock has them they are true unless it was set meanwhile.
Json points_of(const PackedPoints& points, Instant now, History::Time window) {
  const auto monotonic = duration_cast<History::Time>(now.monotonic.time_since_epoch());
  const auto wall = duration_cast<History::Time>(now.wall.time_since_epoch());
  Json list = Json::array();
  for (const HistoryPoint& point : points.between(monotonic - window, monotonic)) {
    if (!std::isfinite(point.value)) continue;
    const auto at = wall - (monotonic - point.at);
    list.push_back(Json::array({static_cast<double>(at.count()) / 1000, point.value}));
  }
  return list;
}

bool asked_for(const Series& series, const HistoryQuery& query) {
  return series.metric->name == query.metric && watchable(series) &&
         (!query.subject || *query.subject == subject_text(series));
}

}  // namespace

Result<std::string> api_history(const Frame& frame, const History& history,
                                const HistoryQuery& query) {
  Json list = Json::array();
  bool exists = false;
  std::size_t total = 0;
  for (const auto& block : frame.blocks) {
    for (const Series& series : block->samples.schema->series) {
      if (!asked_for(series, query)) continue;
      exists = true;
      const PackedPoints* points = history.find(series_key(series));
      if (points == nullptr || ++total > query.limit) continue;
      list.push_back({{"labels", labels_object(subject_of(series))},
                      {"subject", subject_text(series)},
                      {"points", points_of(*points, frame.at, query.window)}});
    }
  }
  if (!exists) return fail(ErrorKind::gone, "there is no such series; /api/v1/series lists all");
  if (total == 0) {
    return fail(ErrorKind::unsupported,
                "no rule watches this series, so its past is not kept; a rule with \"alert\": "
                "false is enough");
  }
  Json data = Json::object();
  data["metric"] = query.metric;
  data["total"] = total;
  data["truncated"] = total > query.limit;
  data["series"] = std::move(list);
  return success(std::move(data));
}

}  // namespace perfwatch
