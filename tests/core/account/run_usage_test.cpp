// SPDX-License-Identifier: Apache-2.0
#include "core/account/run_usage.h"

#include <gtest/gtest.h>

#include <cmath>

namespace perfwatch {
namespace {

RunUsage cpu(double seconds) {
  RunUsage usage;
  usage.user_seconds = seconds;
  return usage;
}

TEST(RunUsage, ReadsRusageInBlocksAndMicroseconds) {
  rusage usage{};
  usage.ru_utime = {1, 500000};
  usage.ru_stime = {0, 250000};
  usage.ru_inblock = 8;
  usage.ru_nvcsw = 3;
  const RunUsage sum = usage_of(usage, true);
  EXPECT_DOUBLE_EQ(sum.cpu_seconds(), 1.75);
  EXPECT_DOUBLE_EQ(sum.read_bytes, 4096);
  EXPECT_DOUBLE_EQ(sum.voluntary_switches, 3);
  EXPECT_TRUE(std::isnan(usage_of(usage, false).read_bytes)) << "not counted is not 0";
}

TEST(RunUsage, OneThatDoesNotTellMakesTheSumUnknown) {
  ProcessRecord silent;
  silent.user_seconds = 1;
  RunUsage sum = cpu(1);
  sum += usage_of(silent);
  EXPECT_DOUBLE_EQ(sum.user_seconds, 2);
  EXPECT_TRUE(std::isnan(sum.read_bytes));
}

TEST(RunUsage, HasNoSampledPeakOfAFewLooks) {
  EXPECT_DOUBLE_EQ(sampled_peak(kFewestLooks, 4096), 4096);
  EXPECT_TRUE(std::isnan(sampled_peak(kFewestLooks - 1, 4096)));
  EXPECT_TRUE(std::isnan(sampled_peak(1000, 0))) << "nobody told theirs";
}

TEST(RunUsage, AgreesWithinATenthOfAPercentAndATick) {
  EXPECT_TRUE(agree(cpu(100.109), cpu(100), 1));
  EXPECT_FALSE(agree(cpu(100.111), cpu(100), 1));
  EXPECT_TRUE(agree(cpu(0.009), cpu(0), 1));
  EXPECT_FALSE(agree(cpu(99.88), cpu(100), 1));
}

}  // namespace
}  // namespace perfwatch
