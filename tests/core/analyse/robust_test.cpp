// SPDX-License-Identifier: Apache-2.0
#include "core/analyse/robust.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <random>

namespace perfwatch {
namespace {

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();
constexpr double kInfinity = std::numeric_limits<double>::infinity();

double sorted_median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  const std::size_t half = values.size() / 2;
  return values.size() % 2 == 1 ? values[half] : (values[half - 1] + values[half]) / 2;
}

std::vector<double> normal_values(std::mt19937& random, std::size_t count) {
  std::normal_distribution<double> normal;
  std::vector<double> values(count);
  for (double& value : values) value = normal(random);
  return values;
}

// What is left of `rho` times the value before, and a line of `slope` per step under it.
std::vector<PlanePoint> walk(std::mt19937& random, std::size_t count, double rho, double slope) {
  std::normal_distribution<double> normal;
  std::vector<PlanePoint> points;
  double noise = normal(random) / std::sqrt(1 - rho * rho);
  for (std::size_t i = 0; i < count; ++i) {
    const double x = static_cast<double>(i);
    points.push_back({x, slope * x + noise});
    noise = rho * noise + normal(random);
  }
  return points;
}

TEST(Median, IsThatOfTheSortedValues) {
  std::mt19937 random(1);
  for (std::size_t count = 1; count < 60; ++count) {
    std::vector<double> values = normal_values(random, count);
    if (count % 3 == 0) values.assign(count, values[0]);
    EXPECT_DOUBLE_EQ(median(values), sorted_median(values)) << count;
  }
}

TEST(Median, LeavesOutWhatIsNotFinite) {
  EXPECT_DOUBLE_EQ(median(std::vector{kNaN, 3.0, kInfinity, 1.0, -kInfinity}), 2);
  EXPECT_TRUE(std::isnan(median(std::vector{kNaN})));
  EXPECT_TRUE(std::isnan(median({})));
}

TEST(Median, DoesNotOverflow) {
  const double largest = std::numeric_limits<double>::max();
  EXPECT_DOUBLE_EQ(median(std::vector{largest, largest}), largest);
  const double smallest = std::numeric_limits<double>::denorm_min();
  EXPECT_DOUBLE_EQ(median(std::vector{smallest, smallest, 0.0}), smallest);
}

TEST(RobustDeviation, IsTheStandardDeviationOfNormalValues) {
  std::mt19937 random(2);
  const std::vector<double> values = normal_values(random, 20'000);
  EXPECT_NEAR(robust_deviation(values), 1, 0.03);
}

TEST(RobustDeviation, StaysWhenAThirdIsWild) {
  std::mt19937 random(3);
  std::vector<double> values = normal_values(random, 3'000);
  for (std::size_t i = 0; i < values.size(); i += 3) values[i] = 1e9;
  EXPECT_LT(robust_deviation(values), 2.5);
  EXPECT_DOUBLE_EQ(robust_deviation(std::vector{5.0, 5.0, 5.0, 9.0}), 0);
}

TEST(Autocorrelation, IsThatOfTheDefinition) {
  std::mt19937 random(4);
  const std::vector<double> r = normal_values(random, 50);
  for (const std::size_t lag : {1U, 2U, 7U}) {
    double products = 0;
    double squares = 0;
    for (std::size_t i = 0; i < r.size(); ++i) {
      if (i >= lag) products += r[i] * r[i - lag];
      squares += r[i] * r[i];
    }
    EXPECT_NEAR(autocorrelation(r, lag), products / squares, 1e-12) << lag;
  }
  EXPECT_EQ(autocorrelation(r, 50), 0) << "no two are as far apart";
}

TEST(Autocorrelation, KnowsNoScale) {
  const std::vector<double> shape{1, 2, 1, -1, -2, -1};
  const double rho = autocorrelation(shape);
  for (const double scale : {1e-310, 1e-160, 1e160, 8e307}) {
    std::vector<double> values = shape;
    for (double& value : values) value *= scale;
    EXPECT_NEAR(autocorrelation(values), rho, 1e-9) << scale;
  }
  EXPECT_EQ(autocorrelation(std::vector{0.0, 0.0, 0.0}), 0);
  EXPECT_EQ(autocorrelation({}), 0);
}

TEST(ValuesForOne, GrowsWithTheCorrelation) {
  EXPECT_DOUBLE_EQ(values_for_one(0), 1);
  EXPECT_DOUBLE_EQ(values_for_one(-0.5), 1) << "no more than there are";
  EXPECT_DOUBLE_EQ(values_for_one(0.5), 3);
  EXPECT_NEAR(values_for_one(0.9), 19, 1e-12);
  EXPECT_EQ(values_for_one(1), kInfinity);
}

TEST(TheilSen, IsTheMedianOfTheSlopesOfAllPairs) {
  std::mt19937 random(5);
  for (std::size_t count = 2; count < 30; ++count) {
    const std::vector<PlanePoint> points = walk(random, count, 0, 0.3);
    std::vector<double> slopes;
    for (std::size_t i = 0; i < count; ++i) {
      for (std::size_t j = i + 1; j < count; ++j) {
        slopes.push_back((points[j].y - points[i].y) / (points[j].x - points[i].x));
      }
    }
    EXPECT_DOUBLE_EQ(theil_sen(points, 1.96).slope, sorted_median(slopes)) << count;
  }
}

TEST(TheilSen, FindsALineUnderAQuarterOfWildPoints) {
  std::vector<PlanePoint> points;
  for (int i = 0; i < 80; ++i) points.push_back({i * 2.0, i % 4 == 0 ? 1e12 : 7 + i * 2.0 * 0.5});
  const RobustLine line = theil_sen(points, 1.96);
  EXPECT_NEAR(line.slope, 0.5, 1e-9);
  EXPECT_NEAR(line.intercept, 7, 1e-9);
}

TEST(TheilSen, HasNothingToSayWithoutTwoPlaces) {
  EXPECT_TRUE(std::isnan(theil_sen({}, 1.96).slope));
  EXPECT_TRUE(std::isnan(theil_sen(std::vector<PlanePoint>{{1, 1}}, 1.96).slope));
  EXPECT_TRUE(std::isnan(theil_sen(std::vector<PlanePoint>{{1, 1}, {1, 2}}, 1.96).slope));
  const RobustLine line = theil_sen(std::vector<PlanePoint>{{1, 1}, {2, 3}}, 1.96);
  EXPECT_DOUBLE_EQ(line.slope, 2);
  EXPECT_TRUE(std::isnan(line.low)) << "two points have no interval";
}

// The interval is meant to hold the slope in 95 of 100 series.
TEST(TheilSen, IntervalHoldsTheSlopeAsOftenAsItSays) {
  std::mt19937 random(6);
  int held = 0;
  constexpr int kSeries = 500;
  for (int i = 0; i < kSeries; ++i) {
    const RobustLine line = theil_sen(walk(random, 40, 0, 0.1), 1.96);
    if (line.low <= 0.1 && 0.1 <= line.high) ++held;
  }
  EXPECT_GE(held, kSeries * 92 / 100);
  EXPECT_LE(held, kSeries * 99 / 100);
}

TEST(TheilSen, IntervalGrowsWithAutocorrelation) {
  std::mt19937 random(7);
  const std::vector<PlanePoint> points = walk(random, 60, 0.5, 0.1);
  const RobustLine independent = theil_sen(points, 1.96);
  const RobustLine correlated = theil_sen(points, 1.96, values_for_one(0.5));
  EXPECT_DOUBLE_EQ(independent.slope, correlated.slope);
  EXPECT_LT(correlated.low, independent.low);
  EXPECT_GT(correlated.high, independent.high);
}

}  // namespace
}  // namespace perfwatch
