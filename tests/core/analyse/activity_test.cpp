// SPDX-License-Identifier: Apache-2.0
#include "core/analyse/activity.h"

#include <gtest/gtest.h>

#include <initializer_list>

namespace perfwatch {
namespace {

using std::chrono::seconds;
using Time = std::chrono::steady_clock::time_point;

HostLoad at(int second, double busy, double memory = 0.5) {
  HostLoad load;
  load.at = Time(seconds(second));
  load.busy_ratio = busy;
  load.memory_used_ratio = memory;
  return load;
}

// Of the last of these rounds, 2 s apart.
Activity after(ActivityMeter& meter, std::initializer_list<HostLoad> rounds) {
  Activity activity;
  for (const auto& load : rounds) activity = meter.add(load);
  return activity;
}

TEST(ActivityMeter, KnowsNoChangeAfterOneRound) {
  ActivityMeter meter;
  const Activity activity = meter.add(at(0, 0.3));
  EXPECT_TRUE(is_absent(activity.change));
  EXPECT_EQ(activity.busy_ratio, 0.3);
  EXPECT_TRUE(is_absent(activity.celsius));
  EXPECT_TRUE(is_absent(activity.seconds_to_limit));
}

TEST(ActivityMeter, MeasuresAStepByWhatIsMaterial) {
  ActivityMeter meter;
  EXPECT_DOUBLE_EQ(after(meter, {at(0, 0.1), at(2, 0.6)}).change, 10) << "50 points by 5 %";
  ActivityMeter memory;
  EXPECT_NEAR(after(memory, {at(0, 0.1, 0.50), at(2, 0.1, 0.52)}).change, 4, 1e-9)
      << "2 % of the memory by 0.5 %";
}

TEST(ActivityMeter, TakesTheLargestOfAllThatIsWatched) {
  for (double HostLoad::*value :
       {&HostLoad::cpu_stall, &HostLoad::memory_stall, &HostLoad::io_stall}) {
    ActivityMeter meter;
    HostLoad before = at(0, 0.1);
    HostLoad now = at(2, 0.1);
    before.*value = 0;
    now.*value = 0.5;
    EXPECT_DOUBLE_EQ(after(meter, {before, now}).change, 10);
  }
  for (double HostLoad::*value :
       {&HostLoad::disk_bytes_per_second, &HostLoad::network_bytes_per_second}) {
    ActivityMeter meter;
    HostLoad before = at(0, 0.1);
    HostLoad now = at(2, 0.1);
    before.*value = 1e6;
    now.*value = 1e6 + 100 * 1024 * 1024;
    EXPECT_DOUBLE_EQ(after(meter, {before, now}).change, 10) << "100 MiB/s by 10 MiB/s";
  }
}

TEST(ActivityMeter, FindsNoChangeWhereNothingIsKnownTwice) {
  ActivityMeter meter;
  EXPECT_TRUE(is_absent(after(meter, {at(0, 0.1), at(2, kAbsent, kAbsent)}).change));
}

class Limit : public ::testing::Test {
 protected:
  Limit() {
    LoadBounds bounds;
    bounds.busy_ratio = 0.8;
    bounds.memory_used_ratio = 0.95;
    meter.set_bounds(bounds);
  }
  ActivityMeter meter;
};

TEST_F(Limit, IsAheadOfWhatRoseThreeTimes) {
  EXPECT_TRUE(is_absent(
      after(meter, {at(0, 0.1, 0.50), at(2, 0.1, 0.55), at(4, 0.1, 0.60)}).seconds_to_limit));
  EXPECT_NEAR(meter.add(at(6, 0.1, 0.65)).seconds_to_limit, 12, 1e-9)
      << "2.5 % a second, 30 % left";
}

TEST_F(Limit, IsTheFirstOfAll) {
  const auto activity =
      after(meter, {at(0, 0.1, 0.50), at(2, 0.3, 0.51), at(4, 0.5, 0.52), at(6, 0.7, 0.53)});
  EXPECT_NEAR(activity.seconds_to_limit, 1, 1e-9);
}

TEST_F(Limit, IsNotAheadOfWhatWavers) {
  EXPECT_TRUE(is_absent(
      after(meter, {at(0, 0.1, 0.50), at(2, 0.1, 0.55), at(4, 0.1, 0.54), at(6, 0.1, 0.60)})
          .seconds_to_limit));
}

TEST_F(Limit, IsNotAheadWhereItWasPassed) {
  EXPECT_TRUE(
      is_absent(after(meter, {at(0, 0.7), at(2, 0.85), at(4, 0.9), at(6, 0.95)}).seconds_to_limit));
}

TEST_F(Limit, IsNotKnownWithARoundMissing) {
  EXPECT_TRUE(is_absent(
      after(meter, {at(0, 0.1), at(2, kAbsent), at(4, 0.3), at(6, 0.4)}).seconds_to_limit));
}

TEST_F(Limit, IsOfOneWatchedValueAloneWhereOthersHaveNone) {
  ActivityMeter none;  // of memory
  EXPECT_TRUE(is_absent(
      after(none, {at(0, 0.1, 0.50), at(2, 0.1, 0.55), at(4, 0.1, 0.60), at(6, 0.1, 0.65)})
          .seconds_to_limit));
}

// Of the same rounds comes the same, and a copy goes on as the original.
TEST(ActivityMeter, IsDeterministic) {
  ActivityMeter one;
  ActivityMeter other;
  for (int i = 0; i < 50; ++i) {
    const HostLoad load = at(2 * i, 0.5 + 0.4 * ((i * 7919) % 13) / 13.0, 0.3 + 0.01 * i);
    const Activity a = one.add(load);
    const Activity b = other.add(load);
    EXPECT_TRUE(a.change == b.change || (is_absent(a.change) && is_absent(b.change)));
    if (i == 20) other = ActivityMeter(one);
  }
}

}  // namespace
}  // namespace perfwatch
