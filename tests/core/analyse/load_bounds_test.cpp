// SPDX-License-Identifier: Apache-2.0
#include "core/analyse/load_bounds.h"

#include <gtest/gtest.h>

#include <vector>

#include "tests/core/analyse/frames.h"

namespace perfwatch {
namespace {

using std::chrono::minutes;
using std::chrono::seconds;

Rule memory_rule(double below) {
  return {.name = "Memory",
          .metric = "perfwatch_memory_available_bytes",
          .divided_by = "perfwatch_memory_total_bytes",
          .raise = {Bound::Side::below, below}};
}

Rule stall_rule(std::string resource, std::string kind, double above) {
  return {.name = "Stall",
          .metric = "perfwatch_pressure_stall_ratio",
          .labels = {{"resource", std::move(resource)}, {"kind", std::move(kind)}},
          .raise = {Bound::Side::above, above}};
}

TEST(LoadBounds, OfTheRulesThatShipAreMemoryAndItsPressure) {
  const auto rules = default_rules();
  const LoadBounds bounds = load_bounds(rules);
  EXPECT_EQ(bounds.busy_ratio, 0.8);
  EXPECT_DOUBLE_EQ(bounds.memory_used_ratio, 0.95);
  EXPECT_DOUBLE_EQ(bounds.memory_watched_ratio, 0.90);
  ASSERT_EQ(bounds.stalls.size(), 1U);
  EXPECT_EQ(bounds.stalls[0].resource, 1U);
  EXPECT_TRUE(bounds.stalls[0].full);
  EXPECT_EQ(bounds.stalls[0].ratio, 0.2);
  for (const double some : bounds.some_stall) EXPECT_TRUE(is_absent(some)) << "no rule is on some";
}

TEST(LoadBounds, AreNoneWithoutRules) {
  const LoadBounds bounds = load_bounds({});
  EXPECT_TRUE(is_absent(bounds.memory_used_ratio));
  EXPECT_TRUE(is_absent(bounds.memory_watched_ratio));
  EXPECT_TRUE(bounds.stalls.empty());
}

// A calm host was sampled each 15 s, and a trend over a minute never had its 8 points.
TEST(LongestInterval, LeavesAShortTrendItsPoints) {
  EXPECT_EQ(longest_interval({}), std::nullopt);
  std::vector<Rule> rules = default_rules();
  rules.push_back(memory_rule(0.1));
  EXPECT_GE(longest_interval(rules).value_or(minutes(1)), seconds(15))
      << "those that ship do not care";
  rules.push_back({.name = "Trend", .metric = "m", .kind = RuleKind::trend, .over = minutes(1)});
  EXPECT_EQ(longest_interval(rules), std::chrono::milliseconds(3750));
}

TEST(LoadBounds, AreTheFirstThatIsReached) {
  const std::vector<Rule> rules{memory_rule(0.05), memory_rule(0.2), stall_rule("io", "some", 0.7),
                                stall_rule("io", "some", 0.3)};
  const LoadBounds bounds = load_bounds(rules);
  EXPECT_DOUBLE_EQ(bounds.memory_used_ratio, 0.8);
  EXPECT_DOUBLE_EQ(bounds.memory_watched_ratio, 0.6);
  EXPECT_EQ(bounds.some_stall[2], 0.3);
  EXPECT_EQ(bounds.stalls.size(), 2U);
}

TEST(LoadBounds, WatchMemoryHalfwayToAHighBound) {
  const std::vector<Rule> rules{memory_rule(0.6)};
  EXPECT_NEAR(load_bounds(rules).memory_watched_ratio, 0.2, 1e-9);
}

TEST(LoadBounds, LeaveOutWhatIsNotTheHosts) {
  auto falling = stall_rule("io", "some", 0.3);
  falling.raise.side = Bound::Side::below;
  auto absolute = memory_rule(1e9);
  absolute.divided_by.reset();
  const std::vector<Rule> rules{stall_rule("io|cpu", "some", 0.3),
                                stall_rule("io", "", 0.3),
                                stall_rule("io", "some", 0),
                                stall_rule("io", "some", 1.5),
                                falling,
                                absolute};
  const LoadBounds bounds = load_bounds(rules);
  EXPECT_TRUE(bounds.stalls.empty());
  EXPECT_TRUE(is_absent(bounds.memory_used_ratio));
}

TEST(LoadBounds, AreNotMoreThanTheKernelIsAskedFor) {
  const std::vector<Rule> rules(500, stall_rule("io", "some", 0.3));
  EXPECT_EQ(load_bounds(rules).stalls.size(), kMostStalls);
}

class PendingAlertsTest : public ::testing::Test {
 protected:
  PendingAlerts judge(std::chrono::nanoseconds since_begin) {
    const std::vector<const Alert*> alerts{&alert};
    return pending_alerts(alerts, rules, test::moment(since_begin));
  }
  PendingAlertsTest() {
    alert.rule = "Memory";
    alert.active_since = test::moment(seconds(0)).wall;
    rules.push_back(memory_rule(0.05));
    rules.back().hold = minutes(1);
  }
  Alert alert;
  std::vector<Rule> rules;
};

TEST_F(PendingAlertsTest, AreFreshInTheFrameThatBeganThem) {
  EXPECT_TRUE(judge(seconds(0)).fresh);
  EXPECT_FALSE(judge(seconds(2)).fresh);
}

TEST_F(PendingAlertsTest, FireWhenTheirTimeIsUp) {
  EXPECT_EQ(judge(seconds(0)).fires_in, seconds(60));
  EXPECT_EQ(judge(seconds(45)).fires_in, seconds(15));
  EXPECT_EQ(judge(seconds(60)).fires_in, std::nullopt) << "of one that was broken: no news";
}

TEST_F(PendingAlertsTest, TellNothingWhenTheWallClockJumps) {
  EXPECT_EQ(judge(seconds(-3600)).fires_in, std::nullopt);
  EXPECT_EQ(judge(seconds(3600)).fires_in, std::nullopt);
}

TEST_F(PendingAlertsTest, AreThoseThatDoNotFireYet) {
  alert.state = AlertState::firing;
  EXPECT_FALSE(judge(seconds(0)).fresh);
  EXPECT_EQ(judge(seconds(1)).fires_in, std::nullopt);
  alert.state = AlertState::pending;
  alert.rule = "Removed";
  EXPECT_EQ(judge(seconds(1)).fires_in, std::nullopt);
}

}  // namespace
}  // namespace perfwatch
