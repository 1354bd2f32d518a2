// SPDX-License-Identifier: Apache-2.0
#include "core/analyse/binned_series.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <random>

namespace perfwatch {
namespace {

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();
constexpr double kInfinity = std::numeric_limits<double>::infinity();

TEST(CleanSeries, LeavesOutWhatIsNotFinite) {
  const CleanSeries series = clean_series(std::vector{kNaN, 3.0, kInfinity, 5.0, -kInfinity, 4.0});
  EXPECT_EQ(series.rows, (std::vector<std::size_t>{1, 3, 5}));
  EXPECT_DOUBLE_EQ(series.in_units(series.values[0]), 3);
  EXPECT_DOUBLE_EQ(series.in_units(series.values[1]), 5);
  EXPECT_DOUBLE_EQ(series.in_units(series.values[2]), 4);
}

TEST(CleanSeries, KnowsAConstantOne) {
  EXPECT_EQ(clean_series(std::vector<double>(20, 7.36)).scale, 0);
  EXPECT_EQ(clean_series({}).scale, 0);
  EXPECT_EQ(clean_series(std::vector{kNaN, kNaN}).scale, 0);
}

TEST(CleanSeries, BringsHugeAndDenormalValuesToOne) {
  const double largest = std::numeric_limits<double>::max();
  for (const double size : {largest, 1e-310}) {
    const CleanSeries series = clean_series(std::vector{size, -size, size, -size / 2});
    ASSERT_EQ(series.values.size(), 4U);
    EXPECT_NEAR(series.values[1], -1, 1e-12);
    EXPECT_NEAR(series.values[3], -0.75, 1e-12);
    EXPECT_DOUBLE_EQ(series.in_units(series.values[1]), -size);
  }
}

TEST(BinSeries, StandardisesRows) {
  std::mt19937 random(1);
  std::normal_distribution<double> normal(500, 3);
  std::vector<double> values(200);
  for (double& value : values) value = normal(random);
  values[70] = kNaN;
  const BinnedSeries bins = bin_series(clean_series(values), 1000);
  EXPECT_EQ(bins.width, 1U);
  ASSERT_EQ(bins.size(), 199U);
  EXPECT_EQ(bins.steps[69], 69);
  EXPECT_EQ(bins.steps[70], 71) << "the hole is not closed";
  EXPECT_DOUBLE_EQ(bins.times.front(), -1);
  EXPECT_DOUBLE_EQ(bins.times.back(), 1);
  double sum = 0;
  double squares = 0;
  for (const double value : bins.values) {
    sum += value;
    squares += value * value;
  }
  EXPECT_NEAR(sum, 0, 1e-9);
  EXPECT_NEAR(squares / 199, 1, 1e-9);
}

TEST(BinSeries, TakesMeansOfNeighbours) {
  std::vector<double> values;
  for (int i = 0; i < 1000; ++i) values.push_back(i);
  for (std::size_t i = 300; i < 320; ++i) values[i] = kNaN;
  const CleanSeries series = clean_series(values);
  const BinnedSeries bins = bin_series(series, 100);
  EXPECT_EQ(bins.width, 10U);
  ASSERT_EQ(bins.size(), 98U);
  EXPECT_NEAR(bins.values[29] - bins.values[28], bins.values[1] - bins.values[0], 1e-12);
  EXPECT_EQ(bins.steps[30], 32);
  EXPECT_EQ(series.rows[first_of_bin(series, bins, 30)], 320U);
  EXPECT_EQ(first_of_bin(series, bins, 98), series.rows.size());
}

}  // namespace
}  // namespace perfwatch
