// SPDX-License-Identifier: Apache-2.0
#include "core/analyse/leak.h"

#include <gtest/gtest.h>

#include <cmath>
#include <functional>
#include <limits>
#include <numbers>
#include <random>
#include <set>

namespace perfwatch {
namespace {

constexpr double kMB = 1e6;
constexpr double kHour = 3600;
constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();
using Series = std::function<double(double seconds)>;

struct Outcome {
  std::set<LeakVerdict> verdicts;  // after the first ten minutes
  std::optional<double> called;    // s, first
  LeakState at_call;
  LeakState last;
};

// 10 MB of the footprint are not anonymous, as code and libraries are.
Outcome run(LeakDetector& detector, const Series& series, double duration, double interval = 2,
            double from = 0) {
  Outcome outcome;
  for (double t = from; t <= from + duration; t += interval) {
    const double value = series(t);
    outcome.last = detector.add(t, value, value + 10 * kMB);
    if (t >= 600) outcome.verdicts.insert(outcome.last.verdict);
    if (outcome.last.verdict == LeakVerdict::leak && !outcome.called) {
      outcome.called = t;
      outcome.at_call = outcome.last;
    }
  }
  return outcome;
}

Outcome run(const Series& series, double duration, double interval = 2) {
  LeakDetector detector;
  return run(detector, series, duration, interval);
}

double noise(double deviation) {
  static std::mt19937 random(7);
  return std::normal_distribution<double>(0, deviation)(random);
}

TEST(LeakDetector, CallsASteadyLeakWithinFiveMinutes) {
  const Outcome outcome = run([](double t) { return 50 * kMB + 60e3 * t + noise(0.1 * kMB); }, 600);
  ASSERT_TRUE(outcome.called);
  EXPECT_GE(*outcome.called, 135) << "not before its patience";
  EXPECT_LT(*outcome.called, 300);
  EXPECT_NEAR(outcome.at_call.bytes_per_second, 60e3, 6e3);
  EXPECT_LE(outcome.at_call.low, 60e3);
  EXPECT_GE(outcome.at_call.high, 60e3);
  EXPECT_LT(outcome.at_call.onset_seconds, 60);
  EXPECT_GE(outcome.at_call.confidence, 0.5);
  EXPECT_GT(outcome.last.confidence, outcome.at_call.confidence);
  EXPECT_LT(outcome.last.confidence, 1);
}

TEST(LeakDetector, TellsTheOnsetOfALeakThatComesLate) {
  const Outcome outcome = run(
      [](double t) { return 80 * kMB + 100e3 * std::max(0.0, t - 2000) + noise(0.1 * kMB); }, 3000);
  ASSERT_TRUE(outcome.called);
  EXPECT_GT(*outcome.called, 2100);
  EXPECT_LT(*outcome.called, 2400);
  EXPECT_NEAR(outcome.at_call.onset_seconds, 2000, 60);
  EXPECT_NEAR(outcome.at_call.bytes_per_second, 100e3, 10e3);
}

TEST(LeakDetector, WaitsLongerWhileAProgramFillsItsMemory) {
  // From 2 MB to ten times the footprint: a cache that fills looks the same.
  const Series fills = [](double t) { return 2 * kMB + 200e3 * t; };
  const Outcome outcome = run(fills, 900);
  ASSERT_TRUE(outcome.called);
  EXPECT_NEAR(*outcome.called, 600, 15);
  const Outcome cache = run([&](double t) { return fills(std::min(t, 500.0)); }, 3 * kHour);
  EXPECT_FALSE(cache.called);
  EXPECT_EQ(cache.last.verdict, LeakVerdict::levelled_off);
}

TEST(LeakDetector, SaysGrowthUntilItCanTell) {
  LeakDetector detector;
  const Outcome outcome = run(
      detector, [](double t) { return 2 * kMB + 200e3 * t; }, 400);
  EXPECT_FALSE(outcome.called);
  EXPECT_EQ(outcome.last.verdict, LeakVerdict::growth);
  EXPECT_LT(outcome.last.confidence, 0.5);
  EXPECT_NEAR(detector.seconds_until(282 * kMB).value_or(kNaN), 1000, 20);
  EXPECT_EQ(detector.seconds_until(1 * kMB), 0);
  EXPECT_FALSE(detector.seconds_until(kNaN));
}

TEST(LeakDetector, SkipsAWarmUpThatSlowsDown) {
  for (const double time : {60.0, 120.0, 300.0}) {
    const Outcome outcome =
        run([&](double t) { return 10 * kMB + 80 * kMB * (1 - std::exp(-t / time)); }, 2 * kHour);
    EXPECT_FALSE(outcome.called) << time << " s";
    EXPECT_TRUE(outcome.verdicts.contains(LeakVerdict::levelled_off)) << time << " s";
  }
}

// Little of a large footprint: patience alone would not wait for the end of these.
TEST(LeakDetector, SkipsAWarmUpOfALargeProgram) {
  for (const double time : {100.0, 150.0}) {
    const Outcome outcome =
        run([&](double t) { return 500 * kMB + 150 * kMB * (1 - std::exp(-t / time)); }, kHour);
    EXPECT_FALSE(outcome.called) << time << " s";
  }
}

TEST(LeakDetector, DoesNotTakeAFewStepsForALeak) {
  const Outcome outcome =
      run([](double t) { return 500 * kMB + 40 * kMB * std::min(std::floor(t / 80), 5.0); }, kHour);
  EXPECT_FALSE(outcome.called);
}

TEST(LeakDetector, SeesTheLeakAfterAWarmUp) {
  const Outcome outcome = run(
      [](double t) {
        return 10 * kMB + 300e3 * std::min(t, 140.0) + 70e3 * std::max(0.0, t - 140);
      },
      900);
  ASSERT_TRUE(outcome.called);
  EXPECT_LT(*outcome.called, 450);
  EXPECT_NEAR(outcome.at_call.onset_seconds, 140, 30);
}

TEST(LeakDetector, LeavesTheCreepOfAnAllocatorAlone) {
  // 100 MB in six minutes, then 4 % more in fifteen.
  const Outcome outcome = run(
      [](double t) { return 10 * kMB + 300e3 * std::min(t, 360.0) + 5e3 * std::max(0.0, t - 360); },
      1200);
  EXPECT_FALSE(outcome.called);
  EXPECT_EQ(outcome.last.verdict, LeakVerdict::levelled_off);
}

TEST(LeakDetector, TakesStepsThatStayFlatForRetention) {
  const Outcome step =
      run([](double t) { return (t < 900 ? 40 : 100) * kMB + noise(0.1 * kMB); }, kHour);
  EXPECT_FALSE(step.called);
  EXPECT_EQ(step.last.verdict, LeakVerdict::retention);

  // Bursts of work: what the largest needed so far stays in the allocator.
  double most = 0;
  const Outcome bursts = run(
      [&](double t) {
        const double need = std::fmod(t, 300) < 20 && t > 700 ? 60 * kMB : 10 * kMB;
        most = std::max(most, need);
        return 20 * kMB + std::max(need, 0.7 * most);
      },
      kHour);
  EXPECT_FALSE(bursts.called);
  EXPECT_EQ(bursts.last.verdict, LeakVerdict::retention);
}

TEST(LeakDetector, SeesThroughASawtooth) {
  const Series saw = [](double t) { return 60 * kMB + 30 * kMB * std::fmod(t, 60) / 60; };
  const Outcome healthy = run(saw, 6 * kHour);
  EXPECT_FALSE(healthy.called);
  EXPECT_EQ(healthy.verdicts, std::set{LeakVerdict::steady});
  const Outcome leaking = run([&](double t) { return saw(t) + 20e3 * t; }, 2 * kHour);
  ASSERT_TRUE(leaking.called);
  EXPECT_NEAR(leaking.last.bytes_per_second, 20e3, 2e3);
}

TEST(LeakDetector, SeesALeakUnderACurveOfLoad) {
  const Series curve = [](double t) {
    return 100 * kMB + 20 * kMB * std::cos(2 * std::numbers::pi * t / kHour);
  };
  const Outcome healthy =
      run([&](double t) { return curve(t) + noise(0.2 * kMB); }, 24 * kHour, 15);
  const Outcome leaking =
      run([&](double t) { return curve(t) + 2e3 * t + noise(0.2 * kMB); }, 24 * kHour, 15);
  ASSERT_TRUE(leaking.called);
  EXPECT_EQ(leaking.last.verdict, LeakVerdict::leak);
  EXPECT_NEAR(leaking.last.bytes_per_second, 2e3, 300);
  EXPECT_NE(healthy.last.verdict, LeakVerdict::leak);
}

TEST(LeakDetector, KnowsTheCurveOfTheDayOnceItHasSeenIt) {
  const Series day = [](double t) {
    return 200 * kMB + 50 * kMB * std::cos(2 * std::numbers::pi * t / (24 * kHour)) + noise(kMB);
  };
  LeakDetector detector;
  (void)run(detector, day, 26 * kHour, 15);  // the first rise nothing tells from a leak
  const Outcome later = run(detector, day, 70 * kHour, 15, 26 * kHour + 15);
  EXPECT_FALSE(later.called);
}

TEST(LeakDetector, FindsASlowLeakInADay) {
  // 150 bytes a second: 13 MB a day on 100 MB with noise of 0.5 MB.
  const Outcome outcome =
      run([](double t) { return 100 * kMB + 150 * t + noise(0.5 * kMB); }, 24 * kHour, 15);
  ASSERT_TRUE(outcome.called);
  EXPECT_NEAR(outcome.last.bytes_per_second, 150, 30);
}

TEST(LeakDetector, CallsNoiseSteady) {
  const Outcome outcome = run([](double) { return 100 * kMB + noise(2 * kMB); }, 24 * kHour, 5);
  EXPECT_FALSE(outcome.called);
  EXPECT_EQ(outcome.verdicts, std::set{LeakVerdict::steady});
}

TEST(LeakDetector, CallsAConstantAndADeclineSteady) {
  for (const double value : {0.0, 4096.0, 1e12, -5.0, 1e-310}) {
    const Outcome outcome = run([&](double) { return value; }, kHour);
    EXPECT_EQ(outcome.verdicts, std::set{LeakVerdict::steady}) << value;
  }
  const Outcome decline = run([](double t) { return 500 * kMB - 50e3 * t; }, kHour);
  EXPECT_EQ(decline.verdicts, std::set{LeakVerdict::steady});
}

TEST(LeakDetector, TakesTheLeakBackWhenItIsGivenBack) {
  const Outcome outcome =
      run([](double t) { return 50 * kMB + (t < 600 ? 100e3 * t : 0.0); }, 1800);
  ASSERT_TRUE(outcome.called);
  EXPECT_NE(outcome.last.verdict, LeakVerdict::leak);
  LeakDetector detector;
  const Outcome stops = run(
      detector, [](double t) { return 50 * kMB + 100e3 * std::min(t, 600.0); }, 1800);
  ASSERT_TRUE(stops.called);
  EXPECT_EQ(stops.last.verdict, LeakVerdict::levelled_off);
  EXPECT_FALSE(detector.seconds_until(1e12));
}

TEST(LeakDetector, ServesDescriptorsToo) {
  LeakDetector::Settings settings;
  settings.smallest_growth = 20;
  LeakDetector leaking(settings);
  LeakDetector healthy(settings);
  bool called = false;
  for (double t = 0; t < 1200; t += 2) {
    called |= leaking.add(t, 40 + std::floor(t / 10), kNaN).verdict == LeakVerdict::leak;
    EXPECT_NE(healthy.add(t, 40 + 10 * (std::fmod(t, 40) < 10), kNaN).verdict, LeakVerdict::leak);
  }
  EXPECT_TRUE(called);
  EXPECT_NEAR(leaking.seconds_until(1024).value_or(kNaN), 8640, 600);
}

TEST(LeakDetector, NeedsNoEvenIntervals) {
  for (const double interval : {0.5, 1.0, 5.0, 15.0}) {
    const Outcome outcome = run([](double t) { return 50 * kMB + 60e3 * t; }, 600, interval);
    ASSERT_TRUE(outcome.called) << interval;
    EXPECT_LT(*outcome.called, 300) << interval;
  }
}

TEST(LeakDetector, DoesNotTakeAGapForEvidence) {
  LeakDetector detector;
  const Series fills = [](double t) { return 2 * kMB + 100e3 * t; };
  (void)run(detector, fills, 120);
  // Asleep for an hour, and 50 MB larger on waking.
  const Outcome after = run(
      detector, [&](double t) { return fills(120) + 50 * kMB + 100e3 * (t - 3720); }, 60, 2, 3720);
  EXPECT_FALSE(after.called);
}

TEST(LeakDetector, GoesOnAfterTheClockStepsBack) {
  LeakDetector detector;
  const Series leak = [](double t) { return 50 * kMB + 60e3 * (t - 10000); };
  (void)run(detector, leak, 100, 2, 10000);
  const Outcome after = run(
      detector, [&](double t) { return leak(t + 10000 - 5000 + 100); }, 200, 2, 5000);
  ASSERT_TRUE(after.called);
  EXPECT_NEAR(after.at_call.onset_seconds, 4900, 30) << "on the clock as it is now";
  EXPECT_NEAR(after.at_call.bytes_per_second, 60e3, 6e3);
}

TEST(LeakDetector, TakesWhatIsNoNumberForAHole) {
  const double inf = std::numeric_limits<double>::infinity();
  LeakDetector detector;
  std::optional<double> called;
  for (double t = 0; t < 600; t += 1) {
    const double value = 50 * kMB + 60e3 * t;
    for (const double bad : {kNaN, inf, -inf, 1e300, std::numeric_limits<double>::max()}) {
      (void)detector.add(t, bad, bad);
      (void)detector.add(bad, value, value);
    }
    if (detector.add(t, value, t < 300 ? value : inf).verdict == LeakVerdict::leak && !called) {
      called = t;
    }
  }
  ASSERT_TRUE(called);
  EXPECT_LT(*called, 300);
}

TEST(LeakDetector, SurvivesAnything) {
  std::mt19937 random(3);
  std::uniform_int_distribution<int> kind(0, 9);
  std::uniform_real_distribution<double> exponent(-320, 310);
  for (int round = 0; round < 20; ++round) {
    LeakDetector detector;
    double t = 0;
    for (int i = 0; i < 2000; ++i) {
      const int k = kind(random);
      t += k == 0 ? -100 : k == 1 ? 1e6 : k == 2 ? std::pow(10, exponent(random)) : 5;
      const double value =
          k == 3 ? -std::pow(10, exponent(random)) : std::pow(10, exponent(random));
      const LeakState state = detector.add(t, value, k == 4 ? kNaN : value * 2);
      EXPECT_FALSE(state.confidence < 0 || state.confidence > 1);
      EXPECT_FALSE(std::isinf(state.bytes_per_second));
      EXPECT_FALSE(detector.smallest_visible_rate() < 0);
      (void)detector.seconds_until(1e9);
    }
  }
}

TEST(LeakDetector, SaysNothingAtFirst) {
  LeakDetector detector;
  EXPECT_TRUE(std::isnan(detector.smallest_visible_rate()));
  EXPECT_FALSE(detector.seconds_until(1e9));
  const LeakState state = detector.add(0, 1e6, 1e6);
  EXPECT_EQ(state.verdict, LeakVerdict::not_enough_data);
  EXPECT_TRUE(std::isnan(state.onset_seconds) && std::isnan(state.confidence));
}

TEST(LeakDetector, SeesSmallerLeaksTheLongerItWatches) {
  LeakDetector detector;
  double before = std::numeric_limits<double>::infinity();
  double from = 0;
  for (const double until : {600.0, kHour, 6 * kHour, 24 * kHour}) {
    (void)run(
        detector, [](double) { return 100 * kMB + noise(0.5 * kMB); }, until - from, 15, from);
    from = until;
    EXPECT_LT(detector.smallest_visible_rate(), before / 2) << until;
    before = detector.smallest_visible_rate();
  }
  EXPECT_LT(before, 100) << "bytes a second in a day";
}

TEST(LeakDetector, KeepsAFewKibibytes) { EXPECT_LE(sizeof(LeakDetector), 4352U); }

TEST(LeakVerdict, HasItsWords) {
  EXPECT_EQ(to_string(LeakVerdict::levelled_off), "growth that levelled off");
  EXPECT_EQ(to_string(LeakVerdict::not_enough_data), "not enough data");
}

}  // namespace
}  // namespace perfwatch
