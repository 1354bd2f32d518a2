// SPDX-License-Identifier: Apache-2.0
#include "core/analyse/change_meter.h"

#include <gtest/gtest.h>

#include <limits>
#include <random>
#include <vector>

namespace perfwatch {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();
constexpr double kHuge = std::numeric_limits<double>::max();
constexpr double kDenormal = std::numeric_limits<double>::denorm_min();

double last_change(ChangeMeter& meter, const std::vector<WatchedValue>& values) {
  double change = kAbsent;
  for (const auto& value : values) change = meter.add(std::span(&value, 1));
  return change;
}

TEST(ChangeMeter, NeedsTwoRounds) {
  ChangeMeter meter;
  EXPECT_TRUE(is_absent(meter.add({})));
  EXPECT_TRUE(is_absent(last_change(meter, {{1, 1}})));
  EXPECT_EQ(last_change(meter, {{3, 1}}), 2);
}

TEST(ChangeMeter, CountsNothingForWhatStandsStill) {
  ChangeMeter meter;
  for (const double value : {0.0, 5.0, kHuge, kDenormal}) {
    last_change(meter, {{value, 0}, {value, 0}});
    EXPECT_EQ(last_change(meter, {{value, 0}}), 0) << value;
  }
}

TEST(ChangeMeter, MeasuresAStepByTheRecentOnes) {
  ChangeMeter meter;
  for (int i = 0; i < 100; ++i) last_change(meter, {{i % 2 == 0 ? 10.0 : 12.0, 0}});
  EXPECT_NEAR(last_change(meter, {{10, 0}}), 1, 0.01);
  EXPECT_NEAR(last_change(meter, {{30, 0}}), 10, 0.1);
  EXPECT_LT(last_change(meter, {{50, 0}}), 10) << "no longer as surprising";
}

TEST(ChangeMeter, DoesNotMindWhatIsNotMaterial) {
  ChangeMeter meter;
  for (int i = 0; i < 100; ++i) last_change(meter, {{i % 2 == 0 ? 0.01 : 0.011, 0.05}});
  EXPECT_NEAR(last_change(meter, {{0.06, 0.05}}), 1, 0.05);
}

TEST(ChangeMeter, IsNotBlindForLongAfterAnOutlier) {
  ChangeMeter meter;
  for (int i = 0; i < 50; ++i) last_change(meter, {{i % 2 == 0 ? 1.0 : 2.0, 0}});
  last_change(meter, {{1e300, 0}, {1, 0}});
  for (int i = 0; i < 20; ++i) last_change(meter, {{i % 2 == 0 ? 1.0 : 2.0, 0}});
  EXPECT_GT(last_change(meter, {{20, 0}}), 8);
}

TEST(ChangeMeter, BridgesHoles) {
  ChangeMeter meter;
  last_change(meter, {{1, 1}});
  EXPECT_TRUE(is_absent(last_change(meter, {{kAbsent, 1}})));
  EXPECT_TRUE(is_absent(last_change(meter, {{kInfinity, 1}})));
  EXPECT_EQ(last_change(meter, {{5, 1}}), 4);
}

TEST(ChangeMeter, TakesTheLargestOfItsValues) {
  ChangeMeter meter;
  const std::vector<WatchedValue> before = {{1, 1}, {1, 1}, {kAbsent, 1}};
  const std::vector<WatchedValue> after = {{2, 1}, {6, 1}, {9, 1}};
  EXPECT_TRUE(is_absent(meter.add(before)));
  EXPECT_EQ(meter.add(after), 5);
  EXPECT_TRUE(is_absent(meter.add(std::span(after).first(2)))) << "others than before";
}

TEST(ChangeMeter, StaysSaneWhateverComes) {
  const std::vector<double> odd = {0,     -0.0,   1,         -1,        kHuge,      -kHuge,
                                   1e300, 1e-300, kDenormal, kInfinity, -kInfinity, kAbsent};
  std::mt19937_64 random(6);
  ChangeMeter meter;
  for (int i = 0; i < 200'000; ++i) {
    const WatchedValue value{odd[random() % odd.size()], odd[random() % odd.size()]};
    const double change = meter.add(std::span(&value, 1));
    ASSERT_TRUE(is_absent(change) || change >= 0);
  }
  for (int i = 0; i < 6000; ++i) last_change(meter, {{i % 2 == 0 ? 1.0 : 2.0, 0}});
  EXPECT_NEAR(last_change(meter, {{1, 0}}), 1, 0.1) << "and forgets";
}

}  // namespace
}  // namespace perfwatch
