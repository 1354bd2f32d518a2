// SPDX-License-Identifier: Apache-2.0
#include "core/analyse/segmentation.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <limits>
#include <random>

namespace perfwatch {
namespace {

SegmentCost random_cost(std::size_t count, unsigned seed) {
  std::mt19937 random(seed);
  std::normal_distribution<double> normal;
  std::vector<double> times, values;
  for (std::size_t i = 0; i < count; ++i) {
    times.push_back(static_cast<double>(i) / static_cast<double>(count));
    values.push_back(normal(random));
  }
  return {times, values, Shape::line};
}

// The least cost of `changes` changes in rows first .. end - 1, by trying all.
double least(const SegmentCost& cost, std::size_t first, std::size_t smallest,
             std::size_t changes) {
  if (cost.rows() < first + smallest * (changes + 1)) {
    return std::numeric_limits<double>::infinity();
  }
  if (changes == 0) return cost(first, cost.rows());
  double best = std::numeric_limits<double>::infinity();
  for (std::size_t end = first + smallest; end < cost.rows(); ++end) {
    best = std::min(best, cost(first, end) + least(cost, end, smallest, changes - 1));
  }
  return best;
}

double cost_of(const SegmentCost& cost, const Changes& changes) {
  double sum = 0;
  std::size_t first = 0;
  for (const std::size_t end : changes) {
    sum += cost(first, end);
    first = end;
  }
  return sum + cost(first, cost.rows());
}

TEST(BestSegmentations, AreTheBestOfAll) {
  for (unsigned seed = 1; seed <= 12; ++seed) {
    const std::size_t rows = 8 + seed;
    const std::size_t smallest = 2 + seed % 3;
    const SegmentCost cost = random_cost(rows, seed);
    const Segmentations best = best_segmentations(cost, smallest, 4);
    ASSERT_EQ(best.costs.size(), std::min<std::size_t>(4, rows / smallest - 1) + 1);
    for (std::size_t k = 0; k < best.costs.size(); ++k) {
      EXPECT_NEAR(best.costs[k], least(cost, 0, smallest, k), 1e-9) << seed << " " << k;
    }
  }
}

TEST(BestSegmentations, SayWhere) {
  const SegmentCost cost = random_cost(120, 7);
  const Segmentations best = best_segmentations(cost, 6, 10);
  for (std::size_t k = 0; k < best.costs.size(); ++k) {
    ASSERT_EQ(best.changes[k].size(), k);
    EXPECT_NEAR(cost_of(cost, best.changes[k]), best.costs[k], 1e-9) << k;
    std::size_t before = 0;
    for (const std::size_t change : best.changes[k]) {
      EXPECT_GE(change, before + 6);
      before = change;
    }
    EXPECT_LE(before + 6, 120U);
    if (k > 0) {
      EXPECT_LE(best.costs[k], best.costs[k - 1] + 1e-9) << k;
    }
  }
}

TEST(BestSegmentations, AreNoneWhereNothingFits) {
  EXPECT_TRUE(best_segmentations(random_cost(4, 1), 5, 3).costs.empty());
  EXPECT_EQ(best_segmentations(random_cost(9, 1), 5, 3).costs.size(), 1U);
  EXPECT_EQ(best_segmentations(random_cost(9, 1), 0, 3).costs.size(), 4U) << "a row at least";
}

}  // namespace
}  // namespace perfwatch
