// SPDX-License-Identifier: Apache-2.0
#include "core/collect/pressure.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/core/collect/value_of.h"
#include "tests/support/temp_tree.h"

namespace perfwatch {
namespace {

using test::item_errors;
using test::TempTree;
using test::value_of;
using testing::HasSubstr;

constexpr std::string_view kBoth =
    "some avg10=1.30 avg60=0.96 avg300=0.64 total=7851758\n"
    "full avg10=0.50 avg60=0.25 avg300=0.05 total=1000000\n";
constexpr std::string_view kSomeOnly = "some avg10=2.00 avg60=0.96 avg300=0.64 total=500000\n";

TEST(ParsePressure, ReadsBothLines) {
  const auto pressure = parse_pressure(kBoth);
  ASSERT_TRUE(pressure);
  EXPECT_EQ(pressure->some.percent, (std::array{1.30, 0.96, 0.64}));
  EXPECT_EQ(pressure->some.total_microseconds, 7851758U);
  ASSERT_TRUE(pressure->full);
  EXPECT_EQ(pressure->full->percent, (std::array{0.50, 0.25, 0.05}));
  EXPECT_EQ(pressure->full->total_microseconds, 1000000U);
}

TEST(ParsePressure, TakesCpuWithoutFullAsBefore513) {
  const auto pressure = parse_pressure(kSomeOnly);
  ASSERT_TRUE(pressure);
  EXPECT_FALSE(pressure->full);
}

TEST(ParsePressure, SkipsUnknownLinesAndWords) {
  const auto pressure = parse_pressure(
      "most avg10=9.00\nsome avg10=1.00 avg30=7.00 new avg60=2.00 avg300=3.00 total=4\n");
  ASSERT_TRUE(pressure);
  EXPECT_EQ(pressure->some.percent, (std::array{1.0, 2.0, 3.0}));
}

TEST(ParsePressure, RefusesLinesThatAreNotWhole) {
  EXPECT_FALSE(parse_pressure(""));
  EXPECT_FALSE(parse_pressure("some avg10=1.30 avg60=0.96 avg300=0.64\n"));
  EXPECT_FALSE(parse_pressure("some avg10=-1.30 avg60=0.96 avg300=0.64 total=1\n"));
  EXPECT_FALSE(parse_pressure("some avg10=nan avg60=0.96 avg300=0.64 total=1\n"));
  EXPECT_FALSE(parse_pressure(std::string(kSomeOnly) + "full avg10=0.0"));
}

TEST(PressureCollector, CountsInSecondsAndRatios) {
  TempTree tree{{"pressure/cpu", kSomeOnly}, {"pressure/memory", kBoth}, {"pressure/io", kBoth}};
  PressureCollector collector({.procfs = tree.path()});
  const auto samples = collector.collect(Instant{});
  ASSERT_TRUE(samples);
  constexpr auto kSeconds = "perfwatch_pressure_stall_seconds_total";
  constexpr auto kRatio = "perfwatch_pressure_stall_ratio";
  EXPECT_EQ(value_of(*samples, kSeconds, {"memory", "some"}), 7.851758);
  EXPECT_EQ(value_of(*samples, kSeconds, {"io", "full"}), 1);
  EXPECT_EQ(value_of(*samples, kSeconds, {"cpu", "some"}), 0.5);
  EXPECT_EQ(value_of(*samples, kSeconds, {"cpu", "full"}), std::nullopt);
  EXPECT_EQ(value_of(*samples, kRatio, {"memory", "full", "10s"}), 0.005);
  EXPECT_EQ(value_of(*samples, kRatio, {"memory", "full", "60s"}), 0.0025);
  EXPECT_EQ(value_of(*samples, kRatio, {"cpu", "some", "10s"}), 0.02);
  EXPECT_EQ(value_of(*samples, kRatio, {"cpu", "full", "300s"}), std::nullopt);
}

TEST(PressureCollector, SaysHowToSwitchItOn) {
  TempTree tree;
  PressureCollector collector({.procfs = tree.path()});
  const auto samples = collector.collect(Instant{});
  ASSERT_FALSE(samples);
  EXPECT_EQ(samples.error().kind, ErrorKind::unsupported);
  EXPECT_THAT(samples.error().text, HasSubstr("psi=1 on the kernel command line"));
  EXPECT_THAT(samples.error().text, HasSubstr(tree.path() + "/pressure/cpu"));
}

TEST(PressureCollector, GoesOnWithoutOneResource) {
  TempTree tree{{"pressure/cpu", kBoth}, {"pressure/memory", "garbage\n"}, {"pressure/io", kBoth}};
  PressureCollector collector({.procfs = tree.path()});
  const auto samples = collector.collect(Instant{});
  ASSERT_TRUE(samples);
  EXPECT_EQ(value_of(*samples, "perfwatch_pressure_stall_seconds_total", {"cpu", "full"}), 1);
  EXPECT_EQ(value_of(*samples, "perfwatch_pressure_stall_seconds_total", {"memory", "some"}),
            std::nullopt);
  EXPECT_EQ(item_errors(*samples, ErrorKind::malformed), 1U);
}

TEST(PressureCollector, ReportsGarbageAsGarbageWhenNothingElseIsThere) {
  TempTree tree{{"pressure/io", "garbage\n"}};
  PressureCollector collector({.procfs = tree.path()});
  const auto samples = collector.collect(Instant{});
  ASSERT_FALSE(samples);
  EXPECT_EQ(samples.error().kind, ErrorKind::malformed);
}

}  // namespace
}  // namespace perfwatch
