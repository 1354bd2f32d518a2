// SPDX-License-Identifier: Apache-2.0
#include "core/collect/memory.h"

#include <gtest/gtest.h>

#include "tests/core/collect/value_of.h"
#include "tests/support/temp_tree.h"

namespace perfwatch {
namespace {

using test::item_errors;
using test::TempTree;
using test::value_of;

constexpr double kPageBytes = 4096;
constexpr std::string_view kMeminfo =
    "MemTotal:       24682416 kB\n"
    "MemFree:        23965048 kB\n"
    "MemAvailable:   24201556 kB\n"
    "Cached:           411964 kB\n"
    "SwapCached:            7 kB\n"
    "SwapTotal:          2048 kB\n"
    "SwapFree:           1024 kB\n"
    "Dirty:              2452 kB\n"
    "HugePages_Total:       0\n";
constexpr std::string_view kVmstat =
    "pgpgin 17\npswpin 2\npswpout 3\npgmajfault 1106\noom_kill 1\n";

TEST(ParseMeminfo, ReadsKnownLinesAndSkipsTheRest) {
  const auto info = parse_meminfo(kMeminfo);
  ASSERT_TRUE(info);
  EXPECT_EQ(info->total, 24682416U);
  EXPECT_EQ(info->available, 24201556U);
  EXPECT_EQ(info->free, 23965048U);
  EXPECT_EQ(info->cached, 411964U);
  EXPECT_EQ(info->dirty, 2452U);
  EXPECT_EQ(info->swap_total, 2048U);
  EXPECT_EQ(info->swap_free, 1024U);
}

TEST(ParseMeminfo, LeavesAvailableAbsentOnAnOldKernel) {
  EXPECT_FALSE(parse_meminfo("MemTotal: 1 kB\nMemFree: 1 kB\n")->available);
}

TEST(ParseMeminfo, RefusesATextWithoutTheTotal) {
  EXPECT_FALSE(parse_meminfo(""));
  EXPECT_FALSE(parse_meminfo("MemFree: 1 kB\n"));
  EXPECT_FALSE(parse_meminfo("MemTotal: -1 kB\n"));
  EXPECT_FALSE(parse_meminfo("MemTotal: 99999999999999999999999 kB\n"));
}

TEST(ParseVmstat, ReadsKnownLinesAndRefusesATextWithNone) {
  const auto events = parse_vmstat(kVmstat);
  ASSERT_TRUE(events);
  EXPECT_EQ(events->pages_swapped_in, 2U);
  EXPECT_EQ(events->pages_swapped_out, 3U);
  EXPECT_EQ(events->oom_kills, 1U);
  EXPECT_EQ(events->major_faults, 1106U);
  EXPECT_FALSE(parse_vmstat("pswpin 2\n")->oom_kills) << "before 4.13";
  EXPECT_FALSE(parse_vmstat("nr_free_pages 1\n"));
}

TEST(MemoryCollector, CountsInBytes) {
  TempTree tree{{"meminfo", kMeminfo}, {"vmstat", kVmstat}};
  MemoryCollector collector({.procfs = tree.path()}, kPageBytes);
  const auto samples = collector.collect(Instant{});
  ASSERT_TRUE(samples);
  EXPECT_EQ(value_of(*samples, "perfwatch_memory_total_bytes"), 24682416.0 * 1024);
  EXPECT_EQ(value_of(*samples, "perfwatch_memory_available_bytes"), 24201556.0 * 1024);
  EXPECT_EQ(value_of(*samples, "perfwatch_memory_free_bytes"), 23965048.0 * 1024);
  EXPECT_EQ(value_of(*samples, "perfwatch_memory_cached_bytes"), 411964.0 * 1024);
  EXPECT_EQ(value_of(*samples, "perfwatch_memory_dirty_bytes"), 2452.0 * 1024);
  EXPECT_EQ(value_of(*samples, "perfwatch_swap_total_bytes"), 2048.0 * 1024);
  EXPECT_EQ(value_of(*samples, "perfwatch_swap_free_bytes"), 1024.0 * 1024);
  EXPECT_EQ(value_of(*samples, "perfwatch_swap_read_bytes_total"), 2.0 * 4096);
  EXPECT_EQ(value_of(*samples, "perfwatch_swap_written_bytes_total"), 3.0 * 4096);
  EXPECT_EQ(value_of(*samples, "perfwatch_oom_kills_total"), 1);
  EXPECT_EQ(value_of(*samples, "perfwatch_major_faults_total"), 1106);
}

TEST(MemoryCollector, GoesOnWithoutVmstatAndSaysSo) {
  TempTree tree{{"meminfo", kMeminfo}};
  MemoryCollector collector({.procfs = tree.path()}, kPageBytes);
  const auto samples = collector.collect(Instant{});
  ASSERT_TRUE(samples);
  EXPECT_EQ(value_of(*samples, "perfwatch_swap_total_bytes"), 2048.0 * 1024);
  EXPECT_EQ(value_of(*samples, "perfwatch_oom_kills_total"), std::nullopt);
  EXPECT_EQ(item_errors(*samples, ErrorKind::unsupported), 1U);
  EXPECT_EQ(samples->item_error_text,
            "reading " + tree.path() + "/vmstat: No such file or directory");
}

}  // namespace
}  // namespace perfwatch
