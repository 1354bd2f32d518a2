// SPDX-License-Identifier: Apache-2.0
#include "core/account/run_pressure.h"

#include <gtest/gtest.h>

#include "tests/support/temp_tree.h"

namespace perfwatch {
namespace {

TEST(ParsePressureTotal, ReadsTheLineOfSome) {
  const auto total = parse_pressure_total(
      "some avg10=80.25 avg60=83.83 avg300=61.49 total=17742429368\n"
      "full avg10=0.00 avg60=0.00 avg300=0.00 total=5\n");
  ASSERT_TRUE(total);
  EXPECT_DOUBLE_EQ(*total, 17742.429368);
}

TEST(ParsePressureTotal, RefusesWhatIsCutOrHasNoTotal) {
  EXPECT_FALSE(parse_pressure_total("some avg10=80.25 total=177"));
  EXPECT_FALSE(parse_pressure_total("full avg10=0.00 total=5\n"));
  EXPECT_FALSE(parse_pressure_total("some avg10=0.00 total=x\n"));
  EXPECT_FALSE(parse_pressure_total(""));
}

TEST(RunPressure, IsTheGrowthSinceTheStartAndAbsentWhereUnread) {
  const test::TempTree tree{{"pressure/cpu", "some avg10=0.00 total=1000000\n"}};
  RunPressure pressure({.procfs = tree.path()}, "");
  tree.write("pressure/cpu", "some avg10=0.00 total=3500000\n");
  RunFigures figures;
  pressure.fill(figures);
  EXPECT_DOUBLE_EQ(figures[RunMetric::cpu_stall_seconds], 2.5);
  EXPECT_FALSE(figures.has(RunMetric::memory_stall_seconds));
  EXPECT_TRUE(pressure.of_host());
}

}  // namespace
}  // namespace perfwatch
