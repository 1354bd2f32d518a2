// SPDX-License-Identifier: Apache-2.0
#include "core/analyse/leak_history.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

namespace perfwatch {
namespace {

TEST(FloorHistory, KeepsTheFloorsOfADayFineWhereItIsRecent) {
  FloorHistory history;
  float lowest = 1e9F;
  for (double t = 0; t < 24 * 3600.0; t += 2) {
    const auto value = static_cast<float>(1e6 + std::fmod(t * 7919, 1e5));
    lowest = std::min(lowest, value);
    history.add(t, value);
  }
  FloorHistory::Buckets buckets;
  const std::size_t size = history.copy(buckets);
  ASSERT_GT(size, 150U);
  EXPECT_EQ(buckets[0].start, 0);
  double seen = 0;
  float floor = 1e9F;
  for (std::size_t i = 0; i < size; ++i) {
    floor = std::min(floor, buckets[i].floor);
    EXPECT_NEAR(buckets[i].start, seen, 1);
    seen += static_cast<double>(buckets[i].seen);
    const double age = 24 * 3600.0 - buckets[i].start;
    EXPECT_LE(static_cast<double>(buckets[i].seen), age / 10 + 6);
  }
  EXPECT_EQ(floor, lowest);
}

TEST(FloorHistory, ForgetsWhatIsOlderThanADayAndAHalf) {
  FloorHistory history;
  for (double t = 0; t < 100 * 3600.0; t += 5) history.add(t, 1);
  FloorHistory::Buckets buckets;
  const std::size_t size = history.copy(buckets);
  EXPECT_LE(size, FloorHistory::kMaxBuckets);
  EXPECT_GT(buckets[0].start, 0);
  EXPECT_LT(buckets[0].start, 72 * 3600.0);
}

}  // namespace
}  // namespace perfwatch
