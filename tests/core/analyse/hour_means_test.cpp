// SPDX-License-Identifier: Apache-2.0
#include "core/analyse/hour_means.h"

#include <gtest/gtest.h>

#include <limits>

namespace perfwatch {
namespace {

constexpr double kHour = 3600;
constexpr double kDay = 24 * kHour;
constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

TEST(HourMeans, HasOneMeanForEachHour) {
  HourMeans hours;
  hours.learn(10, 5 * kHour);
  hours.learn(20, kDay + 5 * kHour);
  hours.learn(7, kDay + 6 * kHour);
  EXPECT_EQ(hours.usual(2 * kDay + 5.5 * kHour).days, 2);
  EXPECT_DOUBLE_EQ(hours.usual(2 * kDay + 5.5 * kHour).value, 15);
  EXPECT_EQ(hours.usual(2 * kDay + 6 * kHour).days, 1);
  EXPECT_EQ(hours.usual(2 * kDay + 7 * kHour).days, 0);
}

TEST(HourMeans, CountsDaysNotRows) {
  HourMeans hours;
  for (int row = 0; row < 12; ++row) hours.learn(1, 300 * row);
  EXPECT_EQ(hours.usual(0).days, 1);
}

TEST(HourMeans, LearnsLessFromRowsThatAreClose) {
  HourMeans sparse;
  HourMeans dense;
  for (int day = 0; day < 2; ++day) {
    sparse.learn(0, day * kDay);
    dense.learn(0, day * kDay);
  }
  const double start = 2 * kDay;
  for (int row = 0; row < 12; ++row) sparse.learn(1, start + 300 * row);
  for (int row = 0; row < 3600; ++row) dense.learn(1, start + row);
  EXPECT_NEAR(dense.usual(0).value, sparse.usual(0).value, 0.05);
}

TEST(HourMeans, HasNoUsualWithoutATime) {
  HourMeans hours;
  for (const double no_time : {kNaN, std::numeric_limits<double>::infinity(), 1e14, -1e300}) {
    for (int day = 0; day < 5; ++day) hours.learn(1, no_time);
    EXPECT_EQ(hours.usual(no_time).days, 0);
  }
}

TEST(HourMeans, TakesTimesBeforeTheEpoch) {
  HourMeans hours;
  hours.learn(1, -kHour / 2);
  hours.learn(3, -kDay - kHour / 2);
  EXPECT_DOUBLE_EQ(hours.usual(23 * kHour).value, 2);
}

TEST(HourMeans, FollowsANewHabit) {
  HourMeans hours;
  for (int day = 0; day < 300; ++day) hours.learn(1, day * kDay);
  for (int day = 300; day < 700; ++day) hours.learn(5, day * kDay);
  EXPECT_NEAR(hours.usual(0).value, 5, 0.05);
}

}  // namespace
}  // namespace perfwatch
