// SPDX-License-Identifier: Apache-2.0
#include "core/analyse/bench_statistics.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <limits>

namespace perfwatch {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;
constexpr double kNan = std::numeric_limits<double>::quiet_NaN();

BenchCommand timed(const std::vector<double>& walls) {
  BenchCommand command;
  command.command = "make";
  for (const double wall : walls) {
    BenchMeasurement run;
    run.exit_code = 0;
    run.figures[RunMetric::wall_seconds] = wall;
    command.runs.push_back(run);
  }
  return command;
}

TEST(FindOutliers, NamesPositionValueAndScore) {
  const auto found = find_outliers(std::array{1.0, 1.01, 0.99, 3.0, 1.02, kNan, 0.98, 0.2});
  ASSERT_THAT(found, SizeIs(2));
  EXPECT_EQ(found[0].run, 3U);
  EXPECT_DOUBLE_EQ(found[0].value, 3);
  EXPECT_NEAR(found[0].score, 0.6745 * 2.0 / 0.02, 0.1);  // median 1, MAD 0.02
  EXPECT_EQ(found[1].run, 7U);
  EXPECT_LT(found[1].score, 0);
}

TEST(FindOutliers, StandsMostValuesBeingEqual) {
  EXPECT_THAT(find_outliers(std::array{1.0, 1.0, 1.0, 1.0, 1.0, 1.0}), IsEmpty());
  const auto found = find_outliers(std::array{1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 2.0});
  ASSERT_THAT(found, SizeIs(1));
  EXPECT_EQ(found[0].run, 6U);
}

TEST(FindOutliers, SaysNothingOfTooFew) {
  EXPECT_THAT(find_outliers(std::array{1.0, 1.0, 1.01, 100.0}), IsEmpty());
  EXPECT_THAT(find_outliers({}), IsEmpty());
}

TEST(FindOutliers, TakesLessThanFivePercentForNoiseHoweverAlikeTheOthersAre) {
  EXPECT_THAT(find_outliers(std::array{51.29, 51.31, 51.3, 51.28, 51.3, 51.32, 51.5, 51.3}),
              IsEmpty())
      << "sleep 0.05: 0.4 % were 6.9 deviations";
  EXPECT_THAT(find_outliers(std::array{51.29, 51.31, 51.3, 51.28, 51.3, 51.32, 54.0, 51.3}),
              SizeIs(1));
}

TEST(RatioOf, PropagatesBothDeviations) {
  Statistics slower;
  slower.mean = 3;
  slower.deviation = 0.3;
  Statistics faster;
  faster.mean = 2;
  faster.deviation = 0.1;
  const BenchRatio ratio = ratio_of(slower, faster);
  EXPECT_DOUBLE_EQ(ratio.value, 1.5);
  EXPECT_NEAR(ratio.deviation, 1.5 * std::sqrt(0.01 + 0.0025), 1e-12);
  faster.mean = 0;
  EXPECT_TRUE(std::isnan(ratio_of(slower, faster).value));
  EXPECT_TRUE(std::isnan(ratio_of(Statistics(), slower).value));
}

TEST(BenchReport, ComparesWithTheFastest) {
  const BenchReport report = bench_report({timed({2.0, 2.2, 1.8}), timed({1.0, 1.1, 0.9})});
  EXPECT_FALSE(report.results[0].fastest);
  EXPECT_TRUE(report.results[1].fastest);
  EXPECT_DOUBLE_EQ(report.results[0].ratio, 2);
  EXPECT_NEAR(report.results[0].ratio_deviation, 2 * std::hypot(0.1, 0.1), 1e-9);
  EXPECT_DOUBLE_EQ(report.results[1].ratio, 1);
  EXPECT_DOUBLE_EQ(report.results[1].ratio_deviation, 0);
}

TEST(BenchReport, WarnsOfASlowFirstRun) {
  const BenchReport report = bench_report({timed({3, 1.0, 1.01, 0.99, 1.0, 1.02})});
  EXPECT_TRUE(report.results[0].first_slower);
  EXPECT_THAT(report.results[0].warnings, ElementsAre(HasSubstr("first run was slower")));
  const BenchReport fast_first = bench_report({timed({0.2, 1.0, 1.01, 0.99, 1.0, 1.02})});
  EXPECT_FALSE(fast_first.results[0].first_slower);
  EXPECT_THAT(fast_first.results[0].warnings, ElementsAre(HasSubstr("1 of 6 runs is far")));
}

TEST(BenchReport, DoesNotTakeNoiseOfTheFirstRunForColdCaches) {
  const BenchReport report =
      bench_report({timed({0.0409, 0.0403, 0.0403, 0.0404, 0.0403, 0.0402})});
  EXPECT_FALSE(report.results[0].first_slower) << "40.9 against 40.3 ms";
  EXPECT_THAT(report.results[0].warnings, IsEmpty());
}

TEST(BenchReport, WarnsOfFailedSingleAndShortRuns) {
  BenchCommand command = timed({0.002});
  command.runs[0].exit_code = std::nullopt;
  EXPECT_THAT(bench_report({command}).results[0].warnings,
              ElementsAre(HasSubstr("1 of 1 runs failed"), HasSubstr("one run"),
                          HasSubstr("less than 5 ms")));
}

TEST(BenchReport, TellsThroughput) {
  BenchCommand command = timed({1.0, 3.0});
  command.items = 10;
  const BenchResult result = bench_report({command}).results[0];
  EXPECT_DOUBLE_EQ(result.items_per_second, 5);
  EXPECT_TRUE(std::isnan(result.bytes_per_second));
}

TEST(BenchReport, StandsCommandsWithoutMeasurements) {
  const BenchReport report = bench_report({timed({}), timed({1.0, 1.0}), timed({kNan})});
  EXPECT_TRUE(report.results[1].fastest);
  EXPECT_TRUE(std::isnan(report.results[0].ratio));
  EXPECT_THAT(bench_report({}).results, IsEmpty());
}

}  // namespace
}  // namespace perfwatch
