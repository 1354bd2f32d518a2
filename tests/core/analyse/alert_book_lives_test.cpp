// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <random>
#include <string>
#include <vector>

#include "core/analyse/alert_book.h"
#include "tests/core/analyse/alert_book_fixture.h"

namespace perfwatch {
namespace {

using std::chrono::hours;
using std::chrono::seconds;
using test::finding;
using test::frame_at;
using test::rule_named;
using test::set_of;

// What any life must obey, whatever the levels, gaps, reloads and clock jumps.
class RandomLives {
 public:
  explicit RandomLives(unsigned seed) : random_(seed) {}

  void run() {
    for (int i = 0; i < 3000; ++i) one_frame();
  }

 private:
  struct Known {
    std::chrono::nanoseconds raised_since{-1};  // -1: not raised in the frame before
    bool firing = false;
  };

  int pick(int below) { return std::uniform_int_distribution<int>(0, below - 1)(random_); }

  void one_frame() {
    t_ += std::chrono::milliseconds(1 + pick(pick(50) == 0 ? 3'000'000 : 20'000));
    if (pick(200) == 0) hold_ = seconds(pick(60));
    const RuleSet rules = set_of({rule_named("High", hold_, seconds(pick(30)))});
    std::vector<Finding> findings;
    for (int subject = 0; subject < 6; ++subject) {
      const int level = pick(12);
      auto& raised = known_[std::to_string(subject)].raised_since;
      if (level == 11) continue;  // vanished, which is no break either
      const Level now = level < 8    ? Level::raised
                        : level == 8 ? Level::between
                        : level == 9 ? Level::cleared
                                     : Level::absent;
      // No data stops the clock: what was raised before it still counts.
      if (now == Level::raised && raised < seconds(0)) raised = t_;
      if (now == Level::between || now == Level::cleared) raised = std::chrono::nanoseconds(-1);
      findings.push_back(finding(now, 1, std::to_string(subject)));
    }
    check(findings, book_.update(rules, findings, frame_at(t_, hours(pick(48) - 24))));
  }

  void check(const std::vector<Finding>& findings, const std::vector<const Alert*>& changed) {
    std::map<std::string, int> changes;
    for (const Alert* alert : changed) {
      const std::string& subject = alert->labels[1].second;
      Known& known = known_[subject];
      ASSERT_LE(++changes[subject], 1);
      ASSERT_TRUE(alert->fired_at);
      if (alert->state == AlertState::firing) {
        ASSERT_FALSE(known.firing) << "fired twice";
        const bool raised = std::any_of(findings.begin(), findings.end(), [&](const Finding& f) {
          return f.subject[0].second == subject && f.level == Level::raised;
        });
        ASSERT_TRUE(raised) << "fired without being raised";
        ASSERT_GE(known.raised_since, seconds(0));
        ASSERT_GE(t_ - known.raised_since, hold_) << "fired before its time";
        known.firing = true;
      } else {
        ASSERT_EQ(alert->state, AlertState::resolved);
        ASSERT_TRUE(known.firing) << "resolved without having fired";
        ASSERT_GE(*alert->resolved_at, *alert->fired_at);
        known.firing = false;
      }
    }
    std::size_t firing = 0;
    for (const auto& [subject, known] : known_) firing += known.firing ? 1U : 0U;
    ASSERT_EQ(book_.count("High", AlertState::firing), firing);
    ASSERT_LE(book_.alerts().size(), 3U + 3U + 6U);
  }

  std::mt19937 random_;
  std::chrono::nanoseconds t_{0};
  seconds hold_{15};
  std::map<std::string, Known> known_;
  AlertBook book_{{.limit = 3}};
};

TEST(AlertBook, ObeysItsRulesInRandomLives) {
  for (unsigned seed = 1; seed <= 5; ++seed) {
    RandomLives(seed).run();
    if (HasFatalFailure()) FAIL() << "seed " << seed;
  }
}

}  // namespace
}  // namespace perfwatch
