// SPDX-License-Identifier: Apache-2.0
#include "core/analyse/leak_stretch.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <limits>
#include <random>
#include <vector>

namespace perfwatch {
namespace {

FloorHistory random_history(unsigned seed, std::vector<float>& values) {
  std::mt19937 random(seed);
  std::uniform_real_distribution<float> value(0, 1000);
  FloorHistory history;
  // A point each 5 s, at most 24: each is a bucket of its own.
  for (int i = 0; i < 24; ++i) {
    values.push_back(value(random));
    history.add(i * 5.0, values.back());
  }
  return history;
}

TEST(FloorLine, KeepsWhatNoLaterValueUndercuts) {
  for (unsigned seed = 0; seed < 50; ++seed) {
    std::vector<float> values;
    const FloorLine line(random_history(seed, values));
    ASSERT_EQ(line.size, values.size());
    EXPECT_DOUBLE_EQ(line.span, 23 * 5);
    for (std::size_t i = 0; i < values.size(); ++i) {
      const float lowest = *std::min_element(values.begin() + static_cast<long>(i), values.end());
      EXPECT_EQ(line.lowest[i], lowest);
      EXPECT_EQ(line.kept(static_cast<double>(i) * 5 + 2), static_cast<double>(lowest));
    }
  }
}

// For each value: how far it stands above both the lowest before it and the lowest after it.
TEST(FloorLine, MeasuresTheMostThatRoseAndWasGivenBack) {
  for (unsigned seed = 0; seed < 50; ++seed) {
    std::vector<float> values;
    const FloorLine line(random_history(seed, values));
    float most = 0;
    for (auto at = values.begin(); at != values.end(); ++at) {
      const float before = *std::min_element(values.begin(), at + 1);
      const float after = *std::min_element(at, values.end());
      most = std::max(most, *at - std::max(before, after));
    }
    EXPECT_FLOAT_EQ(static_cast<float>(line.fluctuation(5)), most);
    EXPECT_LE(line.fluctuation(40), static_cast<double>(most)) << "long pieces swing less";
  }
}

TEST(FloorLine, OfNothingIsEmpty) {
  const FloorLine line{FloorHistory()};
  EXPECT_EQ(line.size, 0U);
  EXPECT_EQ(line.span, 0);
  EXPECT_EQ(line.fluctuation(10), 0);
  EXPECT_FALSE(longest_growth(line, LeakSettings{}, 0));
}

TEST(LongestGrowth, HasTheSlopeOfALineExactly) {
  FloorHistory history;
  for (int t = 0; t <= 1200; ++t) history.add(t, static_cast<float>(64e6 + 65536.0 * t));
  const auto stretch = longest_growth(FloorLine(history), LeakSettings{}, 0);
  ASSERT_TRUE(stretch && stretch->leak());
  EXPECT_EQ(stretch->onset, 0U);
  EXPECT_NEAR(stretch->rate, 65536, 1500);
  EXPECT_LE(stretch->low, stretch->rate);
  EXPECT_GE(stretch->high, stretch->rate);
}

TEST(LongestGrowth, WaitsForEachMultipleOfTheFootprintButNotForEver) {
  const auto needed = [](double base, double other) {
    FloorHistory history;
    for (int t = 0; t <= 900; ++t) history.add(t, static_cast<float>(base + 1e5 * t));
    return longest_growth(FloorLine(history), LeakSettings{}, other).value().needed;
  };
  const LeakSettings settings;
  EXPECT_NEAR(needed(400e6, 0), settings.patience * 1.2, 5);
  EXPECT_NEAR(needed(40e6, 40e6), settings.patience * 2, 5);
  EXPECT_DOUBLE_EQ(needed(1e6, 0), settings.longest_patience);
  EXPECT_DOUBLE_EQ(needed(0, 0), settings.longest_patience);
}

TEST(LeastGrowth, IsAtLeastWhatTheSettingsSay) {
  FloorHistory history;
  for (int t = 0; t <= 900; ++t) history.add(t, 50e6F);
  const FloorLine line(history);
  LeakSettings settings;
  EXPECT_DOUBLE_EQ(least_growth(line, settings, 0, 300), settings.creep_share * 50e6);
  settings.smallest_growth = 7e6;
  EXPECT_DOUBLE_EQ(least_growth(line, settings, 0, 300), 7e6);
  EXPECT_EQ(least_growth(line, settings, std::numeric_limits<double>::infinity(), 300),
            std::numeric_limits<double>::infinity());
}

}  // namespace
}  // namespace perfwatch
