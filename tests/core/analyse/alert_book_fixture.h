// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <gtest/gtest.h>

#include <chrono>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/analyse/alert_book.h"
#include "tests/core/analyse/frames.h"

// Rules, frames and findings for the tests of the alert book: one rule, "High", one series a group.
namespace perfwatch::test {

inline Rule rule_named(std::string name, std::chrono::seconds hold = {},
                       std::chrono::seconds keep = {}) {
  Rule rule;
  rule.name = std::move(name);
  rule.metric = "test_memory_bytes";
  rule.raise = {Bound::Side::above, 0.9};
  rule.clear = {Bound::Side::below, 0.8};
  rule.hold = hold;
  rule.keep_firing_for = keep;
  rule.summary = "{{ $labels.group }} at {{ $value }}";
  return rule;
}

inline RuleSet set_of(std::vector<Rule> rules) {
  auto made = RuleSet::make(std::move(rules));
  EXPECT_TRUE(made) << made.error().text;
  return std::move(*made);
}

inline Frame frame_at(std::chrono::nanoseconds t, std::chrono::nanoseconds wall_jump = {}) {
  Frame frame;
  frame.at = moment(t, wall_jump);
  return frame;
}

inline Finding finding(Level level, double value = 0.95, const std::string& group = "cc1plus",
                       std::string_view rule = "High") {
  return {rule, {{"group", group}}, level, value};
}

inline std::string annotation(const Alert& alert, std::string_view name) {
  for (const auto& [key, value] : alert.annotations) {
    if (key == name) return value;
  }
  return "(none)";
}

}  // namespace perfwatch::test
