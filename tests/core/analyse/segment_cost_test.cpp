// SPDX-License-Identifier: Apache-2.0
#include "core/analyse/segment_cost.h"

#include <gtest/gtest.h>

#include <cmath>
#include <random>

namespace perfwatch {
namespace {

struct Rows {
  std::vector<double> times;
  std::vector<double> values;
};

Rows noise(std::size_t count, unsigned seed) {
  std::mt19937 random(seed);
  std::normal_distribution<double> normal;
  Rows rows;
  for (std::size_t i = 0; i < count; ++i) {
    rows.times.push_back(-1 + 2 * static_cast<double>(i) / static_cast<double>(count));
    rows.values.push_back(normal(random));
  }
  return rows;
}

// By the definition, row by row.
SegmentLine fitted(const Rows& rows, std::size_t first, std::size_t end, Shape shape) {
  SegmentLine line{0, 0, 0};
  for (std::size_t i = first; i < end; ++i) {
    line.time += rows.times[i] / static_cast<double>(end - first);
    line.value += rows.values[i] / static_cast<double>(end - first);
  }
  if (shape == Shape::level) return line;
  double variance = 0;
  for (std::size_t i = first; i < end; ++i) {
    variance += std::pow(rows.times[i] - line.time, 2);
    line.slope += (rows.times[i] - line.time) * (rows.values[i] - line.value);
  }
  line.slope /= variance;
  return line;
}

double left_by(const Rows& rows, const SegmentLine& line, std::size_t first, std::size_t end) {
  double left = 0;
  for (std::size_t i = first; i < end; ++i) {
    left += std::pow(rows.values[i] - line.at(rows.times[i]), 2);
  }
  return left;
}

TEST(SegmentCost, IsWhatLeastSquaresLeave) {
  const Rows rows = noise(40, 1);
  for (const Shape shape : {Shape::level, Shape::line}) {
    const SegmentCost cost(rows.times, rows.values, shape);
    for (std::size_t first = 0; first < 40; ++first) {
      for (std::size_t end = first + 2; end <= 40; ++end) {
        const SegmentLine line = fitted(rows, first, end, shape);
        ASSERT_NEAR(cost(first, end), left_by(rows, line, first, end), 1e-10)
            << first << " " << end;
        ASSERT_NEAR(cost.fit(first, end).slope, line.slope, 1e-8) << first << " " << end;
        ASSERT_NEAR(cost.fit(first, end).at(0.3), line.at(0.3), 1e-8) << first << " " << end;
      }
    }
  }
}

TEST(SegmentCost, LeavesNothingOfALine) {
  Rows rows = noise(500, 2);
  for (std::size_t i = 0; i < 500; ++i) rows.values[i] = 0.3 - 2 * rows.times[i];
  const SegmentCost line(rows.times, rows.values, Shape::line);
  EXPECT_NEAR(line(0, 500), 0, 1e-10);
  EXPECT_NEAR(line(17, 400), 0, 1e-10);
  EXPECT_NEAR(line(17, 19), 0, 1e-10) << "two rows";
  EXPECT_NEAR(line(17, 18), 0, 1e-10) << "one row";
  EXPECT_GT(SegmentCost(rows.times, rows.values, Shape::level)(17, 400), 1);
}

TEST(SegmentCost, FallsWhenAStretchIsCut) {
  const Rows rows = noise(60, 4);
  for (const Shape shape : {Shape::level, Shape::line}) {
    const SegmentCost cost(rows.times, rows.values, shape);
    for (std::size_t cut = 1; cut < 60; ++cut) {
      EXPECT_LE(cost(0, cut) + cost(cut, 60), cost(0, 60) + 1e-9) << cut;
    }
  }
}

}  // namespace
}  // namespace perfwatch
