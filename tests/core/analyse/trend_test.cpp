// SPDX-License-Identifier: Apache-2.0
#include "core/analyse/trend.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <random>
#include <vector>

namespace perfwatch {
namespace {

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();
constexpr double kInfinity = std::numeric_limits<double>::infinity();

// A point each 10 s: base + slope x seconds + AR(1) noise with innovations of 1.
std::vector<TrendPoint> series(std::size_t count, double base, double slope, double rho = 0,
                               unsigned seed = 1) {
  std::mt19937 random(seed);
  std::normal_distribution<double> normal;
  std::vector<TrendPoint> points;
  double noise = normal(random) / std::sqrt(1 - rho * rho);
  for (std::size_t i = 0; i < count; ++i) {
    const double seconds = 10 * static_cast<double>(i);
    points.push_back({seconds, base + slope * seconds + noise});
    noise = rho * noise + normal(random);
  }
  return points;
}

TEST(Trend, SaysWhichWayIsWorse) {
  const std::vector<TrendPoint> rising = series(100, 500, 0.1);
  EXPECT_EQ(find_trend(rising)->direction, Direction::degrading);
  EXPECT_EQ(find_trend(rising, {.worse = Worse::down})->direction, Direction::improving);
  const std::vector<TrendPoint> falling = series(100, 500, -0.1);
  EXPECT_EQ(find_trend(falling)->direction, Direction::improving);
  EXPECT_EQ(find_trend(falling, {.worse = Worse::down})->direction, Direction::degrading);
  EXPECT_EQ(find_trend(series(100, 500, 0))->direction, Direction::stable);
}

TEST(Trend, NeedsAFewPointsAndTime) {
  EXPECT_FALSE(find_trend({}).has_value());
  EXPECT_FALSE(find_trend(series(kFewestTrendPoints - 1, 0, 1)).has_value());
  EXPECT_TRUE(find_trend(series(kFewestTrendPoints, 0, 1)).has_value());
  EXPECT_FALSE(find_trend(std::vector<TrendPoint>(50, {7, 3})).has_value()) << "no time passes";
}

TEST(Trend, MeasuresSlopeLevelAndVolatility) {
  const std::vector<TrendPoint> points = series(1000, 500, 0.02);
  const Trend trend = find_trend(points).value();
  EXPECT_NEAR(trend.slope_per_second, 0.02, 0.0002);
  EXPECT_LE(trend.slope_low, trend.slope_per_second);
  EXPECT_GE(trend.slope_high, trend.slope_per_second);
  EXPECT_NEAR(trend.level, 500 + 0.02 * 9990, 0.5);
  EXPECT_NEAR(trend.volatility, 1, 0.1);
}

TEST(Trend, IgnoresAFewWildPoints) {
  std::vector<TrendPoint> points = series(100, 500, 0.1);
  for (std::size_t i = 5; i < points.size(); i += 7) points[i].value = 1e9;
  const Trend trend = find_trend(points).value();
  EXPECT_EQ(trend.direction, Direction::degrading);
  EXPECT_NEAR(trend.slope_per_second, 0.1, 0.01);
}

TEST(Trend, StandsWhenAQuarterIsWild) {
  std::mt19937 random(3);
  for (const std::size_t count : {40U, 100U, 1000U}) {
    std::vector<TrendPoint> points = series(count, 500, 0.1);
    for (auto& point : points) {
      if (random() % 4 == 0) point.value = -1e9;
    }
    EXPECT_NEAR(find_trend(points)->slope_per_second, 0.1, 0.05) << count;
  }
}

TEST(Trend, TellsWhenTheLimitIsReached) {
  const std::vector<TrendPoint> points = series(200, 0, 0.1);  // 199 at its end, of 300
  const Trend trend = find_trend(points, {.limit = 300}).value();
  ASSERT_TRUE(trend.seconds_to_limit.has_value());
  EXPECT_NEAR(*trend.seconds_to_limit, 1010, 20);
  EXPECT_EQ(find_trend(points, {.limit = 100})->seconds_to_limit, 0) << "beyond it already";
}

TEST(Trend, KnowsNoTimeToALimitThatItDoesNotApproach) {
  EXPECT_FALSE(find_trend(series(200, 0, 0.1))->seconds_to_limit) << "no limit";
  EXPECT_FALSE(find_trend(series(200, 0, 0), {.limit = 300})->seconds_to_limit) << "stable";
  EXPECT_FALSE(find_trend(series(200, 0, -0.1), {.limit = 300})->seconds_to_limit) << "away";
  const TrendSettings floor{.worse = Worse::down, .limit = 10};
  EXPECT_NEAR(find_trend(series(200, 1000, -0.1), floor)->seconds_to_limit.value_or(-1), 7910, 90);
  EXPECT_FALSE(find_trend(series(200, 1000, 0.1), floor)->seconds_to_limit);
}

TEST(Trend, CallsASmallChangeStable) {
  const std::vector<TrendPoint> points = series(200, 0, 0.01);  // 20 in all
  EXPECT_EQ(find_trend(points)->direction, Direction::degrading);
  EXPECT_EQ(find_trend(points, {.smallest_change = 30})->direction, Direction::stable);
}

// How often a series that goes nowhere is said to go somewhere; 5 in 100 are meant to be.
double false_trends(std::size_t count, double rho) {
  constexpr unsigned kSeries = 400;
  unsigned wrong = 0;
  for (unsigned seed = 1; seed <= kSeries; ++seed) {
    if (find_trend(series(count, 0, 0, rho, seed))->direction != Direction::stable) ++wrong;
  }
  return 100.0 * wrong / kSeries;
}

TEST(Trend, IsRarelySeenInNoise) {
  EXPECT_LE(false_trends(30, 0), 8);
  EXPECT_LE(false_trends(400, 0), 8);
}

TEST(Trend, IsRarelySeenInAutocorrelatedNoise) {
  EXPECT_LE(false_trends(100, 0.5), 10);
  EXPECT_LE(false_trends(400, 0.5), 10);
  EXPECT_LE(false_trends(400, 0.9), 15);
}

TEST(Trend, IsSeenThroughAutocorrelatedNoise) {
  // 40 over the span, in noise of deviation 2.3.
  EXPECT_EQ(find_trend(series(400, 0, 0.01, 0.9))->direction, Direction::degrading);
}

TEST(Trend, LeavesOutWhatIsNotFinite) {
  std::vector<TrendPoint> points = series(100, 500, 0.1);
  const double slope = find_trend(points)->slope_per_second;
  points.insert(points.begin() + 50, {{kNaN, 3}, {505, kNaN}, {kInfinity, 3}, {505, -kInfinity}});
  EXPECT_DOUBLE_EQ(find_trend(points)->slope_per_second, slope);
}

TEST(Trend, BridgesAGap) {
  std::vector<TrendPoint> points = series(300, 500, 0.1);
  points.erase(points.begin() + 50, points.begin() + 250);
  EXPECT_NEAR(find_trend(points)->slope_per_second, 0.1, 0.002);
}

TEST(Trend, SurvivesAClockThatStepsBack) {
  std::vector<TrendPoint> points = series(100, 500, 0.1);
  for (std::size_t i = 40; i < points.size(); ++i) points[i].seconds -= 86'400;
  const Trend trend = find_trend(points).value();
  EXPECT_NEAR(trend.slope_per_second, 0.1, 0.005);
  EXPECT_EQ(trend.direction, Direction::degrading);
}

TEST(Trend, IsNoneWhereTimeOverflows) {
  std::vector<TrendPoint> points;
  for (int i = 0; i < 20; ++i) points.push_back({i % 2 == 0 ? -1e308 : 1e308, 0});
  EXPECT_FALSE(find_trend(points).has_value());
}

TEST(Trend, TakesPointsOfOneInstant) {
  std::vector<TrendPoint> points = series(100, 500, 0.1);
  for (std::size_t i = 1; i < points.size(); i += 2) points[i].seconds = points[i - 1].seconds;
  EXPECT_NEAR(find_trend(points)->slope_per_second, 0.1, 0.01);
}

TEST(Trend, CallsAConstantSeriesStable) {
  std::vector<TrendPoint> points = series(200, 0, 0);
  for (auto& point : points) point.value = 42;
  const Trend trend = find_trend(points, {.limit = 100}).value();
  EXPECT_EQ(trend.direction, Direction::stable);
  EXPECT_EQ(trend.slope_per_second, 0);
  EXPECT_EQ(trend.volatility, 0);
  EXPECT_EQ(trend.level, 42);
}

TEST(Trend, TakesHugeAndDenormalValues) {
  for (const double scale : {1e-318, 1e-300, 1e150, 1e304}) {
    std::vector<TrendPoint> points = series(100, 0, 0.1);
    for (auto& point : points) point.value *= scale;
    const auto trend = find_trend(points);
    ASSERT_TRUE(trend.has_value()) << scale;
    EXPECT_TRUE(std::isfinite(trend->level)) << scale;
    if (scale > 1e-310) {
      EXPECT_EQ(trend->direction, Direction::degrading) << scale;
    }
  }
  std::vector<TrendPoint> edge = series(100, 0, 0);
  for (std::size_t i = 0; i < edge.size(); ++i) {
    edge[i].value = (i % 2 == 0 ? 1 : -1) * std::numeric_limits<double>::max();
  }
  (void)find_trend(edge);
}

TEST(Trend, NamesItsDirections) {
  EXPECT_EQ(to_string(Direction::improving), "improving");
  EXPECT_EQ(to_string(Direction::degrading), "degrading");
  EXPECT_EQ(to_string(Direction::stable), "stable");
}

// An hour of a disk that fills evenly was called stable: what was left of the line was rounding,
// and that correlates.
TEST(FindTrend, SeesALineWhoseResidualsAreAlike) {
  for (std::size_t n = 20; n < 600; n += 7) {
    std::vector<TrendPoint> points{{0, 0}};
    for (std::size_t i = 1; i < n; ++i) {
      const auto x = static_cast<double>(i);
      points.push_back({4 * x, 12 * x - 3});
    }
    const auto trend = find_trend(points);
    ASSERT_TRUE(trend);
    EXPECT_EQ(trend->direction, Direction::degrading) << n;
    EXPECT_GT(trend->slope_low, 2) << n;
    EXPECT_LT(trend->slope_high, 4) << n;
  }
}

}  // namespace
}  // namespace perfwatch
