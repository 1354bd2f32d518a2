// SPDX-License-Identifier: Apache-2.0
#include "core/account/run_timeline.h"

#include <gtest/gtest.h>

namespace perfwatch {
namespace {

TEST(RunTimeline, KeepsPointsAsTheyAre) {
  RunTimeline timeline;
  timeline.add({0.1, 1, 100, 2});
  timeline.add({0.2, 2, 50, 3});
  ASSERT_EQ(timeline.points().size(), 2U);
  EXPECT_DOUBLE_EQ(timeline.points()[1].cpu_cores, 2);
}

TEST(RunTimeline, MergesNeighboursWhenItIsFull) {
  RunTimeline timeline;
  const std::size_t all = RunTimeline::kMostPoints * 8 + 3;
  double cpu_seconds = 0;
  for (std::size_t i = 0; i < all; ++i) {
    const double cores = i % 2 == 0 ? 4 : 0;
    cpu_seconds += cores * 0.1;
    timeline.add({0.1 * static_cast<double>(i + 1), cores, i == 777 ? 1e9 : 1, 1});
  }
  const auto points = timeline.take();
  EXPECT_LE(points.size(), RunTimeline::kMostPoints);
  EXPECT_GE(points.size(), RunTimeline::kMostPoints / 2);
  EXPECT_DOUBLE_EQ(points.back().seconds, 0.1 * static_cast<double>(all));
  double sum = 0, begin = 0, most = 0;
  for (const auto& point : points) {
    EXPECT_GT(point.seconds, begin);
    sum += point.cpu_cores * (point.seconds - begin);
    begin = point.seconds;
    most = std::max(most, point.anonymous_bytes);
  }
  EXPECT_NEAR(sum, cpu_seconds, cpu_seconds * 1e-9) << "CPU time is what it was";
  EXPECT_DOUBLE_EQ(most, 1e9) << "a peak stays a peak";
}

}  // namespace
}  // namespace perfwatch
