// SPDX-License-Identifier: Apache-2.0
#include "core/account/taskstats/exit_cpu.h"

#include <gtest/gtest.h>

#include <limits>

namespace perfwatch {
namespace {

constexpr std::uint64_t kTick = 4'000'000;

ThreadRecord record_of(std::uint64_t run_us, std::uint64_t lived_us, std::uint64_t queued_us,
                       std::uint64_t slept = 0) {
  ThreadRecord record;
  record.run_nanoseconds = run_us * 1000;
  record.lived_microseconds = lived_us;
  record.queued_nanoseconds = queued_us * 1000;
  record.voluntary_switches = slept;
  return record;
}

TEST(UnrecordedNanoseconds, AreAllThatWasNotWaitedForWhoNeverSlept) {
  EXPECT_EQ(unrecorded_nanoseconds(record_of(0, 1500, 300), kTick), 1'200'000U);
  EXPECT_EQ(unrecorded_nanoseconds(record_of(8000, 10'000, 0), kTick), 2'000'000U);
}

TEST(UnrecordedNanoseconds, AreAtMostATick) {
  EXPECT_EQ(unrecorded_nanoseconds(record_of(0, 50'000, 0), kTick), kTick);
}

TEST(UnrecordedNanoseconds, AreNoneWhereTheTimesContradict) {
  EXPECT_EQ(unrecorded_nanoseconds(record_of(2000, 1000, 0), kTick), 0U);
  EXPECT_EQ(unrecorded_nanoseconds(record_of(0, 1000, 2000), kTick), 0U);
}

TEST(UnrecordedNanoseconds, AreAQuarterOfTheMeanStretchForWhoSlept) {
  // 5 stretches of 200 us in a life of a second.
  EXPECT_EQ(unrecorded_nanoseconds(record_of(1000, 1'000'000, 0, 5), kTick), 50'000U);
  EXPECT_EQ(unrecorded_nanoseconds(record_of(0, 1'000'000, 0, 5), kTick), 0U);
  EXPECT_EQ(unrecorded_nanoseconds(record_of(900'000, 1'000'000, 0, 5), kTick), kTick);
}

TEST(UnrecordedNanoseconds, BeginForWhoSleptWithWhatItWaitedFor) {
  EXPECT_EQ(unrecorded_nanoseconds(record_of(1000, 1'000'000, 0, 5), kTick, 30'000), 30'000U);
  // Who never slept waited for nobody.
  EXPECT_EQ(unrecorded_nanoseconds(record_of(0, 1500, 300), kTick, 30'000), 1'200'000U);
}

TEST(UnrecordedNanoseconds, SurviveAnyNumbers) {
  constexpr auto kMost = std::numeric_limits<std::uint64_t>::max();
  ThreadRecord record;
  record.run_nanoseconds = kMost;
  record.lived_microseconds = kMost;
  record.voluntary_switches = kMost;
  record.involuntary_switches = kMost;
  EXPECT_LE(unrecorded_nanoseconds(record, kTick), kTick);
  record.run_nanoseconds = 0;
  EXPECT_LE(unrecorded_nanoseconds(record, kTick), kTick);
  EXPECT_GT(teardown_nanoseconds(kMost, kMost), 0U);
}

TEST(TeardownNanoseconds, AreThePassedOnesUpToWhatTheMemoryMakesLikely) {
  EXPECT_EQ(teardown_nanoseconds(15'000, 2000), 15'000U);
  EXPECT_EQ(teardown_nanoseconds(240'000, 1000), 240'000U);
  EXPECT_EQ(teardown_nanoseconds(9'000'000, 1000), 46'000U);
}

// On a busy host perfwatch looked 30 ms after each exec, and a build's compiler time of that long
// counted for its drivers.
TEST(CpuAtExec, IsAtMostTheTimeSinceTheFork) {
  const auto cpu = cpu_at_exec({0.02, 0.01}, {}, 1'500'000, 40'000'000);
  EXPECT_NEAR(cpu.total(), 0.0015, 1e-12);
  EXPECT_NEAR(cpu.user_seconds, 0.001, 1e-12);
  EXPECT_NEAR(cpu_at_exec({0.5, 0}, {0.4, 0}, 10'000'000, 200'000'000).total(), 0.41, 1e-12);
}

TEST(CpuAtExec, IsAllThatWasUsedWhereTheTimeAllowsIt) {
  EXPECT_EQ(cpu_at_exec({0.5, 0.25}, {}, 2'000'000'000, 40'000'000).total(), 0.75);
  EXPECT_EQ(cpu_at_exec({0.5, 0.25}, {}, 0, 40'000'000).total(), 0.75) << "no fork was seen";
  EXPECT_EQ(cpu_at_exec({0, 0}, {}, 1, 1).total(), 0);
}

TEST(CpuAtExec, IsAllButTheLateTimeForManyThreads) {
  // 8 threads for a second, then exec, read 40 ms later.
  EXPECT_NEAR(cpu_at_exec({8, 0}, {}, 1'000'000'000, 40'000'000).total(), 7.96, 1e-12);
}

TEST(SplitCpu, FollowsTheTicks) {
  const auto none = split_cpu(1'000'000'000, 0, 0, {});
  EXPECT_DOUBLE_EQ(none.user_seconds, 1);
  EXPECT_DOUBLE_EQ(none.system_seconds, 0);
  const auto system = split_cpu(1'000'000'000, 0, 4000, {});
  EXPECT_DOUBLE_EQ(system.user_seconds, 0);
  EXPECT_DOUBLE_EQ(system.system_seconds, 1);
  const auto both = split_cpu(1'000'000'000, 12'000, 4000, {});
  EXPECT_DOUBLE_EQ(both.user_seconds, 0.75);
  EXPECT_DOUBLE_EQ(both.system_seconds, 0.25);
}

TEST(SplitCpu, NeverGoesBackBehindWhatASweepHasShown) {
  const auto split =
      split_cpu(1'000'000'000, 4000, 12'000, {.user_seconds = 0.6, .system_seconds = 0.1});
  EXPECT_GE(split.user_seconds, 0.6 - 1e-12);
  EXPECT_DOUBLE_EQ(split.user_seconds + split.system_seconds, 1);
  const auto less = split_cpu(0, 0, 0, {.user_seconds = 0.6, .system_seconds = 0.1});
  EXPECT_DOUBLE_EQ(less.user_seconds, 0.6);
  EXPECT_DOUBLE_EQ(less.system_seconds, 0.1);
}

}  // namespace
}  // namespace perfwatch
