// SPDX-License-Identifier: Apache-2.0
#include "core/analyse/rule_check.h"

#include <gtest/gtest.h>

#include <limits>
#include <string>
#include <utility>

#include "core/analyse/rule_set.h"

namespace perfwatch {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::seconds;

Rule good() {
  Rule rule;
  rule.name = "HighLoad";
  rule.metric = "perfwatch_load_average";
  rule.raise = {Bound::Side::above, 0.9};
  rule.clear = {Bound::Side::below, 0.8};
  return rule;
}

// The error of the good rule after `spoil`, "" if it is still good.
template <class Spoil>
std::string error_after(Spoil spoil) {
  Rule rule = good();
  spoil(rule);
  const auto made = RuleSet::make({std::move(rule)});
  return made ? "" : made.error().text;
}

TEST(RuleSetMake, TakesAGoodRule) {
  EXPECT_EQ(error_after([](Rule&) {}), "");
}

TEST(RuleSetMake, WantsNames) {
  EXPECT_EQ(error_after([](auto& rule) { rule.name = ""; }),
            "rule \"\": name: is empty, give an alert name");
  EXPECT_EQ(error_after([](auto& rule) { rule.name = "High Load"; }),
            "rule High Load: name: \"High Load\" is not an alert name: letters, digits and _ only, "
            "no digit first");
  EXPECT_EQ(error_after([](auto& rule) { rule.metric = ""; }),
            "rule HighLoad: metric: is empty, give a metric name");
  EXPECT_EQ(
      error_after([](auto& rule) { rule.metric = "node-load"; }),
      "rule HighLoad: metric: \"node-load\" is not a metric name: letters, digits and _ only, "
      "no digit first");
  EXPECT_EQ(error_after([](auto& rule) { rule.divided_by = ""; }),
            "rule HighLoad: divided_by: is empty, give a metric name");
  EXPECT_EQ(error_after([](auto& rule) {
              rule.labels = {{"1x", "a"}};
            }),
            "rule HighLoad: labels: \"1x\" is not a label name: letters, digits and _ only, no "
            "digit first");
  EXPECT_NE(error_after([](auto& rule) { rule.name.assign(200, 'x'); }), "");
  EXPECT_NE(error_after([](auto& rule) { rule.name = "a\nb\xff"; }).find("a\\x0Ab\\xFF"),
            std::string::npos)
      << "what is not printable is escaped";
}

TEST(RuleSetMake, WantsTheLevelsOnOppositeSidesAndApart) {
  EXPECT_EQ(error_after([](auto& rule) {
              rule.clear = {Bound::Side::above, 0.8};
            }),
            "rule HighLoad: clear: must be \"below\", because raise is \"above\"");
  EXPECT_EQ(error_after([](auto& rule) {
              rule.raise = {Bound::Side::below, 0.1};
            }),
            "rule HighLoad: clear: must be \"above\", because raise is \"below\"");
  EXPECT_EQ(error_after([](auto& rule) { rule.clear.value = 0.95; }),
            "rule HighLoad: clear: must be below raise (0.9)");
  EXPECT_EQ(error_after([](auto& rule) { rule.clear.value = 0.9; }),
            "rule HighLoad: clear: must be below raise (0.9)")
      << "a value on both bounds would be raised and cleared at once";
  EXPECT_EQ(error_after([](auto& rule) {
              rule.raise = {Bound::Side::below, 0.1};
              rule.clear = {Bound::Side::above, 0.05};
            }),
            "rule HighLoad: clear: must be above raise (0.1)");
}

TEST(RuleSetMake, RefusesNumbersThatAreNone) {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  const double inf = std::numeric_limits<double>::infinity();
  EXPECT_EQ(error_after([&](auto& rule) { rule.raise.value = nan; }),
            "rule HighLoad: raise: must be a finite number");
  EXPECT_EQ(error_after([&](auto& rule) { rule.raise.value = inf; }),
            "rule HighLoad: raise: must be a finite number");
  EXPECT_EQ(error_after([&](auto& rule) { rule.clear.value = -inf; }),
            "rule HighLoad: clear: must be a finite number");
}

TEST(RuleSetMake, RefusesExpressionsThatDoNotCompile) {
  EXPECT_EQ(error_after([](auto& rule) {
              rule.labels = {{"window", "(1m"}};
            }),
            "rule HighLoad: labels.window: missing ): (1m");
  EXPECT_EQ(error_after([](auto& rule) {
              rule.except = {{"window", "a**"}};
            }),
            "rule HighLoad: except.window: bad repetition operator: **");
  EXPECT_EQ(error_after([](auto& rule) {
              rule.labels = {{"window", std::string(5000, 'a')}};
            }),
            "rule HighLoad: labels.window: is longer than 4096 bytes");
}

TEST(RuleSetMake, RefusesDurationsThatMakeNoSense) {
  EXPECT_EQ(error_after([](auto& rule) { rule.hold = seconds(-1); }),
            "rule HighLoad: for: must not be negative");
  EXPECT_EQ(error_after([](auto& rule) { rule.keep_firing_for = seconds(-1); }),
            "rule HighLoad: keep_firing_for: must not be negative");
  EXPECT_EQ(error_after([](auto& rule) { rule.window = milliseconds(999); }),
            "rule HighLoad: window: must be at least 1s");
  EXPECT_EQ(error_after([](auto& rule) { rule.window = hours(24 * 8); }),
            "rule HighLoad: window: must be at most 7d");
  EXPECT_EQ(error_after([](auto& rule) { rule.hold = std::chrono::nanoseconds::max(); }),
            "rule HighLoad: for: must be at most 7d");
}

TEST(RuleSetMake, RefusesTextsThatCannotBeFilledIn) {
  EXPECT_EQ(error_after([](auto& rule) { rule.summary = "{{ $vlaue }}"; }),
            "rule HighLoad: summary: unknown {{ $vlaue }}, did you mean {{ $value }}?");
  EXPECT_EQ(error_after([](auto& rule) { rule.description = "is {{ $value"; }),
            "rule HighLoad: description: \"{{\" at byte 3 has no \"}}\"");
  EXPECT_EQ(error_after([](auto& rule) { rule.runbook_url.assign(513, 'x'); }),
            "rule HighLoad: runbook_url: is longer than 512 bytes");
  EXPECT_EQ(error_after([](auto& rule) { rule.summary.assign(4097, 'x'); }),
            "rule HighLoad: summary: is longer than 4096 bytes");
}

TEST(RuleSetMake, RefusesTheSameNameTwice) {
  const auto made = RuleSet::make({good(), good()});
  ASSERT_FALSE(made);
  EXPECT_EQ(made.error().kind, ErrorKind::malformed);
  EXPECT_EQ(made.error().text, "rule HighLoad: name: is used by two rules, each needs its own");
}

}  // namespace
}  // namespace perfwatch
