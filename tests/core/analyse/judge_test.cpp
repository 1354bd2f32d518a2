// SPDX-License-Identifier: Apache-2.0
// Rules that look back, through the RuleSet that frames meet.
#include "core/analyse/judge.h"

#include <gtest/gtest.h>
#include <malloc.h>

#include <cmath>
#include <limits>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "tests/core/analyse/frames.h"

namespace perfwatch {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::nanoseconds;
using std::chrono::seconds;
using test::Frames;
using test::Row;

constexpr double kMB = 1e6;

constexpr Metric kAnonymous{"anonymous_bytes", MetricType::gauge, "Anonymous.", {"group"}};
constexpr Metric kResident{"resident_bytes", MetricType::gauge, "Resident.", {"group"}};
constexpr Metric kAvailable{"available_bytes", MetricType::gauge, "Available."};
constexpr Metric kCpu{"cpu_seconds_total", MetricType::counter, "CPU.", {"group", "mode"}};

RuleSet rules_of(Rule rule) {
  auto made = RuleSet::make({std::move(rule)});
  EXPECT_TRUE(made) << made.error().text;
  return std::move(*made);
}

Rule leak_rule() {
  Rule rule;
  rule.name = "Leak";
  rule.metric = "anonymous_bytes";
  rule.kind = RuleKind::leak;
  rule.footprint = "resident_bytes";
  rule.room = "available_bytes";
  rule.raise = {Bound::Side::above, 1};
  rule.clear = {Bound::Side::below, 0};
  return rule;
}

Rule anomaly_rule() {
  Rule rule;
  rule.name = "Unusual";
  rule.metric = "available_bytes";
  rule.kind = RuleKind::anomaly;
  rule.raise = {Bound::Side::above, 0.5};
  rule.clear = {Bound::Side::below, 0.4};
  rule.anomaly.warm_up_rows = 30;
  return rule;
}

Rule trend_rule() {
  Rule rule;
  rule.name = "FillsUp";
  rule.metric = "available_bytes";
  rule.kind = RuleKind::trend;
  rule.over = minutes(30);
  rule.limit = 0;
  rule.raise = {Bound::Side::below, 3600};
  rule.clear = {Bound::Side::above, 7200};
  return rule;
}

std::string explained(const Finding& finding, std::string_view name) {
  Labels out;
  if (finding.explanation != nullptr) finding.explanation->explain(out);
  for (const auto& [known, text] : out) {
    if (known == name) return text;
  }
  return {};
}

class LeakRule : public testing::Test {
 protected:
  // A frame with a group that holds so much.
  const Finding& see(nanoseconds at, double anonymous) {
    const auto frame = frames.make(at, {{{kAnonymous, anonymous, {"gcc"}},
                                         {kResident, anonymous + 10 * kMB, {"gcc"}},
                                         {kAvailable, 1000 * kMB}}});
    const auto& findings = rules.judge(frame);
    EXPECT_EQ(findings.size(), 1U);
    return findings.front();
  }
  Frames frames;
  RuleSet rules = rules_of(leak_rule());
};

TEST_F(LeakRule, IsRaisedByItsRateOnceItIsSure) {
  EXPECT_EQ(see(seconds(0), 100 * kMB).level, Level::absent) << "too early to say anything";
  nanoseconds at{0};
  Level level = Level::absent;
  for (; at < minutes(30) && level != Level::raised; at += seconds(2)) {
    const double elapsed = std::chrono::duration<double>(at).count();
    level = see(at, 100 * kMB + 0.2 * kMB * elapsed).level;
  }
  ASSERT_EQ(level, Level::raised);
  EXPECT_GT(at, minutes(2)) << "a warm-up looks like that";
  EXPECT_LT(at, minutes(12));
  const double elapsed = std::chrono::duration<double>(at).count();
  const Finding& finding = see(at, 100 * kMB + 0.2 * kMB * elapsed);
  EXPECT_NEAR(finding.value, 0.2 * kMB, 0.02 * kMB);
  EXPECT_EQ(explained(finding, "verdict"), "leak");
  EXPECT_NE(explained(finding, "rate").find("kiB/s ("), std::string::npos);
  EXPECT_EQ(explained(finding, "grows_since").substr(0, 14), "1970-01-02T00:")
      << "the day of kStart";
  EXPECT_EQ(explained(finding, "time_left").substr(0, 6), "1h 23m") << "1000 MB at 0.2 MB/s";
}

TEST_F(LeakRule, IsClearedByWhatGivesBack) {
  for (int i = 0; i < 1800; ++i) {
    const Finding& finding = see(seconds(2 * i), (100 + 40 * std::fmod(i, 60) / 60) * kMB);
    ASSERT_NE(finding.level, Level::raised) << i;
    if (i > 300) {
      ASSERT_EQ(finding.level, Level::cleared) << i;
    }
  }
  EXPECT_EQ(see(seconds(3700), 100 * kMB).value, 0);
}

TEST_F(LeakRule, SeesAHoleWhereTheSeriesHasNoValue) {
  see(seconds(0), 100 * kMB);
  EXPECT_EQ(see(seconds(2), kAbsent).level, Level::absent);
  EXPECT_EQ(see(seconds(4), std::numeric_limits<double>::infinity()).level, Level::absent);
}

TEST_F(LeakRule, GoesOnAfterAReloadThatLeavesItAsItIs) {
  for (int i = 0; i < 1800; ++i) see(seconds(2 * i), (100 + 0.4 * i) * kMB);
  ASSERT_EQ(see(seconds(3600), 820 * kMB).level, Level::raised);
  RuleSet same = rules_of(leak_rule());
  same.adopt_history(std::move(rules));
  rules = std::move(same);
  EXPECT_EQ(see(seconds(3602), 820.4 * kMB).level, Level::raised);

  Rule other = leak_rule();
  other.leak.patience = 1000;
  RuleSet changed = rules_of(other);
  changed.adopt_history(std::move(rules));
  rules = std::move(changed);
  EXPECT_EQ(see(seconds(3604), 820.8 * kMB).level, Level::absent) << "it begins anew";
}

TEST_F(LeakRule, TellsTheSlowestThatWouldBeSeen) {
  for (int i = 0; i < 1800; ++i) see(seconds(2 * i), 100 * kMB);
  std::size_t seen = 0;
  rules.each_judged([&](const RuleSet::Judged& judged) {
    ++seen;
    EXPECT_EQ(judged.rule.name, "Leak");
    EXPECT_EQ(judged.subject, "group=gcc");
    EXPECT_EQ(judged.value, 0);
    EXPECT_GT(judged.least_visible, 0.1e3);
    EXPECT_LT(judged.least_visible, 100e3) << "an hour of quiet";
  });
  EXPECT_EQ(seen, 1U);
}

class AnomalyRule : public testing::Test {
 protected:
  const Finding& see(nanoseconds at, double available) {
    return rules.judge(frames.make(at, {{{kAvailable, available}}})).front();
  }
  // Noise around `level`, six samples a minute.
  double noisy(double level) { return level + 10 * noise(random); }
  std::mt19937 random{7};
  std::normal_distribution<double> noise;
  Frames frames;
  RuleSet rules = rules_of(anomaly_rule());
};

TEST_F(AnomalyRule, IsRaisedByAnotherLevelAndSaysWhatWasExpected) {
  EXPECT_EQ(see(seconds(0), 1000).level, Level::absent);
  int i = 1;
  int raised = 0;  // rows of ten seconds
  while (++i < 6 * 400) raised += see(seconds(10 * i), noisy(1000)).level == Level::raised ? 1 : 0;
  EXPECT_LE(raised, 3 * 6) << "noise alone";
  while (++i < 6 * 480) (void)see(seconds(10 * i), 1000);  // until it has rested
  EXPECT_EQ(see(seconds(10 * i), noisy(1000)).level, Level::cleared);
  int late = 0;
  while (see(seconds(10 * ++i), noisy(2000)).level != Level::raised) ASSERT_LT(++late, 30);
  const Finding& finding = see(seconds(10 * ++i), noisy(2000));
  EXPECT_GE(finding.value, 0.5);
  EXPECT_LE(finding.value, 1);
  EXPECT_NEAR(std::stod(explained(finding, "expected")), 1000, 20);
  EXPECT_GT(std::stod(explained(finding, "observed")), 1200);
}

// A frame is published again when another collector comes late.
TEST_F(AnomalyRule, TakesTheSameRoundOnce) {
  RuleSet twice = rules_of(anomaly_rule());
  for (int i = 0; i < 600; ++i) {
    const auto frame = frames.make(seconds(10 * i), {{{kAvailable, noisy(1000)}}});
    const double once = rules.judge(frame).front().value;
    (void)twice.judge(frame);
    ASSERT_EQ(twice.judge(frame).front().value, once);
  }
}

TEST_F(AnomalyRule, DoesNotDependOnTheIntervalOfASteadyValue) {
  RuleSet seldom = rules_of(anomaly_rule());
  Frames others;
  for (int second = 0; second < 3600; ++second) {
    const double value = 1000 + 100 * std::sin(second / 60);  // steps of a minute
    const double often = see(seconds(second), value).value;
    if (second % 15 != 0) continue;
    const auto& rarely = seldom.judge(others.make(seconds(second), {{{kAvailable, value}}}));
    ASSERT_NEAR(rarely.front().value, often, 0.1) << second;
    if (second < 1800) {
      ASSERT_EQ(rarely.front().level, Level::absent) << "it has not learnt yet";
    }
  }
}

class TrendRule : public testing::Test {
 protected:
  const Finding& see(nanoseconds at, double available) {
    return rules.judge(frames.make(at, {{{kAvailable, available}}})).front();
  }
  Frames frames;
  RuleSet rules = rules_of(trend_rule());
};

TEST_F(TrendRule, SaysWhenTheLimitIsReached) {
  for (int i = 0; i < 900; ++i) {
    const Finding& finding = see(seconds(2 * i), 10'000 - i);  // 0.5 a second
    if (i < 400) {
      ASSERT_EQ(finding.level, Level::absent) << "less than half of the time seen";
    }
  }
  const Finding& finding = see(seconds(1800), 9'100);
  EXPECT_EQ(finding.level, Level::cleared) << "in five hours";
  EXPECT_NEAR(finding.value, 9'100 / 0.5, 600);
  for (int i = 0; i < 900; ++i) see(seconds(1800 + 2 * i), 9'100 - 5 * i);
  const Finding& soon = see(seconds(3600), 4'600);
  EXPECT_EQ(soon.level, Level::raised);
  EXPECT_NEAR(soon.value, 4'600 / 2.5, 100);
  EXPECT_EQ(explained(soon, "direction"), "degrading");
  EXPECT_EQ(explained(soon, "time_left").substr(0, 3), "30m") << explained(soon, "time_left");
}

TEST_F(TrendRule, IsClearedByWhatDoesNotGoThere) {
  std::mt19937 random(3);
  std::normal_distribution<double> noise;
  for (int i = 0; i < 900; ++i) see(seconds(2 * i), 1000 + 5 * noise(random));
  const Finding& stable = see(seconds(1800), 1000);
  EXPECT_EQ(stable.level, Level::cleared);
  EXPECT_EQ(stable.value, std::numeric_limits<double>::infinity());
}

TEST_F(TrendRule, WithoutALimitJudgesTheSlope) {
  Rule rule = trend_rule();
  rule.limit.reset();
  rule.raise = {Bound::Side::above, 2};
  rule.clear = {Bound::Side::below, 1};
  rules = rules_of(rule);
  for (int i = 0; i < 900; ++i) see(seconds(2 * i), 6.0 * i);
  const Finding& finding = see(seconds(1800), 5400);
  EXPECT_EQ(finding.level, Level::raised);
  EXPECT_NEAR(finding.value, 3, 0.05);
  EXPECT_GT(rules.history_bytes(), 0U);
}

// A counter is judged by its rate, whatever the kind.
TEST(RateUnderATrend, IsJudged) {
  Rule rule = trend_rule();
  rule.metric = "cpu_seconds_total";
  rule.limit.reset();
  rule.raise = {Bound::Side::above, 1e-4};
  rule.clear = {Bound::Side::below, 0};
  RuleSet rules = rules_of(rule);
  Frames frames;
  double spent = 0;
  Level level = Level::absent;
  double value = 0;
  for (int i = 0; i < 1000; ++i) {
    spent += 2 * (0.1 + 0.0002 * (2 * i));  // cores: 0.1, and 0.0002 more each second
    const auto& found =
        rules.judge(frames.make(seconds(2 * i), {{{kCpu, spent, {"gcc", "user"}}}})).front();
    level = found.level;
    value = found.value;
  }
  EXPECT_EQ(level, Level::raised);
  EXPECT_NEAR(value, 0.0002, 0.00002);
}

TEST(RuleKinds, AreCheckedForWhatTheyNeed) {
  const auto refused = [](Rule rule) {
    const auto made = RuleSet::make({std::move(rule)});
    return made ? std::string("taken") : made.error().text;
  };
  Rule rule = anomaly_rule();
  rule.raise.value = 1.5;
  EXPECT_EQ(refused(rule), "rule Unusual: raise: is a score, at most 1");
  rule = leak_rule();
  std::swap(rule.raise.side, rule.clear.side);
  rule.clear.value = 2;
  EXPECT_EQ(refused(rule), "rule Leak: raise: must be \"above\" for the kind leak");
  rule = leak_rule();
  rule.limit = 3;
  EXPECT_EQ(refused(rule), "rule Leak: limit: is for the kind trend only");
  rule = trend_rule();
  rule.room = "available_bytes";
  EXPECT_EQ(refused(rule), "rule FillsUp: room: is for the kind leak only");
  rule = trend_rule();
  rule.metric = kProcessMemory;
  EXPECT_EQ(refused(rule), "rule FillsUp: metric: is for the kind leak only");
  rule = leak_rule();
  rule.footprint = "not a metric";
  EXPECT_EQ(refused(rule),
            "rule Leak: footprint: \"not a metric\" is not a metric name: letters, digits and _ "
            "only, no digit first");
  rule = trend_rule();
  rule.over = seconds(59);
  EXPECT_EQ(refused(rule), "rule FillsUp: over: must be at least 1m");
}

// Names of groups are anybody's to make up: what is known of each was kept for an hour, 4 KiB
// apiece.
TEST(RuleKinds, KeepLittleOfSeriesThatHaveGone) {
  RuleSet rules = rules_of(leak_rule());
  Frames frames;
  std::vector<std::string> names;
  for (int i = 0; i < 6000; ++i) names.push_back("made-up-" + std::to_string(i));
  const auto held = [] { return static_cast<double>(::mallinfo2().uordblks); };
  double before = 0;
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (i == 1500) before = held();
    (void)rules.judge(frames.make(seconds(i), {{{kAnonymous, 1e8, {names[i]}}}}));
  }
  EXPECT_LT(held() - before, 6e6) << "of 4,500 that would have 19 MB";
}

}  // namespace
}  // namespace perfwatch
