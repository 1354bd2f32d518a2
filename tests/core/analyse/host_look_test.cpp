// SPDX-License-Identifier: Apache-2.0
#include "core/analyse/host_look.h"

#include <gtest/gtest.h>

namespace perfwatch {
namespace {

using std::chrono::milliseconds;
using Time = std::chrono::steady_clock::time_point;

class HostLookTest : public ::testing::Test {
 protected:
  HostLookTest() {
    LoadBounds bounds;
    bounds.memory_used_ratio = 0.95;
    bounds.memory_watched_ratio = 0.90;
    bounds.some_stall[1] = 0.4;
    look.set_bounds(bounds);
    glance.cpu_time = 1000;
    glance.idle_time = 500;
    glance.forks = 70;
    glance.memory_used_ratio = 0.2;
    glance.stall_microseconds = {1'000'000, 2'000'000, 3'000'000};
    static_cast<void>(look.see(glance));
  }
  HostLook::Verdict pass(milliseconds time, std::uint64_t busy, std::uint64_t idle) {
    glance.at += time;
    *glance.cpu_time += busy + idle;
    *glance.idle_time += idle;
    return look.see(glance);
  }

  HostLook look;
  Glance glance{};
};

constexpr milliseconds kHalf{500};

TEST_F(HostLookTest, SeesNothingOnACalmHost) {
  for (int i = 0; i < 5; ++i) {
    const auto verdict = pass(kHalf, 10, 90);
    EXPECT_FALSE(verdict.at_a_bound || verdict.exec_burst || verdict.pressure_at_a_bound);
    for (const bool pressure : verdict.pressure) EXPECT_FALSE(pressure);
  }
}

TEST_F(HostLookTest, SeesBusyCpusWithinOneLook) {
  EXPECT_FALSE(pass(kHalf, 79, 21).at_a_bound);
  EXPECT_TRUE(pass(kHalf, 80, 20).at_a_bound);
  EXPECT_FALSE(pass(kHalf, 10, 90).at_a_bound);
}

TEST_F(HostLookTest, SeesMemoryBeforeItsRuleIsRaised) {
  glance.memory_used_ratio = 0.89;
  EXPECT_FALSE(pass(kHalf, 10, 90).at_a_bound);
  glance.memory_used_ratio = 0.90;
  EXPECT_TRUE(pass(kHalf, 10, 90).at_a_bound);
}

TEST_F(HostLookTest, IsSilentOfWhatARoundFound) {
  HostLoad load;
  load.busy_ratio = 0.9;
  look.learn(load);
  EXPECT_FALSE(pass(kHalf, 90, 10).at_a_bound);
  load.busy_ratio = 0.75;
  look.learn(load);
  EXPECT_FALSE(pass(kHalf, 90, 10).at_a_bound) << "not well below yet";
  look.learn(HostLoad{});
  EXPECT_FALSE(pass(kHalf, 90, 10).at_a_bound) << "a round that found nothing";
  load.busy_ratio = 0.69;
  look.learn(load);
  EXPECT_TRUE(pass(kHalf, 90, 10).at_a_bound);
}

TEST_F(HostLookTest, TellsOfMemoryThoughTheCpusAreKnownToBeBusy) {
  HostLoad load;
  load.busy_ratio = 0.9;
  load.memory_used_ratio = 0.5;
  look.learn(load);
  glance.memory_used_ratio = 0.92;
  EXPECT_TRUE(pass(kHalf, 90, 10).at_a_bound);
  load.memory_used_ratio = 0.92;
  look.learn(load);
  EXPECT_FALSE(pass(kHalf, 90, 10).at_a_bound);
}

TEST_F(HostLookTest, CountsForksOfASecond) {
  *glance.forks += 60;
  EXPECT_FALSE(pass(kHalf, 10, 90).exec_burst);
  *glance.forks += 60;
  EXPECT_TRUE(pass(kHalf, 10, 90).exec_burst) << "120 in a second, 60 in each half";
  EXPECT_FALSE(pass(kHalf, 10, 90).exec_burst);
  *glance.forks += 100;
  EXPECT_TRUE(pass(kHalf, 10, 90).exec_burst) << "all in one half";
}

TEST_F(HostLookTest, WantsAsManyForksInEachSecondOfALongerTime) {
  pass(milliseconds(4000), 10, 90);
  *glance.forks += 700;
  EXPECT_FALSE(pass(milliseconds(4000), 10, 90).exec_burst);
  *glance.forks += 100;
  EXPECT_TRUE(pass(milliseconds(4000), 10, 90).exec_burst) << "800 in 8 s";
}

TEST_F(HostLookTest, SeesStallWhereItIsToldOf) {
  glance.stall_microseconds = {1'149'000, 2'150'000, std::nullopt};
  const auto verdict = pass(kHalf, 10, 90);
  EXPECT_FALSE(verdict.pressure[0]);
  EXPECT_TRUE(verdict.pressure[1]);
  EXPECT_FALSE(verdict.pressure[2]);
  EXPECT_FALSE(verdict.pressure_at_a_bound);
  *glance.stall_microseconds[1] += 250'000;
  EXPECT_TRUE(pass(kHalf, 10, 90).pressure_at_a_bound) << "400 ms of this second";
}

TEST_F(HostLookTest, TakesCountersThatGoBackForNoNews) {
  glance.cpu_time = 10;
  glance.idle_time = 0;
  glance.forks = 0;
  glance.stall_microseconds = {0, 0, 0};
  glance.at += kHalf;
  const auto verdict = look.see(glance);
  EXPECT_FALSE(verdict.at_a_bound || verdict.exec_burst || verdict.pressure[0]);
}

TEST_F(HostLookTest, SaysNothingOfTheFirstLook) {
  HostLook fresh;
  Glance first;
  first.cpu_time = 1'000'000;
  first.idle_time = 0;
  first.forks = 1'000'000;
  const auto verdict = fresh.see(first);
  EXPECT_FALSE(verdict.at_a_bound || verdict.exec_burst);
}

}  // namespace
}  // namespace perfwatch
