// SPDX-License-Identifier: Apache-2.0
#include "core/analyse/tail_rank.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <random>
#include <vector>

namespace perfwatch {
namespace {

double normal(std::mt19937& random) { return std::normal_distribution<>()(random); }

// The surprise of the same value by counting all of the past; ties count in full.
double counted(const std::vector<double>& past, double deviation) {
  const auto outside = std::count_if(past.begin(), past.end(), [&](double each) {
    return each * deviation > 0 && std::fabs(each) >= std::fabs(deviation);
  });
  const double share = 2 * static_cast<double>(outside) / static_cast<double>(past.size());
  return share >= 1 ? 0 : -std::log10(share);
}

TEST(TailRank, AgreesWithCountingToOneBin) {
  std::mt19937 random(1);
  TailRank rank;
  std::vector<double> past;
  const double bin = std::exp2(0.25);
  for (int i = 0; i < 5000; ++i) {
    const double deviation = std::exp(normal(random)) * (i % 3 == 0 ? -1 : 2);
    const float surprise = rank.add(deviation);
    if (i > 1000 && surprise > 0 && surprise < 2) {
      EXPECT_GE(surprise, counted(past, deviation / bin) - 0.1) << i;
      EXPECT_LE(surprise, counted(past, deviation * bin) + 0.1) << i;
    }
    past.push_back(deviation);
  }
}

TEST(TailRank, IsNotSurprisedByTheFirstValues) {
  TailRank rank;
  EXPECT_EQ(rank.add(1), 0);
  EXPECT_EQ(rank.add(1), 0);
  EXPECT_LT(rank.add(1.5), 4) << "two values prove little";
}

TEST(TailRank, KeepsTheSidesApart) {
  TailRank rank;
  for (int i = 0; i < 1000; ++i) (void)rank.add(i % 2 == 0 ? 100 : -1);
  EXPECT_LT(rank.add(100), 0.5F) << "half of the past";
  EXPECT_GT(rank.add(-100), 4);
}

TEST(TailRank, RisesWithTheDistanceBeyondTheLargest) {
  std::mt19937 random(2);
  TailRank rank;
  for (int i = 0; i < 1000; ++i) (void)rank.add(std::clamp(normal(random), -3.0, 3.0));
  float before = 0;
  for (const double deviation : {4.0, 5.0, 6.0}) {
    TailRank copy = rank;
    const float surprise = copy.add(deviation);
    EXPECT_GT(surprise, before);
    before = surprise;
  }
  EXPECT_EQ(rank.add(1e6), TailRank::kMostSurprise);
}

TEST(TailRank, DoesNotKnowTheUnit) {
  std::mt19937 random(3);
  TailRank bytes;
  TailRank mebibytes;
  for (int i = 0; i < 2000; ++i) {
    const double deviation = normal(random);
    EXPECT_EQ(mebibytes.add(deviation), bytes.add(std::ldexp(deviation, 20)));
  }
}

TEST(TailRank, TakesZeroForTheMiddle) {
  TailRank rank;
  for (int i = 0; i < 500; ++i) EXPECT_EQ(rank.add(0), 0);
  EXPECT_GT(rank.add(1), 2) << "the first that is not zero";
  EXPECT_EQ(rank.add(0), 0);
  EXPECT_EQ(rank.add(std::numeric_limits<double>::denorm_min()), 0) << "next to nothing";
}

TEST(TailRank, CountsWhatFellOffTheInnerEndStill) {
  TailRank rank;
  for (int i = 0; i < 1000; ++i) (void)rank.add(i % 2 == 0 ? 1 : -1);
  EXPECT_EQ(rank.add(1e9), TailRank::kMostSurprise);
  EXPECT_EQ(rank.add(1), 0);
  const float again = rank.add(1e9);
  EXPECT_GT(again, 2);
  EXPECT_LT(again, 4) << "it has been there once in a thousand";
}

TEST(TailRank, ForgetsWithTime) {
  TailRank rank;
  std::mt19937 random(4);
  (void)rank.add(100);
  for (int i = 0; i < 2000; ++i) (void)rank.add(normal(random));
  EXPECT_LT(TailRank(rank).add(100), 4);
  for (std::size_t i = 0; i < 3 * TailRank::kMemory; ++i) (void)rank.add(normal(random));
  EXPECT_GT(rank.add(100), 8);
}

TEST(TailRank, SurvivesTheLargestAndTheSmallest) {
  TailRank rank;
  const double largest = std::numeric_limits<double>::max();
  const double smallest = std::numeric_limits<double>::min();
  for (int i = 0; i < 100; ++i) {
    for (const double deviation : {smallest, -largest, 0.0, largest, -smallest, -0.0}) {
      const float surprise = rank.add(deviation);
      EXPECT_GE(surprise, 0);
      EXPECT_LE(surprise, TailRank::kMostSurprise);
    }
  }
}

}  // namespace
}  // namespace perfwatch
