// SPDX-License-Identifier: Apache-2.0
#include "core/analyse/rank_sum.h"

#include <gtest/gtest.h>

namespace perfwatch {
namespace {

TEST(RankSumTail, CountsArrangements) {
  EXPECT_DOUBLE_EQ(rank_sum_tail(10, 3, 30), 1.0 / 286);
  EXPECT_DOUBLE_EQ(rank_sum_tail(3, 10, 29), 2.0 / 286);
  EXPECT_DOUBLE_EQ(rank_sum_tail(10, 3, 27), 7.0 / 286) << "1 + 1 + 2 + 3";
  EXPECT_DOUBLE_EQ(rank_sum_tail(10, 1, 10), 1.0 / 11);
  EXPECT_DOUBLE_EQ(rank_sum_tail(10, 10, 100), 1.0 / 184756);
  EXPECT_DOUBLE_EQ(rank_sum_tail(10, 10, 0), 1);
  EXPECT_DOUBLE_EQ(rank_sum_tail(10, 10, 101), 0);
  EXPECT_DOUBLE_EQ(rank_sum_tail(1, 1, 1), 0.5);
}

TEST(RankSumTail, AddsUpToOneFromEitherSide) {
  for (std::size_t u = 1; u <= 35; ++u)
    EXPECT_NEAR(rank_sum_tail(5, 7, u) + rank_sum_tail(5, 7, 36 - u), 1, 1e-12) << u;
}

// Mann and Whitney 1947, and scipy.stats.mannwhitneyu(method="exact").
TEST(RankSumTail, IsThatOfTheTables) {
  EXPECT_NEAR(rank_sum_tail(8, 8, 64 - 13), 0.0249, 0.0001);
  EXPECT_NEAR(rank_sum_tail(10, 10, 100 - 23), 0.0216, 0.0001);
}

TEST(RankSumTail, GoesOnSmoothlyWhereItIsNotExact) {
  EXPECT_NEAR(rank_sum_tail(20, 40, 500), rank_sum_tail(40, 20, 500), 1e-15);
  // 400 of (20, 40) is the middle, as 420 is of (21, 40); two deviations above either.
  EXPECT_NEAR(rank_sum_tail(20, 40, 528), 0.0228, 0.001);
  EXPECT_NEAR(rank_sum_tail(21, 40, 552), 0.0228, 0.001);
  EXPECT_LT(rank_sum_tail(500, 500, 250'000), 1e-100);
}

TEST(RankSumInterval, IsThatOfTheTables) {
  EXPECT_EQ(rank_sum_interval(10, 10, 0.95), 23U) << "the 24th smallest difference";
  EXPECT_EQ(rank_sum_interval(10, 3, 0.99), 0U) << "all of them: 1 in 143 is outside";
  EXPECT_EQ(rank_sum_interval(10, 3, 0.999), std::nullopt);
  EXPECT_EQ(rank_sum_interval(10, 1, 0.99), std::nullopt);
  EXPECT_EQ(rank_sum_interval(1, 1, 0.5), std::nullopt);
  EXPECT_GT(rank_sum_interval(500, 500, 0.99).value_or(0), 100'000U);
}

}  // namespace
}  // namespace perfwatch
