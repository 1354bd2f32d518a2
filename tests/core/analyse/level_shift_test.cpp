// SPDX-License-Identifier: Apache-2.0
#include "core/analyse/level_shift.h"

#include <gtest/gtest.h>

#include <random>
#include <vector>

namespace perfwatch {
namespace {

using Values = std::vector<double>;

Values normal(std::size_t count, double mean, double deviation, unsigned seed) {
  std::mt19937 random(seed);
  std::normal_distribution<double> draw(mean, deviation);
  Values values(count);
  for (double& value : values) value = draw(random);
  return values;
}

TEST(LevelShift, IsTheMedianDifference) {
  const LevelShift found = level_shift(Values{1, 2, 3}, Values{11, 12, 13}, 0.8, 0);
  EXPECT_DOUBLE_EQ(found.shift, 10);
  EXPECT_LE(found.low, 10);
  EXPECT_GE(found.high, 10);
}

TEST(LevelShift, StandsWildValues) {
  Values before = normal(10, 100, 1, 1);
  Values after = normal(10, 105, 1, 2);
  const LevelShift tame = level_shift(before, after, 0.99, 0);
  before[3] = 1e9;
  after[7] = -1e9;
  const LevelShift wild = level_shift(before, after, 0.99, 0);
  EXPECT_NEAR(wild.shift, tame.shift, 0.5);
  EXPECT_LT(wild.error, 2 * tame.error);
}

TEST(LevelShift, HasAnErrorAndAnIntervalThatHold) {
  int inside = 0;
  double errors = 0;
  for (unsigned seed = 0; seed < 400; ++seed) {
    const LevelShift found =
        level_shift(normal(10, 0, 1, 2 * seed), normal(10, 1, 1, 2 * seed + 1), 0.95, 0);
    inside += found.low <= 1 && 1 <= found.high ? 1 : 0;
    errors += found.error / 400;
  }
  EXPECT_GE(inside, 370);
  EXPECT_NEAR(errors, 0.447, 0.04) << "sqrt(1/10 + 1/10)";
}

TEST(LevelShift, OfOneValueHasAnInterval) {
  const LevelShift found = level_shift(normal(10, 0, 1, 1), Values{5}, 0.99, 0);
  EXPECT_LT(found.low, found.shift);
  EXPECT_GT(found.high, found.shift);
}

TEST(ChanceOfRise, IsNeverLessThanRanksSay) {
  const Values before{1, 2, 3, 4, 5, 6, 7, 8, 9, 10};
  const Values after{1000, 1000, 9.5};  // not above all
  const LevelShift shift = level_shift(before, after, 0.99, 0);
  EXPECT_NEAR(chance_of_rise(before, after, shift, {}), 2.0 / 286, 0.05);
  EXPECT_GE(chance_of_rise(before, after, shift, {}), 2.0 / 286);
}

TEST(ChanceOfRise, AllowsForARise) {
  const Values before = normal(10, 100, 1, 1);
  const Values after = normal(10, 105, 1, 2);
  const LevelShift shift = level_shift(before, after, 0.99, 0);
  const double chance = chance_of_rise(before, after, shift, {});
  EXPECT_LT(chance, 1e-4);
  EXPECT_GT(chance_of_rise(before, after, shift, {.level = 5}), 0.05);
  EXPECT_GT(chance_of_rise(before, after, shift, {.each = 5}), 0.01);
  EXPECT_GT(chance_of_rise(before, after, shift, {.error_factor = 3}), 100 * chance);
}

TEST(ChanceOfRise, DoesNotRankWildEarlierValues) {
  Values before = normal(10, 100, 1, 1);
  before[4] = 200;
  const Values after{120, 121, 119};
  const LevelShift shift = level_shift(before, after, 0.99, 0);
  EXPECT_LT(chance_of_rise(before, after, shift, {}), 1e-4);
  before[5] = before[6] = 200;  // too many to be exceptions
  EXPECT_GT(chance_of_rise(before, after, level_shift(before, after, 0.99, 0), {}), 0.003);
}

TEST(OwnMovement, IsSeldomSeenInNoise) {
  int seen = 0;
  for (unsigned seed = 0; seed < 300; ++seed) {
    const OwnMovement movement = own_movement(normal(10, 100, 1, seed), 10);
    seen += movement.up > 0 || movement.error_factor > 1 ? 1 : 0;
  }
  EXPECT_LE(seen, 9);
}

TEST(OwnMovement, SeesDriftAndWhereItLeads) {
  Values values = normal(20, 100, 0.1, 3);
  for (std::size_t i = 0; i < values.size(); ++i) values[i] += static_cast<double>(i);
  EXPECT_NEAR(own_movement(values, 15).up, 15, 1);
  for (double& value : values) value = -value;
  EXPECT_EQ(own_movement(values, 15).up, 0) << "downwards";
}

TEST(OwnMovement, SeesAStep) {
  Values values = normal(24, 100, 1, 5);
  for (std::size_t i = 12; i < values.size(); ++i) values[i] += 10;
  EXPECT_GT(own_movement(values, 0).up, 8);
}

TEST(OwnMovement, SeesThatNeighboursAreAlike) {
  std::mt19937 random(2);
  std::normal_distribution<double> draw;
  Values values;
  for (double now = 0; values.size() < 100; now = 0.8 * now + draw(random)) values.push_back(now);
  EXPECT_GT(own_movement(values, 0).error_factor, 2);
  EXPECT_EQ(own_movement(Values{1, 2}, 1).error_factor, 1);
  EXPECT_EQ(own_movement(Values(30, 4.0), 1).up, 0);
}

}  // namespace
}  // namespace perfwatch
