// SPDX-License-Identifier: Apache-2.0
#include "core/analyse/hampel.h"

#include <gtest/gtest.h>

#include <cmath>
#include <random>

namespace perfwatch {
namespace {

std::vector<double> noise(std::size_t count) {
  std::mt19937 random(1);
  std::normal_distribution<double> normal;
  std::vector<double> values(count);
  for (double& value : values) value = normal(random);
  return values;
}

TEST(WithoutSpikes, PutsLoneWildValuesBack) {
  std::vector<double> values = noise(100);
  values[0] = -40;
  values[50] = 30;
  values[51] = 1e9;
  const std::vector<double> cleaned = without_spikes(values);
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (i == 0 || i == 50 || i == 51) {
      EXPECT_LT(std::abs(cleaned[i]), 3) << i;
    } else {
      EXPECT_EQ(cleaned[i], values[i]) << i;
    }
  }
}

TEST(WithoutSpikes, LeavesNoiseAndStepsAlone) {
  std::vector<double> values = noise(200);
  EXPECT_EQ(without_spikes(values), values);
  for (std::size_t i = 90; i < values.size(); ++i) values[i] += 100;
  EXPECT_EQ(without_spikes(values), values);
}

TEST(WithoutSpikes, LeavesAloneAConstantSeriesAndItsSteps) {
  std::vector<double> values(50, 3.0);
  EXPECT_EQ(without_spikes(values), values);
  for (std::size_t i = 20; i < values.size(); ++i) values[i] = 9;
  EXPECT_EQ(without_spikes(values), values);
}

TEST(WithoutSpikes, TakesFewValuesOutOfAConstantSeriesAndLeavesMany) {
  std::vector<double> values(100, 3.0);
  values[20] = values[70] = 4;
  EXPECT_EQ(without_spikes(values), std::vector<double>(100, 3.0));
  for (std::size_t i = 0; i < values.size(); i += 5) values[i] = 4;
  EXPECT_EQ(without_spikes(values), values);
}

TEST(WithoutSpikes, LeavesShortSeriesAlone) {
  const std::vector<double> few{1, 2, 900, 4, 5, 6, 7, 8};
  EXPECT_EQ(without_spikes(few), few);
  EXPECT_TRUE(without_spikes({}).empty());
}

}  // namespace
}  // namespace perfwatch
