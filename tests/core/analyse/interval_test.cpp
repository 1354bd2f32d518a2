// SPDX-License-Identifier: Apache-2.0
#include "core/analyse/interval.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <random>
#include <vector>

namespace perfwatch {
namespace {

using std::chrono::milliseconds;
using std::chrono::nanoseconds;
using std::chrono::seconds;

constexpr double kInfinity = std::numeric_limits<double>::infinity();
constexpr double kHuge = std::numeric_limits<double>::max();
constexpr double kDenormal = std::numeric_limits<double>::denorm_min();

constexpr Activity kCalm{.change = 0, .busy_ratio = 0.05};
constexpr Activity kOrdinary{.change = 0, .busy_ratio = 0.5};
constexpr Activity kLoaded{.change = 0, .busy_ratio = 0.95};

// Where it comes to rest under what does not change.
nanoseconds rest(AdaptiveInterval interval, const Activity& activity) {
  for (int i = 0; i < 20; ++i) interval.next(activity);
  return interval.interval();
}

// Every kind of input, the absurd ones too.
const std::vector<double> kChanges = {kAbsent, -1, 0,  kDenormal, 1,    3,     3.01,
                                      7.99,    8,  12, 32,        1000, kHuge, kInfinity};
const std::vector<double> kRatios = {kAbsent, -kInfinity, -1,   0,   0.1, 0.2, 0.25, 0.3,
                                     0.5,     0.7,        0.75, 0.8, 0.9, 1,   kHuge};
const std::vector<double> kDegrees = {kAbsent, -40, 20, 50, 52, 55, 60, 70, 72, 75, 90, kInfinity};
const std::vector<double> kLimits = {kAbsent, -kInfinity, -1,  0,     kDenormal, 0.5,
                                     3,       20,         600, kHuge, kInfinity};

double any(const std::vector<double>& values, std::mt19937_64& random) {
  return values[random() % values.size()];
}

Activity any_activity(std::mt19937_64& random) {
  return {.change = any(kChanges, random),
          .busy_ratio = any(kRatios, random),
          .celsius = any(kDegrees, random),
          .seconds_to_limit = any(kLimits, random)};
}

// A state that some past has led to; `now` is the time then.
AdaptiveInterval any_state(std::mt19937_64& random, AdaptiveInterval::Time& now) {
  AdaptiveInterval interval(random() % 2 == 0 ? kHostIntervals : kDeviceIntervals);
  for (std::size_t i = random() % 12; i > 0; --i) {
    now += milliseconds(random() % 8000);
    if (random() % 3 == 0) {
      static_cast<void>(interval.wake(static_cast<WakeSource>(random() % kWakeSources), now));
    }
    interval.next(any_activity(random));
  }
  return interval;
}

TEST(AdaptiveInterval, BeginsAtTheBase) {
  EXPECT_EQ(AdaptiveInterval(kHostIntervals).interval(), seconds(2));
  EXPECT_EQ(AdaptiveInterval(kDeviceIntervals).interval(), seconds(1));
}

TEST(AdaptiveInterval, StaysAtTheBaseWhileNothingIsKnown) {
  EXPECT_EQ(rest(AdaptiveInterval(kHostIntervals), {}), seconds(2));
  AdaptiveInterval woken(kHostIntervals);
  EXPECT_TRUE(woken.wake(WakeSource::execs, seconds(1)));
  EXPECT_EQ(rest(woken, {}), seconds(2));
}

TEST(AdaptiveInterval, RestsByTheLevel) {
  const AdaptiveInterval host(kHostIntervals);
  EXPECT_EQ(rest(host, kCalm), seconds(15));
  EXPECT_EQ(rest(host, kOrdinary), milliseconds(7500));
  EXPECT_EQ(rest(host, kLoaded), seconds(5));
  EXPECT_EQ(rest(host, {.change = 0, .busy_ratio = 0.05, .celsius = 80}), seconds(5));
  EXPECT_EQ(rest(host, {.change = 0, .busy_ratio = 0.05, .celsius = 60}), milliseconds(7500));
  EXPECT_EQ(rest(host, {.change = 0, .busy_ratio = 0.05, .celsius = 40}), seconds(15));
  EXPECT_EQ(rest(AdaptiveInterval({seconds(1), seconds(4), seconds(8)}), kLoaded), seconds(4))
      << "not below the base";
}

TEST(AdaptiveInterval, SpeedsUpAtOnceAndSlowsDownGradually) {
  AdaptiveInterval interval(kHostIntervals);
  for (int i = 0; i < 5; ++i) interval.next(kCalm);
  ASSERT_EQ(interval.interval(), seconds(15));
  EXPECT_EQ(interval.next({.change = 8, .busy_ratio = 0.1}), seconds(2));
  EXPECT_EQ(interval.next({.change = 16, .busy_ratio = 0.1}), seconds(1));
  EXPECT_EQ(interval.next({.change = 1e9, .busy_ratio = 0.1}), milliseconds(500));
  EXPECT_EQ(interval.next(kCalm), milliseconds(1500));
  EXPECT_EQ(interval.next(kCalm), milliseconds(4500));
  EXPECT_EQ(interval.next(kCalm), milliseconds(13500));
  EXPECT_EQ(interval.next(kCalm), seconds(15));
  EXPECT_EQ(interval.next(kLoaded), seconds(5));
}

TEST(AdaptiveInterval, StaysAsItIsBetweenReposeAndNotable) {
  AdaptiveInterval interval(kHostIntervals);
  interval.next({.change = 16, .busy_ratio = 0.5});
  for (int i = 0; i < 10; ++i) {
    EXPECT_EQ(interval.next({.change = 6, .busy_ratio = 0.5}), seconds(1));
  }
}

TEST(AdaptiveInterval, LooksTwiceBeforeALimitIsReached) {
  AdaptiveInterval interval(kHostIntervals);
  for (int i = 0; i < 5; ++i) interval.next(kCalm);
  EXPECT_EQ(interval.next({.change = 0, .busy_ratio = 0.1, .seconds_to_limit = 6}), seconds(3));
  EXPECT_EQ(interval.next({.change = 0, .busy_ratio = 0.1, .seconds_to_limit = 0.1}),
            milliseconds(500));
  EXPECT_EQ(interval.next({.change = 0, .busy_ratio = 0.1, .seconds_to_limit = -5}),
            milliseconds(1500))
      << "it is over";
}

TEST(AdaptiveInterval, IsWokenAtOnceForTwoRounds) {
  AdaptiveInterval interval(kHostIntervals);
  for (int i = 0; i < 5; ++i) interval.next(kCalm);
  EXPECT_TRUE(interval.wake(WakeSource::cpu_pressure, seconds(100)));
  EXPECT_EQ(interval.interval(), milliseconds(500));
  EXPECT_EQ(interval.next(kCalm), milliseconds(500));
  EXPECT_EQ(interval.next(kCalm), milliseconds(1500));
}

TEST(AdaptiveInterval, TakesAWakeUpThatGoesOnForOne) {
  AdaptiveInterval interval(kHostIntervals);
  EXPECT_TRUE(interval.wake(WakeSource::cpu_pressure, seconds(0)));
  for (int s = 1; s <= 20; ++s) {
    interval.next(kLoaded);
    EXPECT_FALSE(interval.wake(WakeSource::cpu_pressure, seconds(s)));
  }
  EXPECT_EQ(interval.interval(), seconds(5));
  EXPECT_TRUE(interval.wake(WakeSource::memory_pressure, seconds(20))) << "something else";
  interval.next(kLoaded);
  interval.next(kLoaded);
  EXPECT_FALSE(interval.wake(WakeSource::cpu_pressure, milliseconds(22'900)));
  EXPECT_TRUE(interval.wake(WakeSource::cpu_pressure, milliseconds(25'900))) << "3 s of silence";
}

TEST(AdaptiveInterval, TakesNothingForNewsAtTheMinimum) {
  AdaptiveInterval interval(kHostIntervals);
  EXPECT_TRUE(interval.wake(WakeSource::cpu_pressure, seconds(0)));
  EXPECT_FALSE(interval.wake(WakeSource::rule, seconds(0)));
}

TEST(AdaptiveInterval, SurvivesAClockThatGoesBack) {
  AdaptiveInterval interval(kHostIntervals);
  EXPECT_TRUE(interval.wake(WakeSource::rule, seconds(1000)));
  interval.next(kCalm);
  interval.next(kCalm);
  EXPECT_TRUE(interval.wake(WakeSource::rule, seconds(10)));
}

TEST(AdaptiveInterval, DoesNotFlutterAtALevel) {
  AdaptiveInterval interval(kHostIntervals);
  interval.next(kLoaded);
  for (int i = 0; i < 6; ++i) interval.next(kLoaded);
  for (int i = 0; i < 40; ++i) {
    const double busy = i % 2 == 0 ? 0.79 : 0.81;
    EXPECT_EQ(interval.next({.change = 1, .busy_ratio = busy}), seconds(5));
  }
  for (int i = 0; i < 6; ++i) interval.next(kCalm);
  for (int i = 0; i < 40; ++i) {
    const double busy = i % 2 == 0 ? 0.19 : 0.29;
    EXPECT_EQ(interval.next({.change = 1, .busy_ratio = busy}), seconds(15));
  }
}

TEST(AdaptiveInterval, ComesToRestUnderWhateverDoesNotChange) {
  std::mt19937_64 random(1);
  for (int round = 0; round < 20'000; ++round) {
    AdaptiveInterval::Time now{};
    AdaptiveInterval interval = any_state(random, now);
    const Activity activity = any_activity(random);
    interval.next(activity);
    nanoseconds before = interval.next(activity);
    for (int i = 0; i < 12; ++i) {
      const nanoseconds after = interval.next(activity);
      ASSERT_GE(after, before) << "down once, then only up";
      before = after;
    }
    ASSERT_EQ(interval.next(activity), before);
  }
}

TEST(AdaptiveInterval, KeepsItsBoundsWhateverComes) {
  std::mt19937_64 random(2);
  for (const IntervalBounds& bounds : {kHostIntervals, kDeviceIntervals}) {
    AdaptiveInterval interval(bounds);
    AdaptiveInterval::Time now{};
    for (int i = 0; i < 100'000; ++i) {
      now += milliseconds(random() % 5000) - milliseconds(random() % 64 == 0 ? 100'000 : 0);
      if (random() % 4 == 0) {
        static_cast<void>(interval.wake(static_cast<WakeSource>(random() % kWakeSources), now));
      }
      const nanoseconds before = interval.interval();
      const nanoseconds after = interval.next(any_activity(random));
      ASSERT_GE(after, bounds.minimum);
      ASSERT_LE(after, bounds.maximum);
      ASSERT_LE(after, before * AdaptiveInterval::kGrowth);
      ASSERT_EQ(after, interval.interval());
    }
  }
}

TEST(AdaptiveInterval, IsDeterministicAndACopyGoesOnAlike) {
  std::mt19937_64 random(3);
  for (int round = 0; round < 2000; ++round) {
    AdaptiveInterval::Time now{};
    AdaptiveInterval interval = any_state(random, now);
    AdaptiveInterval copy = interval;
    for (int i = 0; i < 20; ++i) {
      const Activity activity = any_activity(random);
      const auto source = static_cast<WakeSource>(random() % kWakeSources);
      now += seconds(1);
      ASSERT_EQ(interval.wake(source, now), copy.wake(source, now));
      ASSERT_EQ(interval.next(activity), copy.next(activity));
    }
  }
}

// From any state, each input in order of haste gives intervals in order.
TEST(AdaptiveInterval, IsMonotoneInEachOfItsInputs) {
  std::mt19937_64 random(4);
  const auto expect_order = [](const AdaptiveInterval& state, Activity activity,
                               double Activity::*input, const std::vector<double>& values,
                               bool more_is_faster) {
    nanoseconds before = more_is_faster ? nanoseconds::max() : nanoseconds::min();
    for (const double value : values) {
      if (std::isnan(value)) continue;
      AdaptiveInterval copy = state;
      activity.*input = value;
      const nanoseconds now = copy.next(activity);
      ASSERT_TRUE(more_is_faster ? now <= before : now >= before) << value;
      before = now;
    }
  };
  const std::vector<double> ahead(kLimits.begin() + 4, kLimits.end());  // above 0
  for (int round = 0; round < 20'000; ++round) {
    AdaptiveInterval::Time now{};
    const AdaptiveInterval state = any_state(random, now);
    const Activity activity = any_activity(random);
    ASSERT_NO_FATAL_FAILURE(expect_order(state, activity, &Activity::change, kChanges, true));
    ASSERT_NO_FATAL_FAILURE(expect_order(state, activity, &Activity::busy_ratio, kRatios, true));
    ASSERT_NO_FATAL_FAILURE(expect_order(state, activity, &Activity::celsius, kDegrees, true));
    ASSERT_NO_FATAL_FAILURE(
        expect_order(state, activity, &Activity::seconds_to_limit, ahead, false));
    AdaptiveInterval woken = state;
    static_cast<void>(woken.wake(WakeSource::io_pressure, now + seconds(5)));
    ASSERT_LE(woken.interval(), state.interval());
    AdaptiveInterval asleep = state;
    ASSERT_LE(woken.next(activity), asleep.next(activity));
  }
}

TEST(AdaptiveInterval, IsStretchedByTheBudgetUpToAMinute) {
  std::mt19937_64 random(5);
  for (int round = 0; round < 2000; ++round) {
    AdaptiveInterval::Time now{};
    AdaptiveInterval interval = any_state(random, now);
    const nanoseconds plain = interval.interval();
    nanoseconds before = plain;
    for (const unsigned stretch : {0U, 1U, 2U, 4U, 8U, 1000U, 4'000'000'000U}) {
      interval.set_stretch(stretch);
      ASSERT_GE(interval.interval(), before);
      ASSERT_LE(interval.interval(), std::max<nanoseconds>(plain, AdaptiveInterval::kLongest));
      before = interval.interval();
    }
    interval.set_stretch(4);
    ASSERT_EQ(interval.interval(), std::min<nanoseconds>(4 * plain, AdaptiveInterval::kLongest));
  }
}

TEST(AdaptiveInterval, MakesSenseOfBoundsThatHaveNone) {
  const std::vector<IntervalBounds> absurd = {
      {seconds(0), seconds(0), seconds(0)},
      {seconds(-5), seconds(2), seconds(1)},
      {seconds(9), seconds(2), seconds(15)},
      {nanoseconds::max(), nanoseconds::max(), nanoseconds::max()}};
  for (const auto& bounds : absurd) {
    AdaptiveInterval interval(bounds);
    for (const Activity& activity : {kCalm, kLoaded, Activity{.change = kInfinity}, kCalm}) {
      EXPECT_GE(interval.next(activity), milliseconds(1));
      EXPECT_LE(interval.interval(), std::chrono::hours(24));
    }
  }
}

}  // namespace
}  // namespace perfwatch
