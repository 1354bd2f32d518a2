// SPDX-License-Identifier: Apache-2.0
#include "core/analyse/anomaly.h"

#include <gtest/gtest.h>

#include <cmath>
#include <functional>
#include <limits>
#include <numbers>
#include <random>
#include <vector>

namespace perfwatch {
namespace {

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();
constexpr double kInfinity = std::numeric_limits<double>::infinity();
constexpr int kDay = 288;  // rows of 5 minutes

// A row every 5 minutes from some midnight on.
double time_of(int row) { return 1'700'006'400.0 + 300.0 * row; }

using Series = std::function<double(int row, double noise)>;  // noise: standard normal

// The rows with an alert among the first `rows`.
std::vector<int> alerts(int rows, const Series& series, unsigned seed = 1,
                        const AnomalyDetector::Settings& settings = {}) {
  std::mt19937 random(seed);
  std::normal_distribution<> normal;
  AnomalyDetector detector(settings);
  std::vector<int> found;
  for (int row = 0; row < rows; ++row)
    if (detector.add(series(row, normal(random)), time_of(row)).alert) found.push_back(row);
  return found;
}

int count(const std::vector<int>& rows, int from, int to) {
  int n = 0;
  for (const int row : rows) n += row >= from && row < to ? 1 : 0;
  return n;
}

// What happens at row 3000 is found within so many rows, in all of ten random series.
void expect_found(int within, const Series& series) {
  AnomalyDetector::Settings without_rest;  // as a false alert might have come just before
  without_rest.rest_rows = 0;
  for (unsigned seed = 1; seed <= 10; ++seed) {
    const auto found = alerts(3000 + within, series, seed, without_rest);
    EXPECT_GE(count(found, 3000, 3000 + within), 1) << seed;
  }
}

TEST(AnomalyDetector, FitsIntoFourKibibytes) { EXPECT_LE(sizeof(AnomalyDetector), 4096U); }

TEST(AnomalyDetector, SeesASpike) {
  expect_found(1, [](int row, double noise) { return row == 3000 ? 12 : noise; });
}

TEST(AnomalyDetector, SeesADropAsWellAsARise) {
  expect_found(1, [](int row, double noise) { return row == 3000 ? -12 : noise; });
}

TEST(AnomalyDetector, SeesALevelShift) {
  expect_found(20, [](int row, double noise) { return (row < 3000 ? 0 : 4) + noise; });
}

TEST(AnomalyDetector, SeesAShiftThatIsSmallerThanTheNoise) {
  expect_found(150, [](int row, double noise) { return (row < 3000 ? 0 : 0.9) + noise; });
}

TEST(AnomalyDetector, DoesNotAddUpDeviationsThatAlternate) {
  AnomalyDetector::Settings without_rest;
  without_rest.rest_rows = 0;
  int found = 0;
  for (unsigned seed = 1; seed <= 10; ++seed) {
    const auto rows = alerts(
        3060, [](int row, double noise) { return row < 3000     ? noise
                                                 : row % 2 == 0 ? 2.2
                                                                : -2.2; },
        seed, without_rest);
    found += count(rows, 3000, 3060) > 0 ? 1 : 0;
  }
  EXPECT_LE(found, 1);
}

TEST(AnomalyDetector, GetsUsedToANewLevel) {
  const auto found =
      alerts(6000, [](int row, double noise) { return (row < 3000 ? 0 : 10) + noise; });
  EXPECT_GE(count(found, 3000, 3020), 1);
  EXPECT_LE(count(found, 3200, 6000), 3);
}

TEST(AnomalyDetector, SeesMoreNoise) {
  expect_found(60, [](int row, double noise) { return (row < 3000 ? 1 : 4) * noise; });
}

TEST(AnomalyDetector, SeesLessNoise) {
  expect_found(150, [](int row, double noise) { return (row < 3000 ? 1 : 0.1) * noise; });
}

TEST(AnomalyDetector, SeesAFlatLine) {
  expect_found(150, [](int row, double noise) { return row < 3000 ? noise : 0.0; });
}

TEST(AnomalyDetector, SeesTheEndOfAFlatLine) {
  const auto found = alerts(3010, [](int row, double) { return row < 3000 ? 7 : 8; });
  EXPECT_EQ(found, std::vector<int>{3000});
}

double day_curve(int row) { return 10 * std::sin(2 * std::numbers::pi * row / kDay); }

TEST(AnomalyDetector, KnowsTheDay) {
  const auto found =
      alerts(28 * kDay, [](int row, double noise) { return day_curve(row) + 0.3 * noise; });
  EXPECT_LE(count(found, 4 * kDay, 28 * kDay), 2);
}

TEST(AnomalyDetector, SeesWhatIsUsualAtAnotherHourOnly) {
  // The peak of the day for two hours of the night.
  const int night = 14 * kDay + 3 * kDay / 4;
  int found = 0;
  for (unsigned seed = 1; seed <= 10; ++seed) {
    const auto rows = alerts(
        15 * kDay,
        [&](int row, double noise) {
          return (row >= night && row < night + 24 ? 10 : day_curve(row)) + 0.3 * noise;
        },
        seed);
    found += count(rows, night, night + 24) > 0 ? 1 : 0;
  }
  EXPECT_EQ(found, 10);
}

TEST(AnomalyDetector, SeesADayThatStaysFlat) {
  for (unsigned seed = 1; seed <= 10; ++seed) {
    const auto rows = alerts(
        15 * kDay,
        [](int row, double noise) {
          return (row >= 14 * kDay ? day_curve(0) : day_curve(row)) + 0.3 * noise;
        },
        seed);
    EXPECT_GE(count(rows, 14 * kDay, 15 * kDay), 1) << seed;
  }
}

TEST(AnomalyDetector, IsQuietOnNoise) {
  constexpr int kRows = 30'000;
  const auto white = alerts(kRows, [](int, double noise) { return noise; });
  const auto skewed = alerts(kRows, [](int, double noise) { return std::exp(noise); });
  double walk = 0;
  const auto random_walk = alerts(kRows, [&](int, double noise) { return walk += noise; });
  double state = 0;
  const auto correlated =
      alerts(kRows, [&](int, double noise) { return state = 0.9 * state + noise; });
  for (const auto* found : {&white, &skewed, &random_walk, &correlated})
    EXPECT_LE(found->size(), 30U) << "one in 1,000 rows";
}

TEST(AnomalyDetector, HasNothingToSayOnAConstant) {
  for (const double constant : {0.0, 42.0, -1e300, 5e-324}) {
    AnomalyDetector detector;
    for (int row = 0; row < 2000; ++row) EXPECT_EQ(detector.add(constant, time_of(row)).score, 0);
  }
}

TEST(AnomalyDetector, DoesNotKnowTheUnit) {
  std::mt19937 random(5);
  std::normal_distribution<> normal;
  AnomalyDetector bytes;
  AnomalyDetector mebibytes;
  for (int row = 0; row < 3000; ++row) {
    const double value = 1000 + normal(random);
    EXPECT_EQ(mebibytes.add(value, time_of(row)).score,
              bytes.add(std::ldexp(value, 20), time_of(row)).score);
  }
}

TEST(AnomalyDetector, KeepsSmallChangesOfLargeValues) {
  expect_found(20, [](int row, double noise) { return 1e12 + (row < 3000 ? 0 : 4) + noise; });
}

TEST(AnomalyDetector, SkipsWhatIsNotFinite) {
  AnomalyDetector with;
  AnomalyDetector without;
  std::mt19937 random(6);
  std::normal_distribution<> normal;
  for (int row = 0; row < 2000; ++row) {
    for (const double missing : {kNaN, kInfinity, -kInfinity}) {
      if (row % 5 != 0) continue;
      const AnomalyScore skipped = with.add(missing, time_of(row));
      EXPECT_EQ(skipped.score, 0);
      EXPECT_FALSE(skipped.alert);
    }
    const double value = normal(random);
    EXPECT_EQ(with.add(value, time_of(row)).score, without.add(value, time_of(row)).score);
  }
}

TEST(AnomalyDetector, WorksWithoutATime) {
  for (const double no_time : {kNaN, kInfinity, 1e300}) {
    AnomalyDetector detector;
    std::mt19937 random(7);
    std::normal_distribution<> normal;
    for (int row = 0; row < 3000; ++row) (void)detector.add(normal(random), no_time);
    EXPECT_TRUE(detector.add(15, no_time).alert);
  }
}

TEST(AnomalyDetector, BearsTimesThatStandStillJumpAndStepBack) {
  AnomalyDetector detector;
  std::mt19937 random(8);
  std::normal_distribution<> normal;
  std::uniform_real_distribution<> anywhere(-1e15, 1e15);
  for (int row = 0; row < 5000; ++row) {
    const double time = row % 3 == 0 ? anywhere(random) : time_of(5000 - row / 2);
    const AnomalyScore score = detector.add(normal(random), time);
    EXPECT_GE(score.score, 0);
    EXPECT_LT(score.score, 1);
  }
}

TEST(AnomalyDetector, BearsTheLargestAndTheSmallest) {
  AnomalyDetector detector;
  const double values[] = {std::numeric_limits<double>::max(),
                           std::numeric_limits<double>::lowest(),
                           std::numeric_limits<double>::min(),
                           std::numeric_limits<double>::denorm_min(),
                           0.0,
                           -0.0,
                           1e-300,
                           1};
  std::mt19937 random(9);
  for (int row = 0; row < 5000; ++row) {
    const AnomalyScore score = detector.add(values[random() % std::size(values)], time_of(row));
    EXPECT_GE(score.score, 0);
    EXPECT_LT(score.score, 1);
  }
}

TEST(AnomalyDetector, WaitsForTheEndOfWarmUp) {
  AnomalyDetector::Settings settings;
  settings.warm_up_rows = 500;
  const auto series = [](int row, double noise) { return row % 100 == 99 ? 50 * row : noise; };
  const auto found = alerts(600, series, 1, settings);
  ASSERT_FALSE(found.empty());
  EXPECT_GE(found.front(), 500);
}

TEST(AnomalyDetector, RestsAfterAnAlert) {
  AnomalyDetector::Settings settings;
  settings.rest_rows = 10;
  // Ever larger spikes, three rows apart.
  const auto series = [](int row, double noise) {
    return row >= 1000 && row % 3 == 0 ? std::exp2(row - 1000) : noise;
  };
  const auto found = alerts(1060, series, 1, settings);
  ASSERT_GE(found.size(), 3U);
  for (std::size_t i = 1; i < found.size(); ++i) EXPECT_GT(found[i] - found[i - 1], 10);
}

TEST(AnomalyDetector, AlertsWhereTheScoreReachesTheThreshold) {
  for (const double threshold : {0.3, 0.5, 0.6}) {
    AnomalyDetector::Settings settings;
    settings.threshold = threshold;
    AnomalyDetector detector(settings);
    std::mt19937 random(10);
    std::normal_distribution<> normal;
    for (int row = 0; row < 5000; ++row) {
      const double value = row % 400 == 399 ? 3 * normal(random) : normal(random);
      const AnomalyScore score = detector.add(value, time_of(row));
      EXPECT_EQ(score.alert, score.score >= threshold);
    }
  }
}

}  // namespace
}  // namespace perfwatch
