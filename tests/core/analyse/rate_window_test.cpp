// SPDX-License-Identifier: Apache-2.0
#include "core/analyse/rate_window.h"

#include <gtest/gtest.h>

#include <limits>

#include "core/model/samples.h"

namespace perfwatch {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

RateWindow::Time at(std::chrono::nanoseconds t) { return RateWindow::Time(hours(24) + t); }

TEST(RateWindow, NeedsTwoPoints) {
  RateWindow rate(minutes(1));
  EXPECT_TRUE(is_absent(rate.add(at(seconds(0)), 100)));
  EXPECT_DOUBLE_EQ(rate.add(at(seconds(2)), 104), 2);
}

TEST(RateWindow, SpansTheWholeWindowAndNoMore) {
  RateWindow rate(seconds(10));
  (void)rate.add(at(seconds(0)), 0);
  for (int t = 1; t <= 20; ++t) (void)rate.add(at(seconds(t)), t <= 5 ? 0 : 100);
  EXPECT_DOUBLE_EQ(rate.add(at(seconds(21)), 100), 0) << "the rise at 6 s is older than the window";
}

TEST(RateWindow, KeepsARiseForAtLeastTheWindowAndNotMuchLonger) {
  RateWindow rate(minutes(5));
  std::chrono::seconds first{-1};
  std::chrono::seconds last{-1};
  for (seconds t{0}; t < seconds(900); t += seconds(2)) {
    const double now = rate.add(at(t), t >= seconds(101) ? 8 : 7);
    if (!(now > 0)) continue;
    if (first < seconds(0)) first = t;
    last = t;
  }
  EXPECT_EQ(first, seconds(102)) << "in the first round that sees it";
  EXPECT_GE(last, seconds(102 + 300 - 2));
  EXPECT_LE(last, seconds(102 + 300 + 8));
}

TEST(RateWindow, AddsARoundOnlyOnce) {
  RateWindow rate(minutes(1));
  (void)rate.add(at(seconds(0)), 0);
  EXPECT_DOUBLE_EQ(rate.add(at(seconds(10)), 10), 1);
  EXPECT_EQ(rate.points(), 2U);
  EXPECT_DOUBLE_EQ(rate.add(at(seconds(10)), 10), 1);
  EXPECT_DOUBLE_EQ(rate.add(at(seconds(5)), 99), 1) << "an older round";
  EXPECT_EQ(rate.points(), 2U);
}

TEST(RateWindow, StartsAnewAfterAReset) {
  RateWindow rate(minutes(1));
  (void)rate.add(at(seconds(0)), 1000);
  EXPECT_DOUBLE_EQ(rate.add(at(seconds(10)), 1010), 1);
  EXPECT_TRUE(is_absent(rate.add(at(seconds(20)), 5)));
  EXPECT_TRUE(is_absent(rate.add(at(seconds(20)), 5))) << "asked again";
  EXPECT_DOUBLE_EQ(rate.add(at(seconds(30)), 25), 2);
}

TEST(RateWindow, NoticesAResetThatStaysAboveTheFarEnd) {
  RateWindow rate(minutes(1));
  (void)rate.add(at(seconds(0)), 0);
  (void)rate.add(at(seconds(10)), 1000);
  EXPECT_TRUE(is_absent(rate.add(at(seconds(20)), 500)));
}

TEST(RateWindow, BridgesAHole) {
  RateWindow rate(minutes(1));
  (void)rate.add(at(seconds(0)), 0);
  EXPECT_TRUE(is_absent(rate.add(at(seconds(10)), kAbsent)));
  EXPECT_TRUE(is_absent(rate.add(at(seconds(12)), std::numeric_limits<double>::infinity())));
  EXPECT_DOUBLE_EQ(rate.add(at(seconds(20)), 40), 2);
  // A hole longer than the window: the two ends are all there is.
  EXPECT_DOUBLE_EQ(rate.add(at(seconds(1020)), 1040), 1);
}

TEST(RateWindow, GivesARateWhenRoundsAreFartherApartThanTheWindow) {
  RateWindow rate(seconds(1));
  (void)rate.add(at(seconds(0)), 0);
  for (int t = 10; t <= 100; t += 10) EXPECT_DOUBLE_EQ(rate.add(at(seconds(t)), t * 3), 3);
  EXPECT_LE(rate.points(), 2U);
}

TEST(RateWindow, NeverHoldsMoreThanItsPoints) {
  for (const auto window :
       {std::chrono::nanoseconds(seconds(1)), std::chrono::nanoseconds(hours(1)),
        std::chrono::nanoseconds(hours(24 * 7))}) {
    RateWindow rate(window);
    std::size_t most = 0;
    for (int i = 0; i < 50000; ++i) {
      const double now = rate.add(at(milliseconds(i * 37)), i * 0.037);
      if (i > 0) {
        ASSERT_NEAR(now, 1, 1e-6);
      }
      most = std::max(most, rate.points());
    }
    EXPECT_LE(most, RateWindow::kMaxPoints);
  }
}

}  // namespace
}  // namespace perfwatch
