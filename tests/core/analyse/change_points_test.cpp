// SPDX-License-Identifier: Apache-2.0
#include "core/analyse/change_points.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <random>

namespace perfwatch {
namespace {

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();
constexpr double kInfinity = std::numeric_limits<double>::infinity();

// AR(1) noise with innovations of 1; rho = 1 is a random walk.
std::vector<double> noise(std::size_t count, double rho, unsigned seed) {
  std::mt19937 random(seed);
  std::normal_distribution<double> normal;
  double now = rho < 1 ? normal(random) / std::sqrt(1 - rho * rho) : 0;
  std::vector<double> values;
  for (std::size_t i = 0; i < count; ++i) {
    values.push_back(now);
    now = rho * now + normal(random);
  }
  return values;
}

std::vector<double> with_step(std::vector<double> values, std::size_t at, double step) {
  for (std::size_t i = at; i < values.size(); ++i) values[i] += step;
  return values;
}

std::size_t distance(std::size_t a, std::size_t b) { return a > b ? a - b : b - a; }

TEST(ChangePoints, AreWhereTheLevelChanges) {
  std::vector<double> values = with_step(noise(300, 0, 1), 100, 10);
  values = with_step(values, 180, -4);
  const std::vector<ChangePoint> points = find_change_points(values);
  ASSERT_EQ(points.size(), 2U);
  EXPECT_EQ(points[0].index, 100U);
  EXPECT_NEAR(points[0].before, 0, 0.5);
  EXPECT_NEAR(points[0].after, 10, 0.5);
  EXPECT_GT(points[0].confidence, 0.99);
  EXPECT_LE(distance(points[1].index, 180), 1U);
  EXPECT_NEAR(points[1].after, 6, 0.5);
}

TEST(ChangePoints, AreWhereTheSlopeChanges) {
  std::vector<double> values = noise(300, 0, 2);
  for (std::size_t i = 0; i < 300; ++i) values[i] += 0.5 * std::abs(static_cast<double>(i) - 160);
  const std::vector<ChangePoint> points = find_change_points(values);
  ASSERT_EQ(points.size(), 1U);
  EXPECT_LE(distance(points[0].index, 160), 5U);
  EXPECT_NEAR(points[0].before, points[0].after, 3) << "the level stays";
}

TEST(ChangePoints, AreNoneInALine) {
  std::vector<double> values = noise(300, 0, 3);
  for (std::size_t i = 0; i < 300; ++i) values[i] += 0.1 * static_cast<double>(i);
  EXPECT_TRUE(find_change_points(values).empty());
  for (std::size_t i = 0; i < 300; ++i) values[i] = 3 - 0.1 * static_cast<double>(i);
  EXPECT_TRUE(find_change_points(values).empty()) << "without noise";
}

// Of 40 series without a change, in how many one is seen.
int false_changes(std::size_t count, double rho) {
  int wrong = 0;
  for (unsigned seed = 1; seed <= 40; ++seed) {
    if (!find_change_points(noise(count, rho, seed)).empty()) ++wrong;
  }
  return wrong;
}

TEST(ChangePoints, AreRarelySeenInNoise) {
  EXPECT_LE(false_changes(60, 0), 2);
  EXPECT_LE(false_changes(200, 0), 2);
  EXPECT_LE(false_changes(200, 0.5), 3);
}

TEST(ChangePoints, AreRarelySeenInNoiseThatWanders) {
  EXPECT_LE(false_changes(200, 0.9), 6);
  EXPECT_LE(false_changes(200, 1), 9);
}

TEST(ChangePoints, AreSeenThroughAutocorrelatedNoise) {
  int found = 0;
  for (unsigned seed = 1; seed <= 20; ++seed) {
    const double deviation = 1 / std::sqrt(1 - 0.9 * 0.9);
    const auto points = find_change_points(with_step(noise(200, 0.9, seed), 120, 4 * deviation));
    found += std::any_of(points.begin(), points.end(),
                         [](const auto& point) { return distance(point.index, 120) <= 5; });
  }
  EXPECT_GE(found, 17);
}

TEST(ChangePoints, AreTheSurerTheLargerAndTheLonger) {
  double before = 0;
  for (const double step : {1.5, 3.0, 6.0}) {
    const auto points = find_change_points(with_step(noise(200, 0.3, 4), 100, step));
    ASSERT_EQ(points.size(), 1U) << step;
    EXPECT_GE(points[0].confidence, before) << step;
    before = points[0].confidence;
  }
  before = 0;
  for (const std::size_t rows : {40U, 120U, 360U}) {
    const auto points = find_change_points(with_step(noise(rows, 0, 5), rows / 2, 3));
    ASSERT_EQ(points.size(), 1U) << rows;
    EXPECT_GE(points[0].confidence, before) << rows;
    before = points[0].confidence;
  }
}

TEST(ChangePoints, OfHighConfidenceAreRight) {
  int sure = 0;
  int right = 0;
  for (unsigned seed = 1; seed <= 120; ++seed) {
    const double rho = seed % 3 == 0 ? 0 : seed % 3 == 1 ? 0.5 : 0.9;
    const double step = seed % 2 == 0 ? 0 : 3 / std::sqrt(1 - rho * rho);
    for (const auto& point : find_change_points(with_step(noise(100, rho, seed), 60, step))) {
      if (point.confidence < 0.9) continue;
      ++sure;
      if (step > 0 && distance(point.index, 60) <= 5) ++right;
    }
  }
  EXPECT_GE(sure, 15);
  EXPECT_GE(right, sure * 9 / 10);
}

TEST(ChangePoints, KnowNoUnitsAndNoDirection) {
  const std::vector<double> values = with_step(noise(200, 0.5, 6), 80, 6);
  const auto points = find_change_points(values);
  ASSERT_EQ(points.size(), 1U);
  std::vector<double> other = values;
  for (double& value : other) value = 1e9 - 1e6 * value;
  const auto same = find_change_points(other);
  ASSERT_EQ(same.size(), 1U);
  EXPECT_EQ(same[0].index, points[0].index);
  EXPECT_NEAR(same[0].confidence, points[0].confidence, 1e-6);
  EXPECT_NEAR(same[0].after, 1e9 - 1e6 * points[0].after, 1e3);
}

TEST(ChangePoints, IgnoreSpikes) {
  std::vector<double> values = noise(200, 0, 7);
  for (const std::size_t at : {20U, 21U, 90U, 150U}) values[at] = 500;
  EXPECT_TRUE(find_change_points(values).empty());
  const auto points = find_change_points(with_step(values, 100, 10));
  ASSERT_EQ(points.size(), 1U);
  EXPECT_EQ(points[0].index, 100U);
}

TEST(ChangePoints, CountMissingRows) {
  std::vector<double> values = with_step(noise(200, 0, 8), 120, 10);
  values[0] = kNaN;
  for (std::size_t i = 30; i < 60; ++i) values[i] = i % 2 == 0 ? kNaN : kInfinity;
  const auto points = find_change_points(values);
  ASSERT_EQ(points.size(), 1U);
  EXPECT_EQ(points[0].index, 120U);
}

TEST(ChangePoints, AreNoneWhereThereIsNothingToSee) {
  EXPECT_TRUE(find_change_points({}).empty());
  EXPECT_TRUE(find_change_points(std::vector<double>(300, 7.36)).empty());
  EXPECT_TRUE(find_change_points(std::vector<double>(300, kNaN)).empty());
  EXPECT_TRUE(find_change_points(std::vector<double>{1, 1, 1, 1, 9, 9, 9, 9}).empty()) << "8 rows";
  std::vector<double> gap(300, kNaN);
  gap[0] = gap[299] = 1;
  gap[150] = 2;
  EXPECT_TRUE(find_change_points(gap).empty());
}

TEST(ChangePoints, TakeAStepWithoutNoise) {
  const auto points = find_change_points(with_step(std::vector<double>(60, 2.0), 25, 3));
  ASSERT_EQ(points.size(), 1U);
  EXPECT_EQ(points[0].index, 25U);
  EXPECT_DOUBLE_EQ(points[0].before, 2);
  EXPECT_DOUBLE_EQ(points[0].after, 5);
}

TEST(ChangePoints, TakeHugeAndDenormalValues) {
  for (const double scale : {1e-310, 1e-200, 1e200, 1e306}) {
    std::vector<double> values = with_step(noise(200, 0, 9), 90, 12);
    for (double& value : values) value *= scale;
    const auto points = find_change_points(values);
    ASSERT_EQ(points.size(), 1U) << scale;
    EXPECT_EQ(points[0].index, 90U) << scale;
    EXPECT_NEAR(points[0].after / scale, 12, 1) << scale;
  }
  std::vector<double> edges(100, std::numeric_limits<double>::max());
  for (std::size_t i = 50; i < 100; ++i) edges[i] = -edges[i];
  const auto points = find_change_points(edges);
  ASSERT_EQ(points.size(), 1U);
  EXPECT_EQ(points[0].index, 50U);
  EXPECT_TRUE(std::isfinite(points[0].before));
}

TEST(ChangePoints, AreFoundToTheRowInLongSeries) {
  const std::vector<double> values =
      with_step(with_step(noise(20'000, 0.3, 10), 7'777, 8), 15'003, -5);
  const auto points = find_change_points(values);
  ASSERT_EQ(points.size(), 2U);
  EXPECT_LE(distance(points[0].index, 7'777), 1U);
  EXPECT_LE(distance(points[1].index, 15'003), 2U);
  EXPECT_NEAR(points[1].before, 8, 0.5);
  EXPECT_NEAR(points[1].after, 3, 0.5);
}

TEST(ChangePoints, KeepToTheirSettings) {
  std::vector<double> values = noise(300, 0, 11);
  for (std::size_t i = 0; i < 300; ++i) values[i] += 20 * static_cast<double>(i / 30 % 2);
  EXPECT_EQ(find_change_points(values).size(), 9U);
  EXPECT_LE(find_change_points(values, {.most = 3}).size(), 3U);
  EXPECT_TRUE(find_change_points(values, {.most = 0}).empty());
  EXPECT_TRUE(find_change_points(values, {.evidence = 1e9}).empty());
  (void)find_change_points(values, {.resolution = 0});
}

// Whatever it is given: rows in order, inside the series, with finite levels.
TEST(ChangePoints, AreSoundForAnySeries) {
  std::mt19937 random(12);
  const double odd[] = {0, -0.0, 1, kNaN, kInfinity, -kInfinity, 5e-324, 1e308, -1e308, 3, 3, 3};
  for (int trial = 0; trial < 300; ++trial) {
    std::vector<double> values(random() % 60);
    for (double& value : values) value = odd[random() % std::size(odd)];
    std::size_t before = 0;
    for (const auto& point : find_change_points(values)) {
      EXPECT_GT(point.index, before);
      EXPECT_LT(point.index, values.size());
      EXPECT_TRUE(std::isfinite(values[point.index]));
      EXPECT_FALSE(std::isnan(point.before) || std::isnan(point.after));
      EXPECT_GE(point.confidence, 0);
      EXPECT_LE(point.confidence, 1);
      before = point.index;
    }
  }
}

}  // namespace
}  // namespace perfwatch
