// SPDX-License-Identifier: Apache-2.0
#include "core/analyse/run_history.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>
#include <random>
#include <string>
#include <vector>

namespace perfwatch {
namespace {

using ::testing::HasSubstr;

constexpr auto kWall = RunMetric::wall_seconds;

// Some runs at each level, one after the other.
std::vector<RunInHistory> history(const std::vector<std::pair<std::size_t, double>>& levels,
                                  double variation = 0.02) {
  std::mt19937 random(1);
  std::normal_distribution<double> normal(1, variation);
  std::vector<RunInHistory> runs;
  for (const auto& [count, level] : levels) {
    for (std::size_t i = 0; i < count; ++i) {
      const std::string number = std::to_string(runs.size());
      runs.push_back({"run" + number, {{"commit", "c" + number}}, level * normal(random)});
    }
  }
  return runs;
}

TEST(RunHistory, SaysSinceWhichRunItIsWorse) {
  const RunHistory found = find_run_history(kWall, history({{20, 100}, {12, 131}}));
  ASSERT_EQ(found.changes.size(), 1U);
  const LevelChange& change = *found.since();
  EXPECT_EQ(change.index, 20U);
  EXPECT_EQ(change.run.id, "run20");
  EXPECT_NEAR(change.relative, 0.31, 0.03);
  EXPECT_GT(change.confidence, 0.9);
  EXPECT_THAT(change.text, HasSubstr("since run run20 (commit c20)"));
}

TEST(RunHistory, FindsADozenOfEach) {
  const RunHistory found = find_run_history(kWall, history({{12, 10}, {12, 25}}));
  ASSERT_EQ(found.changes.size(), 1U);
  EXPECT_EQ(found.since()->index, 12U);
}

TEST(RunHistory, SeesThreeNewRuns) {
  const RunHistory three = find_run_history(kWall, history({{15, 100}, {3, 140}}));
  ASSERT_EQ(three.changes.size(), 1U);
  EXPECT_EQ(three.since()->index, 15U);
  const RunHistory four = find_run_history(kWall, history({{15, 100}, {4, 140}}));
  ASSERT_EQ(four.changes.size(), 1U);
  EXPECT_EQ(four.since()->index, 15U);
  EXPECT_EQ(find_run_history(kWall, history({{15, 100}, {2, 140}})).since(), nullptr);
}

TEST(RunHistory, SeesSeveralChanges) {
  const RunHistory found =
      find_run_history(kWall, history({{15, 100}, {15, 140}, {15, 90}, {3, 130}}));
  ASSERT_EQ(found.changes.size(), 3U);
  EXPECT_EQ(found.changes[0].index, 15U);
  EXPECT_EQ(found.changes[1].index, 30U);
  EXPECT_LT(found.changes[1].relative, -0.3);
  EXPECT_EQ(found.changes[2].index, 45U);
}

TEST(RunHistory, SeesNoneInNoise) {
  EXPECT_TRUE(find_run_history(kWall, history({{60, 100}}, 0.1)).changes.empty());
  EXPECT_TRUE(find_run_history(kWall, history({{20, 100}, {20, 102}}, 0.001)).changes.empty())
      << "sure, but under 3 %";
}

TEST(RunHistory, CountsRunsWithoutTheMetric) {
  std::vector<RunInHistory> runs = history({{20, 100}, {12, 131}});
  RunInHistory unknown{"unknown", {}, std::numeric_limits<double>::quiet_NaN()};
  runs.insert(runs.begin() + 3, unknown);
  const RunHistory found = find_run_history(kWall, runs);
  ASSERT_NE(found.since(), nullptr);
  EXPECT_EQ(found.since()->index, 21U);
  EXPECT_EQ(found.since()->run.id, "run20");
}

TEST(RunHistory, HasATrend) {
  std::vector<RunInHistory> runs = history({{40, 100}}, 0.005);
  for (std::size_t i = 0; i < runs.size(); ++i) runs[i].value += 0.5 * static_cast<double>(i);
  const RunHistory found = find_run_history(kWall, runs);
  ASSERT_TRUE(found.trend);
  EXPECT_EQ(found.trend->direction, "degrading");
  EXPECT_NEAR(found.trend->slope, 0.5, 0.05);
  EXPECT_NEAR(found.trend->volatility, 0.5, 0.3);
}

TEST(RunHistory, TakesAnything) {
  EXPECT_TRUE(find_run_history(kWall, {}).changes.empty());
  EXPECT_FALSE(find_run_history(kWall, history({{3, 1}})).trend);
  const RunHistory from_nothing = find_run_history(kWall, history({{15, 0}, {15, 5}}));
  ASSERT_EQ(from_nothing.changes.size(), 1U);
  EXPECT_THAT(from_nothing.since()->text, HasSubstr("0.00 s -> 4.9"));
  EXPECT_EQ(find_run_history(kWall, history({{2600, 10}, {30, 20}})).since()->index, 2600U);
  std::vector<RunInHistory> hostile = history({{15, 100}, {15, 140}});
  for (auto& run : hostile) run.labels.assign(50, {"\n", std::string(5000, '\x01')});
  EXPECT_LT(find_run_history(kWall, hostile).since()->text.size(), 1000U);
}

}  // namespace
}  // namespace perfwatch
