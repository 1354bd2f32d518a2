// SPDX-License-Identifier: Apache-2.0
#include "core/model/run_timeline.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

namespace perfwatch {
namespace {

constexpr double kUnknown = std::numeric_limits<double>::quiet_NaN();

std::vector<RunPoint> calm(std::size_t count) {
  std::vector<RunPoint> points;
  for (std::size_t i = 0; i < count; ++i) points.push_back({0.1 * static_cast<double>(i), 1, 1, 1});
  return points;
}

bool has(const std::vector<RunPoint>& points, const RunPoint& wanted) {
  return std::any_of(points.begin(), points.end(), [&](const RunPoint& point) {
    return point.seconds == wanted.seconds && point.cpu_cores == wanted.cpu_cores;
  });
}

TEST(Downsampled, LeavesAloneWhatFits) {
  EXPECT_TRUE(downsampled({}, 600).empty());
  EXPECT_EQ(downsampled(calm(600), 600).size(), 600U);
  EXPECT_EQ(downsampled(calm(6), 0).size(), 6U) << "never to less than six";
}

TEST(Downsampled, KeepsThePeaksAndBothEnds) {
  auto points = calm(36'000);
  points[777].cpu_cores = 64;
  points[12'345].anonymous_bytes = 1e10;
  points[12'346].processes = 300;
  points[35'998].cpu_cores = 0;
  const auto fewer = downsampled(points, 600);
  EXPECT_LE(fewer.size(), 600U);
  for (const std::size_t peak : {0U, 777U, 12'345U, 12'346U, 35'998U, 35'999U}) {
    EXPECT_TRUE(has(fewer, points[peak])) << peak;
  }
  for (std::size_t i = 1; i < fewer.size(); ++i) {
    EXPECT_GT(fewer[i].seconds, fewer[i - 1].seconds) << "in their order, none twice";
  }
}

TEST(Downsampled, FillsItsRoomWithANoisyTimeline) {
  auto points = calm(100'000);
  std::mt19937 random(1);
  for (auto& point : points) {
    point.cpu_cores = static_cast<double>(random() % 1000);
    point.anonymous_bytes = static_cast<double>(random() % 1000);
    point.processes = static_cast<double>(random() % 1000);
  }
  const auto fewer = downsampled(points, 600);
  EXPECT_LE(fewer.size(), 600U);
  EXPECT_GE(fewer.size(), 560U);
}

TEST(Downsampled, NeverPrefersWhatIsNotKnown) {
  auto points = calm(1000);
  for (std::size_t i = 0; i < points.size(); ++i) {
    if (i % 7 != 0) points[i] = {points[i].seconds, kUnknown, kUnknown, kUnknown};
  }
  std::size_t known = 0;
  const auto fewer = downsampled(points, 100);
  for (const auto& point : fewer) known += std::isnan(point.cpu_cores) ? 0 : 1;
  EXPECT_GE(known + 2, fewer.size()) << "but for the ends";
  for (auto& point : points) point.cpu_cores = kUnknown;
  EXPECT_LE(downsampled(points, 100).size(), 100U);
}

}  // namespace
}  // namespace perfwatch
