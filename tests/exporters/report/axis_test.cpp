// SPDX-License-Identifier: Apache-2.0
#include "exporters/report/axis.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>

namespace perfwatch {
namespace {

using ::testing::ElementsAre;
using Unit = RunMetricInfo::Unit;

std::vector<std::string> labels(const std::vector<Tick>& ticks) {
  std::vector<std::string> texts;
  for (const auto& tick : ticks) texts.push_back(tick.label);
  return texts;
}

TEST(ValueAxis, HasRoundStepsInTheUnitOfTheLargestValue) {
  EXPECT_THAT(labels(value_axis(0.83, Unit::seconds).ticks), ElementsAre("0", "500 ms", "1000 ms"));
  EXPECT_THAT(labels(value_axis(71, Unit::seconds).ticks),
              ElementsAre("0", "20 s", "40 s", "60 s", "80 s"));
  EXPECT_THAT(labels(value_axis(3600, Unit::seconds).ticks),
              ElementsAre("0", "20 min", "40 min", "60 min"));
  EXPECT_THAT(labels(value_axis(3.3 * (1 << 30), Unit::bytes).ticks),
              ElementsAre("0", "1 GiB", "2 GiB", "3 GiB", "4 GiB"));
  EXPECT_THAT(labels(value_axis(8, Unit::count).ticks), ElementsAre("0", "2", "4", "6", "8"));
}

TEST(ValueAxis, ReachesTheLargestValueExactlyOrBeyond) {
  for (double value = 1e-9; value < 1e18; value *= 1.37) {
    for (const Unit unit : {Unit::seconds, Unit::bytes, Unit::count}) {
      const Axis axis = value_axis(value, unit);
      EXPECT_GE(axis.top, value * (1 - 1e-6));
      EXPECT_LE(axis.top, value * 2.51);
      EXPECT_GE(axis.ticks.size(), 3U);
      EXPECT_LE(axis.ticks.size(), 6U);
    }
  }
}

TEST(ValueAxis, OfNothingGoesUpToOne) {
  for (const double value : {0.0, -3.0, std::numeric_limits<double>::quiet_NaN()}) {
    EXPECT_DOUBLE_EQ(value_axis(value, Unit::count).top, 1);
  }
  EXPECT_LE(value_axis(std::numeric_limits<double>::infinity(), Unit::bytes).ticks.size(), 6U);
}

TEST(TimeTicks, EndBeforeTheEnd) {
  EXPECT_THAT(labels(time_ticks(71)), ElementsAre("0", "20 s", "40 s", "60 s"));
  EXPECT_THAT(labels(time_ticks(0)), ElementsAre("0"));
}

}  // namespace
}  // namespace perfwatch
