// SPDX-License-Identifier: Apache-2.0
#include "core/analyse/statistics.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <limits>
#include <vector>

namespace perfwatch {
namespace {

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
constexpr double kInfinity = std::numeric_limits<double>::infinity();

TEST(Percentile, InterpolatesBetweenNeighbours) {
  constexpr std::array kSorted{10.0, 20.0, 30.0, 40.0};
  EXPECT_DOUBLE_EQ(percentile(kSorted, 0), 10);
  EXPECT_DOUBLE_EQ(percentile(kSorted, 0.5), 25);
  EXPECT_DOUBLE_EQ(percentile(kSorted, 0.95), 38.5);  // numpy.percentile says the same
  EXPECT_DOUBLE_EQ(percentile(kSorted, 1), 40);
  EXPECT_DOUBLE_EQ(percentile(kSorted, 7), 40);
  EXPECT_DOUBLE_EQ(percentile(std::array{3.0}, 0.99), 3);
  EXPECT_TRUE(std::isnan(percentile({}, 0.5)));
  EXPECT_TRUE(std::isnan(percentile(kSorted, kNan)));
}

TEST(StatisticsOf, CountsOnlyWhatIsFinite) {
  const Statistics s = statistics_of(std::array{4.0, kNan, 2.0, kInfinity, 9.0});
  EXPECT_EQ(s.count, 3U);
  EXPECT_DOUBLE_EQ(s.total, 15);
  EXPECT_DOUBLE_EQ(s.mean, 5);
  EXPECT_DOUBLE_EQ(s.median, 4);
  EXPECT_DOUBLE_EQ(s.min, 2);
  EXPECT_DOUBLE_EQ(s.max, 9);
  EXPECT_NEAR(s.deviation, 3.605551275, 1e-9);
}

TEST(StatisticsOf, KnowsNothingOfNothingAndNoDeviationOfOne) {
  const Statistics none = statistics_of({});
  EXPECT_EQ(none.count, 0U);
  EXPECT_TRUE(std::isnan(none.total));
  EXPECT_TRUE(std::isnan(none.median));
  const Statistics one = statistics_of(std::array{7.0});
  EXPECT_DOUBLE_EQ(one.p99, 7);
  EXPECT_TRUE(std::isnan(one.deviation));
}

TEST(MemoryMetric, IsThePeakThatMostRunsHave) {
  std::vector<RunFigures> figures(3);
  EXPECT_EQ(memory_metric(figures), RunMetric::concurrent_anonymous_bytes);
  for (auto& each : figures) each[RunMetric::largest_process_bytes] = 1;
  figures[0][RunMetric::cgroup_peak_bytes] = 1;
  EXPECT_EQ(memory_metric(figures), RunMetric::largest_process_bytes);
  for (auto& each : figures) each[RunMetric::cgroup_peak_bytes] = 1;
  EXPECT_EQ(memory_metric(figures), RunMetric::cgroup_peak_bytes);
}

}  // namespace
}  // namespace perfwatch
