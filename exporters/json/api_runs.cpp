// SPDX-License-Identifier: Apache-2.0
#include "exporters/json/api_runs.h"

#include <nlohmann/json.hpp>
#include <utility>

#include "core/model/run_board.h"
#include "exporters/json/json_parts.h"
#include "exporters/json/run_json.h"

namespace perfwatch {
namespace {

bool fits(const Run& run, const RunsQuery& query) {
  return (!query.component || run.component == *query.component) &&
         (!query.operation || run.operation == *query.operation) &&
         (!query.since || run.started >= *query.since);
}

Json regression_object(const RunRegression& regression) {
  Json object = Json::object();
  object["metric"] = run_metrics().at(static_cast<std::size_t>(regression.metric)).name;
  put(object, "before", regression.before);
  put(object, "after", regression.after);
  if (!regression.since_run.empty()) object["since_run"] = regression.since_run;
  if (!regression.since_commit.empty()) object["since_commit"] = regression.since_commit;
  object["text"] = regression.text;
  return object;
}

Json known_object(const KnownRun& known) {
  Json object = run_object(known.run);
  if (known.verdict.empty()) return object;
  object["verdict"] = known.verdict;
  object["confirmed"] = known.confirmed;
  Json& list = object["regressions"] = Json::array();
  for (const auto& regression : known.regressions) list.push_back(regression_object(regression));
  return object;
}

// Its figures are those so far.
Json open_object(const Run& run) {
  Json object = run_object(run);
  object.erase("timeline");
  return object;
}

}  // namespace

std::string api_runs(const Frame& frame, const RunsQuery& query) {
  static const RunBoard kNone;
  const RunBoard& board = frame.runs ? *frame.runs : kNone;
  Json data = Json::object();
  data["durable"] = frame.runs != nullptr && board.not_durable.empty();
  if (!board.not_durable.empty()) data["note"] = board.not_durable;
  Json& open = data["open"] = Json::array();
  const Accounting* const accounting = frame.accounting();
  if (accounting != nullptr && accounting->open_runs) {
    for (const Run& run : *accounting->open_runs) {
      if (fits(run, query)) open.push_back(open_object(run));
    }
  }
  Json list = Json::array();
  std::size_t found = 0;
  for (const auto& known : board.runs) {
    if (fits(known->run, query) && found++ < query.limit) list.push_back(known_object(*known));
  }
  data["total"] = found;
  data["truncated"] = found > query.limit;
  data["runs"] = std::move(list);
  return success(std::move(data));
}

std::string api_run_taken(const std::string& id, bool kept) {
  Json data = Json::object();
  data["id"] = id;
  data["kept"] = kept;
  return success(std::move(data));
}

std::string api_run_begun(const std::string& id) {
  Json data = Json::object();
  data["id"] = id;
  return success(std::move(data));
}

}  // namespace perfwatch
