// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "exporters/json/api.h"
#include "tests/core/analyse/frames.h"

namespace perfwatch {
namespace {

using nlohmann::json;
using std::chrono::seconds;

constexpr Metric kMemory{"memory_bytes", MetricType::gauge, "Memory.", {"group"}};

Rule rule_of(std::string name, RuleKind kind) {
  Rule rule;
  rule.name = std::move(name);
  rule.metric = "memory_bytes";
  rule.kind = kind;
  rule.raise = {Bound::Side::above, 0.9};
  rule.clear = {Bound::Side::below, 0.5};
  rule.hold = seconds(90);
  return rule;
}

class ApiRules : public testing::Test {
 protected:
  void SetUp() override {
    test::Frames frames;
    for (int i = 0; i < 200; ++i) {
      (void)rules.judge(frames.make(
          seconds(2 * i),
          {{{kMemory, 1, {"gcc"}}, {kMemory, 0.6, {"ld"}}, {kMemory, kAbsent, {"as"}}}}));
    }
  }
  json data_of(const RulesQuery& query) {
    const auto answer = api_rules(rules, query);
    return answer ? json::parse(*answer)["data"] : json(answer.error().text);
  }
  RuleSet rules =
      *RuleSet::make({rule_of("Level", RuleKind::threshold), rule_of("Leak", RuleKind::leak)});
};

TEST_F(ApiRules, ListsAllWithHowManyAreRaised) {
  const json data = data_of({});
  ASSERT_EQ(data["rules"].size(), 2U);
  const json& level = data["rules"][0];
  EXPECT_EQ(level["name"], "Level");
  EXPECT_EQ(level["kind"], "threshold");
  EXPECT_EQ(level["raise"], (json{{"above", 0.9}}));
  EXPECT_EQ(level["for_seconds"], 90);
  EXPECT_EQ(level["alert"], true);
  EXPECT_EQ(level["series"], 3);
  EXPECT_EQ(level["raised"], 1);
  EXPECT_EQ(data["rules"][1]["raised"], 0);
  EXPECT_FALSE(data.contains("judged"));
}

TEST_F(ApiRules, SaysHowEachSeriesOfOneStands) {
  const json data = data_of({.rule = "Level"});
  ASSERT_EQ(data["judged"].size(), 3U);
  EXPECT_EQ(data["judged"][0],
            (json{{"subject", {{"group", "gcc"}}}, {"level", "raised"}, {"value", 1.0}}));
  EXPECT_EQ(data["judged"][1]["level"], "between");
  EXPECT_EQ(data["judged"][2], (json{{"subject", {{"group", "as"}}}, {"level", "absent"}}));
  EXPECT_EQ(data["truncated"], false);
}

TEST_F(ApiRules, TellsTheVerdictOfALeakRuleThatIsNotRaised) {
  const json data = data_of({.rule = "Leak", .limit = 1});
  ASSERT_EQ(data["judged"].size(), 1U);
  EXPECT_EQ(data["judged"][0]["details"]["verdict"], "steady");
  EXPECT_EQ(data["truncated"], true);
}

TEST_F(ApiRules, KnowsNoOthers) {
  EXPECT_EQ(data_of({.rule = "level"}), "there is no such rule; /api/v1/rules lists all");
}

}  // namespace
}  // namespace perfwatch
