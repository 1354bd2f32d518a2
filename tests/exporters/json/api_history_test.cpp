// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <limits>
#include <nlohmann/json.hpp>
#include <string>

#include "exporters/json/api.h"
#include "tests/core/analyse/frames.h"

namespace perfwatch {
namespace {

using nlohmann::json;
using std::chrono::minutes;
using std::chrono::seconds;

constexpr Metric kMemory{"memory_bytes", MetricType::gauge, "Memory.", {"group"}};
constexpr Metric kOther{"other", MetricType::gauge, "Not watched."};

class ApiHistory : public testing::Test {
 protected:
  void SetUp() override {
    for (int i = 0; i < 600; ++i) take(seconds(2 * i), 1000 + i);
  }
  void take(seconds at, double gcc) {
    last = frames.make(at, {{{kMemory, gcc, {"gcc"}}, {kMemory, 5, {"ld"}}, {kOther, 1}}});
    history.take(last);
  }
  json data_of(const HistoryQuery& query) {
    const auto answer = api_history(last, history, query);
    return answer ? json::parse(*answer)["data"] : json(answer.error().text);
  }
  test::Frames frames;
  History history{{}, [](const Series& series) { return series.metric == &kMemory; }};
  Frame last;
};

TEST_F(ApiHistory, HasThePointsOfTheWindowOldestFirst) {
  const json data =
      data_of({.metric = "memory_bytes", .subject = "group=gcc", .window = seconds(4)});
  EXPECT_EQ(data["total"], 1);
  EXPECT_EQ(data["truncated"], false);
  const json& series = data["series"][0];
  EXPECT_EQ(series["labels"], (json{{"group", "gcc"}}));
  const double now = unix_seconds(last.at.wall);
  EXPECT_EQ(series["points"], (json{{now - 4, 1597.0}, {now - 2, 1598.0}, {now, 1599.0}}));
}

TEST_F(ApiHistory, HasEverySeriesOfTheMetricUpToTheLimit) {
  EXPECT_EQ(data_of({.metric = "memory_bytes"})["series"].size(), 2U);
  const json data = data_of({.metric = "memory_bytes", .limit = 1});
  EXPECT_EQ(data["series"].size(), 1U);
  EXPECT_EQ(data["total"], 2);
  EXPECT_EQ(data["truncated"], true);
}

TEST_F(ApiHistory, SaysWhyThereIsNone) {
  EXPECT_EQ(data_of({.metric = "memory"}), "there is no such series; /api/v1/series lists all");
  EXPECT_EQ(data_of({.metric = "memory_bytes", .subject = "group=java"}),
            "there is no such series; /api/v1/series lists all");
  EXPECT_EQ(data_of({.metric = "other"}),
            "no rule watches this series, so its past is not kept; a rule with \"alert\": false is "
            "enough");
}

TEST_F(ApiHistory, LeavesOutWhatJsonCannotSay) {
  take(seconds(1200), std::numeric_limits<double>::infinity());
  const json data =
      data_of({.metric = "memory_bytes", .subject = "group=gcc", .window = seconds(2)});
  EXPECT_EQ(data["series"][0]["points"].size(), 1U) << "the one before";
}

}  // namespace
}  // namespace perfwatch
