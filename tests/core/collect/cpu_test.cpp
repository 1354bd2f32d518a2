// SPDX-License-Identifier: Apache-2.0
#include "core/collect/cpu.h"

#include <gtest/gtest.h>

#include "tests/core/collect/value_of.h"
#include "tests/support/temp_tree.h"

namespace perfwatch {
namespace {

using test::TempTree;
using test::value_of;

constexpr double kTicksPerSecond = 100;
constexpr std::string_view kStat =
    "cpu  6460 12 1898 208734 891 3 54 7 400 0\n"
    "cpu0 3091 6 1008 104252 637 0 14 4 0 0\n"
    "cpu1 3369 6 889 104482 254 3 39 3 0 0\n"
    "intr 240106 0 0 0\n"
    "ctxt 419660\n"
    "btime 1795216586\n"
    "processes 7120\n"
    "procs_running 2\n"
    "procs_blocked 1\n"
    "softirq 154938 0 15474\n";

TEST(ParseCpu, ReadsTimesCoresAndCounters) {
  const auto stat = parse_cpu(kStat);
  ASSERT_TRUE(stat);
  EXPECT_EQ(stat->ticks, (CpuTimes{6460, 12, 1898, 208734, 891, 3, 54, 7}));
  EXPECT_EQ(stat->cores, 2U);
  EXPECT_EQ(stat->context_switches, 419660U);
  EXPECT_EQ(stat->boot_time, 1795216586U);
  EXPECT_EQ(stat->forks, 7120U);
  EXPECT_EQ(stat->running, 2U);
  EXPECT_EQ(stat->blocked, 1U);
}

TEST(ParseCpu, LeavesAbsentWhatAnOldKernelLacks) {
  const auto stat = parse_cpu("cpu 1 2 3 4\n");
  ASSERT_TRUE(stat);
  EXPECT_EQ(stat->ticks[3], 4U);
  EXPECT_FALSE(stat->ticks[4]);
  EXPECT_FALSE(stat->ticks[7]);
  EXPECT_FALSE(stat->context_switches);
}

TEST(ParseCpu, TakesNumbersOverTheRangeAsAbsent) {
  const auto stat = parse_cpu("cpu 1 18446744073709551615 18446744073709551616 -4\n");
  ASSERT_TRUE(stat);
  EXPECT_EQ(stat->ticks[1], UINT64_MAX);
  EXPECT_FALSE(stat->ticks[2]);
  EXPECT_FALSE(stat->ticks[3]);
}

TEST(ParseCpu, RefusesATextWithoutTheTotal) {
  EXPECT_FALSE(parse_cpu(""));
  EXPECT_FALSE(parse_cpu("cpu0 1 2 3 4\nctxt 1\n"));
  EXPECT_FALSE(parse_cpu("cpu\n"));
}

TEST(CpuCollector, CountsInSeconds) {
  TempTree tree{{"stat", kStat}};
  CpuCollector collector({.procfs = tree.path()}, kTicksPerSecond);
  const auto samples = collector.collect(Instant{});
  ASSERT_TRUE(samples);
  EXPECT_EQ(value_of(*samples, "perfwatch_cpu_seconds_total", {"user"}), 64.6);
  EXPECT_EQ(value_of(*samples, "perfwatch_cpu_seconds_total", {"steal"}), 0.07);
  EXPECT_EQ(value_of(*samples, "perfwatch_cpu_cores"), 2);
  EXPECT_EQ(value_of(*samples, "perfwatch_context_switches_total"), 419660);
  EXPECT_EQ(value_of(*samples, "perfwatch_forks_total"), 7120);
  EXPECT_EQ(value_of(*samples, "perfwatch_boot_time_seconds"), 1795216586);
  EXPECT_EQ(value_of(*samples, "perfwatch_processes_running"), 2);
  EXPECT_EQ(value_of(*samples, "perfwatch_processes_blocked"), 1);
}

TEST(CpuCollector, LeavesOutWhatIsNotKnown) {
  TempTree tree{{"stat", "cpu 1 2 3 4\n"}};
  CpuCollector collector({.procfs = tree.path()}, kTicksPerSecond);
  const auto samples = collector.collect(Instant{});
  ASSERT_TRUE(samples);
  EXPECT_EQ(value_of(*samples, "perfwatch_cpu_seconds_total", {"iowait"}), std::nullopt);
  EXPECT_EQ(value_of(*samples, "perfwatch_cpu_cores"), std::nullopt);
}

TEST(CpuCollector, HoldsACounterThatTheKernelCorrectsDownwards) {
  TempTree tree{{"stat", "cpu 0 0 0 5000 1000 0 0 0\n"}};
  CpuCollector collector({.procfs = tree.path()}, kTicksPerSecond);
  const auto iowait = [&](std::string_view text) {
    tree.write("stat", text);
    return value_of(*collector.collect(Instant{}), "perfwatch_cpu_seconds_total", {"iowait"});
  };
  EXPECT_EQ(iowait("cpu 0 0 0 5000 1000 0 0 0\n"), 10);
  EXPECT_EQ(iowait("cpu 0 0 0 5000 980 0 0 0\n"), 10);
  EXPECT_EQ(iowait("cpu 0 0 0 5000 1010 0 0 0\n"), 10.1);
  EXPECT_EQ(iowait("cpu 0 0 0 5000 200 0 0 0\n"), 2) << "a real reset shows";
}

}  // namespace
}  // namespace perfwatch
