// SPDX-License-Identifier: Apache-2.0
#include "core/analyse/rule_set.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <string>
#include <utility>
#include <vector>

#include "tests/core/analyse/frames.h"

namespace perfwatch {
namespace {

using std::chrono::minutes;
using std::chrono::seconds;
using test::Frames;
using test::Row;

constexpr Metric kFree{"free_bytes", MetricType::gauge, "Free.", {"device", "mountpoint"}};
constexpr Metric kSize{"size_bytes", MetricType::gauge, "Size.", {"mountpoint"}};
constexpr Metric kTotal{"total_bytes", MetricType::gauge, "Total."};
constexpr Metric kErrors{"errors_total", MetricType::counter, "Errors.", {"device"}};
constexpr Metric kTries{"tries_total", MetricType::counter, "Tries.", {"device"}};
constexpr Metric kTime{"time_seconds", MetricType::histogram, "Time."};

Rule above(std::string metric, double raise, double clear) {
  Rule rule;
  rule.name = "Rule";
  rule.metric = std::move(metric);
  rule.raise = {Bound::Side::above, raise};
  rule.clear = {Bound::Side::below, clear};
  return rule;
}

Rule below(std::string metric, double raise, double clear) {
  Rule rule = above(std::move(metric), raise, clear);
  rule.raise.side = Bound::Side::below;
  rule.clear.side = Bound::Side::above;
  return rule;
}

RuleSet rules_of(std::vector<Rule> rules) {
  auto made = RuleSet::make(std::move(rules));
  EXPECT_TRUE(made) << made.error().text;
  return std::move(*made);
}

// The level of the only finding.
Level level(RuleSet& rules, const Frame& frame) {
  const auto& findings = rules.judge(frame);
  EXPECT_EQ(findings.size(), 1U);
  return findings.empty() ? Level::absent : findings[0].level;
}

TEST(RuleSetJudge, JudgesGaugesByValueWithTheBoundsIncluded) {
  const double inf = std::numeric_limits<double>::infinity();
  RuleSet high = rules_of({above("total_bytes", 90, 80)});
  RuleSet low = rules_of({below("total_bytes", 5, 10)});
  struct Case {
    double value;
    Level high;
    Level low;
  };
  Frames frames;
  for (const auto& [value, want_high, want_low] :
       {Case{100, Level::raised, Level::cleared}, Case{90, Level::raised, Level::cleared},
        Case{89.9, Level::between, Level::cleared}, Case{80.1, Level::between, Level::cleared},
        Case{80, Level::cleared, Level::cleared}, Case{10, Level::cleared, Level::cleared},
        Case{9.9, Level::cleared, Level::between}, Case{5, Level::cleared, Level::raised},
        Case{-1, Level::cleared, Level::raised}, Case{kAbsent, Level::absent, Level::absent},
        Case{inf, Level::absent, Level::absent}}) {
    const Frame frame = frames.make(seconds(0), {{{kTotal, value}}});
    EXPECT_EQ(level(high, frame), want_high) << value;
    EXPECT_EQ(level(low, frame), want_low) << value;
  }
}

TEST(RuleSetJudge, FindsOneForEachSeriesThatMatches) {
  auto rule = above("free_bytes", 1, 0);
  rule.labels = {{"device", "sd[ab]"}};
  RuleSet rules = rules_of({rule});
  Frames frames;
  const auto& findings = rules.judge(frames.make(seconds(0), {{{kFree, 2, {"sda", "/"}},
                                                               {kFree, 3, {"sdb", "/home"}},
                                                               {kFree, 4, {"sda1", "/x"}},
                                                               {kTotal, 5}}}));
  ASSERT_EQ(findings.size(), 2U) << "anchored at both ends: sda1 does not match";
  EXPECT_EQ(findings[0].rule, "Rule");
  EXPECT_EQ(findings[0].subject, (Labels{{"device", "sda"}, {"mountpoint", "/"}}));
  EXPECT_EQ(findings[1].subject, (Labels{{"device", "sdb"}, {"mountpoint", "/home"}}));
  EXPECT_EQ(findings[1].value, 3);
}

TEST(RuleSetJudge, LeavesOutWhatIsExcepted) {
  auto rule = above("free_bytes", 1, 0);
  rule.except = {{"device", "loop.*"}, {"mountpoint", "/snap/.*"}};
  RuleSet rules = rules_of({rule});
  Frames frames;
  const auto& findings = rules.judge(frames.make(
      seconds(0),
      {{{kFree, 2, {"loop1", "/a"}}, {kFree, 2, {"sda", "/snap/x"}}, {kFree, 2, {"sda", "/"}}}}));
  ASSERT_EQ(findings.size(), 1U);
  EXPECT_EQ(findings[0].subject[1].second, "/");
}

TEST(RuleSetJudge, TakesALabelThatIsNotThereAsEmpty) {
  auto with = above("total_bytes", 1, 0);
  with.labels = {{"device", ".+"}};
  auto without = above("total_bytes", 1, 0);
  without.name = "Without";
  without.labels = {{"device", ""}};
  RuleSet rules = rules_of({with, without});
  Frames frames;
  const auto& findings = rules.judge(frames.make(seconds(0), {{{kTotal, 2}}}));
  ASSERT_EQ(findings.size(), 1U);
  EXPECT_EQ(findings[0].rule, "Without");
}

TEST(RuleSetJudge, DividesByTheSeriesWithTheSameLabelsInAnyBlock) {
  auto rule = below("free_bytes", 0.05, 0.1);
  rule.divided_by = "size_bytes";
  RuleSet rules = rules_of({rule});
  Frames frames;
  const auto& findings = rules.judge(frames.make(seconds(0), {{{kFree, 4, {"sda", "/"}},
                                                               {kFree, 4, {"sdb", "/home"}},
                                                               {kFree, 4, {"sdc", "/mnt"}},
                                                               {kFree, 4, {"sdd", "/zero"}},
                                                               {kFree, 4, {"sde", "/absent"}}},
                                                              {{kSize, 8, {"/home"}},
                                                               {kSize, 100, {"/"}},
                                                               {kSize, 0, {"/zero"}},
                                                               {kSize, kAbsent, {"/absent"}}}}));
  ASSERT_EQ(findings.size(), 5U);
  EXPECT_EQ(findings[0].level, Level::raised);
  EXPECT_DOUBLE_EQ(findings[0].value, 0.04);
  EXPECT_EQ(findings[1].level, Level::cleared);
  EXPECT_EQ(findings[2].level, Level::absent) << "no divisor";
  EXPECT_EQ(findings[3].level, Level::absent) << "divisor 0";
  EXPECT_EQ(findings[4].level, Level::absent) << "divisor absent";
}

TEST(RuleSetJudge, DividesEverySeriesByADivisorWithoutLabels) {
  auto rule = above("free_bytes", 0.5, 0.1);
  rule.divided_by = "total_bytes";
  RuleSet rules = rules_of({rule});
  Frames frames;
  const auto& findings = rules.judge(frames.make(
      seconds(0), {{{kFree, 60, {"a", "/a"}}, {kFree, 5, {"b", "/b"}}, {kTotal, 100}}}));
  ASSERT_EQ(findings.size(), 2U);
  EXPECT_EQ(findings[0].level, Level::raised);
  EXPECT_EQ(findings[1].level, Level::cleared);
}

TEST(RuleSetJudge, DoesNotDivideByASeriesWithMoreLabels) {
  auto rule = above("total_bytes", 0.5, 0.1);
  rule.divided_by = "size_bytes";
  RuleSet rules = rules_of({rule});
  Frames frames;
  EXPECT_EQ(level(rules, frames.make(seconds(0), {{{kTotal, 60}, {kSize, 100, {"/"}}}})),
            Level::absent);
}

TEST(RuleSetJudge, JudgesCountersByIncreasePerSecond) {
  RuleSet rules = rules_of({above("errors_total", 2, 1)});
  Frames frames;
  const auto at = [&](int t, double value) {
    return level(rules, frames.make(seconds(t), {{{kErrors, value, {"sda"}}}}));
  };
  EXPECT_EQ(at(0, 1000), Level::absent) << "one point is no rate";
  EXPECT_EQ(at(2, 1004), Level::raised);
  EXPECT_EQ(at(4, 1006), Level::between);
  EXPECT_EQ(at(60, 1006), Level::cleared);
  EXPECT_EQ(at(62, 3), Level::absent) << "reset";
  EXPECT_EQ(at(64, 103), Level::raised);
}

TEST(RuleSetJudge, DividesRatesByRates) {
  auto rule = above("errors_total", 0.1, 0.01);
  rule.divided_by = "tries_total";
  RuleSet rules = rules_of({rule});
  Frames frames;
  const auto frame = [&](int t, double errors, double tries) {
    return frames.make(seconds(t), {{{kErrors, errors, {"a"}}, {kTries, tries, {"a"}}}});
  };
  EXPECT_EQ(level(rules, frame(0, 0, 0)), Level::absent);
  EXPECT_EQ(level(rules, frame(2, 0, 0)), Level::absent) << "nothing tried, nothing to judge";
  EXPECT_EQ(level(rules, frame(4, 10, 50)), Level::raised);
  EXPECT_DOUBLE_EQ(rules.judge(frame(6, 10, 100))[0].value, 0.1);
}

TEST(RuleSetJudge, RaisesAtOnceWhenACounterRisesOnceAndStaysSoForTheWindow) {
  auto rule = above("errors_total", 1e-6, 0);
  rule.window = minutes(5);
  RuleSet rules = rules_of({rule});
  Frames frames;
  int raised = 0;
  for (int t = 0; t < 1000; t += 2) {
    const Level now =
        level(rules, frames.make(seconds(t), {{{kErrors, t < 100 ? 3.0 : 4.0, {"a"}}}}));
    if (t == 98) {
      EXPECT_EQ(now, Level::cleared);
    }
    if (t == 100) {
      EXPECT_EQ(now, Level::raised);
    }
    if (now == Level::raised) ++raised;
  }
  EXPECT_GE(raised, 300 / 2);
  EXPECT_LE(raised, 300 / 2 + 4);
}

TEST(RuleSetJudge, DoesNotCountABlockTwiceThatWasNotRenewed) {
  RuleSet rules = rules_of({above("errors_total", 1, 0)});
  Frames frames;
  (void)rules.judge(frames.make(seconds(0), {{{kErrors, 0, {"a"}}}}));
  Frame frame = frames.make(seconds(2), {{{kErrors, 20, {"a"}}}});
  EXPECT_DOUBLE_EQ(rules.judge(frame)[0].value, 10);
  frame.at = test::moment(seconds(50));
  EXPECT_DOUBLE_EQ(rules.judge(frame)[0].value, 10) << "the same block in a later frame";
  EXPECT_DOUBLE_EQ(rules.judge(frames.make(seconds(10), {{{kErrors, 20, {"a"}}}}))[0].value, 2);
}

TEST(RuleSetJudge, KeepsTheHistoryOfASeriesWhenOthersComeAndGo) {
  RuleSet rules = rules_of({above("errors_total", 1, 0)});
  Frames frames;
  (void)rules.judge(frames.make(seconds(0), {{{kErrors, 0, {"b"}}}}));
  const auto& two =
      rules.judge(frames.make(seconds(10), {{{kErrors, 500, {"a"}}, {kErrors, 100, {"b"}}}}));
  ASSERT_EQ(two.size(), 2U);
  EXPECT_EQ(two[0].level, Level::absent);
  EXPECT_DOUBLE_EQ(two[1].value, 10);
  EXPECT_TRUE(rules.judge(frames.make(seconds(20), {})).empty()) << "its collector is stuck";
  EXPECT_DOUBLE_EQ(rules.judge(frames.make(seconds(30), {{{kErrors, 600, {"b"}}}}))[0].value, 20);
}

TEST(RuleSetJudge, WatchesNeitherHistogramsNorTheirParts) {
  RuleSet rules = rules_of({above("time_seconds", 1, 0)});
  SampleWriter out(nullptr);
  out.add_part(kTime, "_bucket", 5, {"0.1"});
  out.add_part(kTime, "_sum", 5, {});
  auto block = std::make_shared<Block>();
  block->samples = std::move(out).finish();
  Frame frame;
  frame.blocks.push_back(block);
  EXPECT_TRUE(rules.judge(frame).empty());
}

TEST(RuleSetJudge, SurvivesBlocksWithoutSeriesOrValues) {
  RuleSet rules = rules_of({above("total_bytes", 1, 0)});
  Frames frames;
  Frame frame = frames.make(seconds(0), {{{kTotal, 2}}});
  auto hollow = std::make_shared<Block>(*frame.blocks[0]);
  hollow->samples.values.clear();
  frame.blocks = {std::make_shared<Block>(), hollow};
  const auto& findings = rules.judge(frame);
  ASSERT_EQ(findings.size(), 1U);
  EXPECT_EQ(findings[0].level, Level::absent);
}

TEST(RuleSetJudge, KeepsItsFindingsInPlaceWhileTheSchemaStays) {
  RuleSet rules = rules_of({above("errors_total", 1, 0)});
  Frames frames;
  const Frame first = frames.make(seconds(0), {{{kErrors, 0, {"a"}}, {kErrors, 0, {"b"}}}});
  const Finding* before = rules.judge(first).data();
  const char* text = before->subject[0].second.data();
  const Frame second = frames.make(seconds(2), {{{kErrors, 9, {"a"}}, {kErrors, 9, {"b"}}}});
  EXPECT_EQ(rules.judge(second).data(), before);
  EXPECT_EQ(before->subject[0].second.data(), text);
}

TEST(RuleSetJudge, CountsWhatIsBeyondTheLimit) {
  RuleSet rules = rules_of({above("errors_total", 1, 0)});
  SampleWriter out(nullptr);
  for (int i = 0; i < 10'050; ++i) out.add(kErrors, i, {std::to_string(i)});
  auto block = std::make_shared<Block>();
  block->samples = std::move(out).finish();
  Frame frame;
  frame.blocks.push_back(block);
  EXPECT_EQ(rules.judge(frame).size(), 10'000U);
  EXPECT_EQ(rules.limited(), 50U);
  (void)rules.judge(frame);
  EXPECT_EQ(rules.limited(), 50U) << "the same series again";
}

TEST(RuleSetAdoptHistory, NeverLetsTheCountOfLimitedSeriesGoBack) {
  RuleSet old = rules_of({above("errors_total", 1, 0)});
  SampleWriter out(nullptr);
  for (int i = 0; i < 10'050; ++i) out.add(kErrors, i, {std::to_string(i)});
  auto block = std::make_shared<Block>();
  block->samples = std::move(out).finish();
  Frame frame;
  frame.blocks.push_back(block);
  (void)old.judge(frame);
  RuleSet fresh = rules_of({above("other_total", 1, 0)});
  fresh.adopt_history(std::move(old));
  EXPECT_EQ(fresh.limited(), 50U);
}

TEST(RuleSetText, FillsInTheTemplatesOfOneRule) {
  auto rule = above("total_bytes", 2048, 0);
  rule.summary = "{{ $labels.host }}: {{ $value | humanize1024 }}B";
  rule.description = "over {{ $threshold }}";
  const RuleSet rules = rules_of({rule});
  const RuleText text = rules.text("Rule", 4096, {{"host", "ci1"}});
  EXPECT_EQ(text.summary, "ci1: 4kiB");
  EXPECT_EQ(text.description, "over 2048");
  EXPECT_EQ(rules.text("Other", 1, {}).summary, "");
}

TEST(RuleSetAdoptHistory, GoesOnWithTheRatesOfTheSetBefore) {
  Frames frames;
  RuleSet old = rules_of({above("errors_total", 1, 0)});
  (void)old.judge(frames.make(seconds(0), {{{kErrors, 0, {"a"}}}}));
  auto changed = above("errors_total", 5, 0);
  auto longer = above("errors_total", 5, 0);
  longer.name = "Longer";
  longer.window = minutes(9);
  RuleSet fresh = rules_of({changed, longer});
  fresh.adopt_history(std::move(old));
  const auto& findings = fresh.judge(frames.make(seconds(2), {{{kErrors, 20, {"a"}}}}));
  ASSERT_EQ(findings.size(), 2U);
  EXPECT_DOUBLE_EQ(findings[0].value, 10);
  EXPECT_EQ(findings[1].level, Level::absent) << "this rule had no history";
}

}  // namespace
}  // namespace perfwatch
