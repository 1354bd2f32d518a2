// SPDX-License-Identifier: Apache-2.0
#include "core/collect/load.h"

#include <gtest/gtest.h>

#include "tests/core/collect/value_of.h"
#include "tests/support/temp_tree.h"

namespace perfwatch {
namespace {

using test::TempTree;
using test::value_of;

TEST(ParseLoad, ReadsTheThreeAverages) {
  const auto load = parse_load("0.28 10.11 100.04 2/103 7123\n");
  ASSERT_TRUE(load);
  EXPECT_DOUBLE_EQ(load->one_minute, 0.28);
  EXPECT_DOUBLE_EQ(load->five_minutes, 10.11);
  EXPECT_DOUBLE_EQ(load->fifteen_minutes, 100.04);
}

TEST(ParseLoad, RefusesWhatTheKernelNeverWrites) {
  for (const auto text : {"", "\n", "0.28 0.11", "0.28 0.11 x", "-0.28 0.11 0.04", "nan 0.11 0.04",
                          "inf 0.11 0.04", "1e300 0.11 0.04"}) {
    const auto load = parse_load(text);
    ASSERT_FALSE(load) << text;
    EXPECT_EQ(load.error().kind, ErrorKind::malformed);
  }
}

TEST(LoadCollector, GivesOneSeriesPerWindow) {
  TempTree tree{{"loadavg", "0.28 0.11 0.04 2/103 7123\n"}};
  LoadCollector collector({.procfs = tree.path()});
  const auto samples = collector.collect(Instant{});
  ASSERT_TRUE(samples);
  EXPECT_EQ(value_of(*samples, "perfwatch_load_average", {"1m"}), 0.28);
  EXPECT_EQ(value_of(*samples, "perfwatch_load_average", {"5m"}), 0.11);
  EXPECT_EQ(value_of(*samples, "perfwatch_load_average", {"15m"}), 0.04);
}

TEST(LoadCollector, SaysWhichFileIsMalformed) {
  TempTree tree{{"loadavg", "garbage\n"}};
  LoadCollector collector({.procfs = tree.path()});
  const auto samples = collector.collect(Instant{});
  ASSERT_FALSE(samples);
  EXPECT_EQ(samples.error().text, "parsing " + tree.path() + "/loadavg: not three load averages");
}

}  // namespace
}  // namespace perfwatch
