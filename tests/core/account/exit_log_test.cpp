// SPDX-License-Identifier: Apache-2.0
#include "core/account/exit_log.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <limits>
#include <string>

namespace perfwatch {
namespace {

using std::chrono::minutes;
using std::chrono::seconds;
using std::chrono::system_clock;

constexpr int kExited1 = 1 << 8;  // as wait(2) has it
constexpr int kKilled = 9;

Instant at(seconds since_start) {
  // A whole minute.
  return {std::chrono::steady_clock::time_point(since_start),
          system_clock::time_point(seconds(1'700'000'040) + since_start)};
}

ProcessExit ended(std::string_view name, double user = 0.5) {
  ProcessExit exit;
  std::memcpy(exit.last.comm.data(), name.data(), std::min(name.size(), kCommSize));
  exit.last.key = {4711, 99};
  exit.last.parent = 4700;
  exit.last.uid = 1000;
  exit.last.user_seconds = user;
  exit.last.system_seconds = 0.25;
  exit.last.read_bytes = 1000;
  exit.last.written_bytes = 24;
  exit.peak_resident_bytes = 4096;
  exit.wait_status = 0;
  exit.lived_seconds = 2;
  return exit;
}

std::uint64_t count_in(const ExitTable& table) {
  std::uint64_t sum = 0;
  for (const auto& minute : table.minutes) {
    for (const ExitKind& kind : minute->kinds) sum += kind.count;
  }
  return sum;
}

TEST(ExitLog, SumsWhatAKindOfProgramTook) {
  ExitLog log;
  ProcessExit second = ended("cc1plus", 1.5);
  second.peak_resident_bytes = 8192;
  log.add(ended("cc1plus"), "make", at(seconds(1)));
  log.add(second, "make", at(seconds(2)));
  const auto table = log.table(at(seconds(3)));
  ASSERT_EQ(table->minutes.size(), 1U);
  ASSERT_EQ(table->minutes[0]->kinds.size(), 1U);
  const ExitKind& kind = table->minutes[0]->kinds[0];
  EXPECT_EQ(view(kind.comm), "cc1plus");
  EXPECT_EQ(kind.group, "make");
  EXPECT_EQ(kind.count, 2U);
  EXPECT_EQ(kind.user_seconds, 2.0);
  EXPECT_EQ(kind.system_seconds, 0.5);
  EXPECT_EQ(kind.lived_seconds, 4.0);
  EXPECT_EQ(kind.lived_known, 2U);
  EXPECT_EQ(kind.read_bytes, 2000U);
  EXPECT_EQ(kind.written_bytes, 48U);
  EXPECT_EQ(kind.io_known, 2U);
  EXPECT_EQ(kind.largest_peak_bytes, 8192U);
  EXPECT_EQ(kind.peak_bytes_sum, 12288U);
  EXPECT_EQ(kind.peak_known, 2U);
  EXPECT_EQ(table->minutes[0]->start, at(seconds(0)).wall);
  EXPECT_EQ(table->since, at(seconds(1)).wall);
}

TEST(ExitLog, TellsFailedFromSignalledFromWell) {
  ExitLog log;
  for (const int status : {0, kExited1, kKilled, kKilled | 0x80}) {
    ProcessExit exit = ended("sh");
    exit.wait_status = status;
    log.add(exit, "g", at(seconds(0)));
  }
  ProcessExit unknown = ended("sh");
  unknown.wait_status.reset();
  log.add(unknown, "g", at(seconds(0)));
  const ExitKind kind = log.table(at(seconds(0)))->minutes[0]->kinds[0];
  EXPECT_EQ(kind.count, 5U);
  EXPECT_EQ(kind.failed, 1U);
  EXPECT_EQ(kind.signalled, 2U);
}

TEST(ExitLog, CountsWhatIsNotKnownNowhere) {
  ExitLog log;
  ProcessExit exit;
  exit.last.comm = {'x'};
  log.add(exit, "g", at(seconds(0)));
  const auto table = log.table(at(seconds(0)));
  const ExitKind& kind = table->minutes[0]->kinds[0];
  EXPECT_EQ(kind.count, 1U);
  EXPECT_EQ(kind.lived_known + kind.io_known + kind.peak_known, 0U);
  EXPECT_EQ(table->recent[0].lived_seconds, std::nullopt);
  EXPECT_EQ(table->recent[0].wait_status, std::nullopt);
}

TEST(ExitLog, AddsUpSummariesWithoutRecentOnes) {
  ExitLog log;
  ExitSummary forks;
  forks.count = 1000;
  forks.sum.comm = {'s', 'h'};
  forks.sum.user_seconds = 7;
  forks.failed = 3;
  forks.largest_peak_bytes = 4096;
  forks.lived_seconds = 10;
  log.add(forks, "g", at(seconds(0)));
  log.add(ExitSummary{}, "g", at(seconds(0)));
  log.add(ended("sh"), "g", at(seconds(0)));
  const auto table = log.table(at(seconds(0)));
  ASSERT_EQ(table->minutes[0]->kinds.size(), 1U);
  const ExitKind& kind = table->minutes[0]->kinds[0];
  EXPECT_EQ(kind.count, 1001U);
  EXPECT_EQ(kind.user_seconds, 7.5);
  EXPECT_EQ(kind.failed, 3U);
  EXPECT_EQ(kind.lived_seconds, 12);
  EXPECT_EQ(kind.lived_known, 1001U);
  EXPECT_EQ(kind.peak_known, 1U) << "a summary knows the largest, not the mean";
  EXPECT_EQ(kind.io_known, 1U);
  EXPECT_EQ(table->recent.size(), 1U);
}

TEST(ExitLog, IsNotPoisonedByTimesThatAreNone) {
  ExitLog log;
  for (const double wrong : {std::nan(""), -1.0, std::numeric_limits<double>::infinity(), 1e300}) {
    ProcessExit exit = ended("sh", wrong);
    exit.last.system_seconds = wrong;
    exit.lived_seconds = wrong;
    log.add(exit, "g", at(seconds(0)));
  }
  log.add(ended("sh"), "g", at(seconds(0)));
  const ExitKind kind = log.table(at(seconds(0)))->minutes[0]->kinds[0];
  EXPECT_EQ(kind.user_seconds, 0.5);
  EXPECT_EQ(kind.system_seconds, 0.25);
  EXPECT_EQ(kind.lived_seconds, 2);
}

TEST(ExitLog, RemembersTheLastExitsOldestFirst) {
  ExitLog log;
  for (int i = 0; i < 250; ++i) {
    ProcessExit exit = ended("sh");
    exit.last.key.pid = i;
    log.add(exit, "a group with a name that is long", at(seconds(i / 100)));
    const auto table = log.table(at(seconds(i / 100)));
    ASSERT_EQ(table->recent.back().key.pid, i);
  }
  const auto table = log.table(at(seconds(3)));
  ASSERT_EQ(table->recent.size(), ExitLog::kRecent);
  for (std::size_t i = 0; i < table->recent.size(); ++i) {
    ASSERT_EQ(table->recent[i].key.pid, static_cast<int>(i) + 50);
  }
  EXPECT_EQ(table->recent.back().group, "a group with a name that is long");
  EXPECT_EQ(table->recent.back().seen, at(seconds(2)).wall);
  EXPECT_EQ(table->recent.back().cpu_seconds, 0.75);
  EXPECT_EQ(table->recent.back().parent, 4700);
  EXPECT_EQ(table->recent.back().uid, 1000U);
}

TEST(ExitLog, SharesWhatHasNotChangedBetweenTables) {
  ExitLog log;
  log.add(ended("sh"), "g", at(seconds(59)));
  const auto first = log.table(at(seconds(59)));
  EXPECT_EQ(log.table(at(seconds(59))), first) << "nothing ended: the same table";
  log.add(ended("sh"), "g", at(seconds(61)));
  const auto second = log.table(at(seconds(61)));
  log.add(ended("sh"), "g", at(seconds(62)));
  const auto third = log.table(at(seconds(62)));
  ASSERT_EQ(first->minutes.size(), 1U);
  ASSERT_EQ(third->minutes.size(), 2U);
  EXPECT_EQ(third->minutes[0], first->minutes[0]) << "not copied";
  EXPECT_NE(third->minutes[1], second->minutes[1]);
  EXPECT_EQ(second->minutes[1]->kinds[0].count, 1U) << "a frame does not change";
  EXPECT_EQ(third->minutes[1]->kinds[0].count, 2U);
}

TEST(ExitLog, KeepsFifteenMinutesBesideTheOneThatGoesOn) {
  ExitLog log;
  for (int minute = 0; minute < 40; ++minute) log.add(ended("sh"), "g", at(minutes(minute)));
  const auto table = log.table(at(minutes(39)));
  ASSERT_EQ(table->minutes.size(), 16U);
  EXPECT_EQ(table->minutes.front()->start, at(minutes(24)).wall);
  EXPECT_EQ(table->minutes.back()->start, at(minutes(39)).wall);
}

TEST(ExitLog, ForgetsOldMinutesThoughNothingEnds) {
  ExitLog log;
  log.add(ended("sh"), "g", at(minutes(0)));
  EXPECT_EQ(log.table(at(minutes(1)))->minutes.size(), 1U);
  EXPECT_EQ(log.table(at(minutes(15)))->minutes.size(), 1U);
  EXPECT_EQ(log.table(at(minutes(16)))->minutes.size(), 0U);
  EXPECT_EQ(log.table(at(minutes(16)))->recent.size(), 1U);
  EXPECT_EQ(log.table(at(minutes(16)))->since, at(minutes(0)).wall);
}

TEST(ExitLog, HasAnEmptyTableBeforeAnythingEnds) {
  ExitLog log;
  const auto table = log.table(at(seconds(5)));
  EXPECT_TRUE(table->minutes.empty());
  EXPECT_TRUE(table->recent.empty());
  EXPECT_EQ(table->since, at(seconds(5)).wall);
  EXPECT_EQ(table->limited, 0U);
}

TEST(ExitLog, GoesOnInItsMinuteWhenTheClockIsSetBackByAMoment) {
  ExitLog log;
  log.add(ended("sh"), "g", at(seconds(60)));
  log.add(ended("sh"), "g", at(seconds(59)));
  log.add(ended("sh"), "g", at(seconds(61)));
  const auto table = log.table(at(seconds(61)));
  ASSERT_EQ(table->minutes.size(), 1U);
  EXPECT_EQ(table->minutes[0]->kinds[0].count, 3U);
}

TEST(ExitLog, MovesWithAClockThatIsSetBackFarther) {
  ExitLog log;
  log.add(ended("sh"), "g", at(minutes(600)));
  log.add(ended("sh"), "g", at(minutes(602)));
  const auto before = log.table(at(minutes(602)));
  log.add(ended("sh"), "g", at(minutes(2)));
  const auto after = log.table(at(minutes(2)));
  ASSERT_EQ(after->minutes.size(), 2U);
  EXPECT_EQ(after->minutes[0]->start, at(minutes(0)).wall);
  EXPECT_EQ(after->minutes[1]->start, at(minutes(2)).wall);
  EXPECT_EQ(after->minutes[1]->kinds[0].count, 2U);
  EXPECT_EQ(after->since, at(minutes(0)).wall);
  EXPECT_EQ(before->minutes[0]->start, at(minutes(600)).wall) << "a frame does not change";
}

TEST(ExitLog, SurvivesAClockThatJumpsAhead) {
  ExitLog log;
  log.add(ended("sh"), "g", at(minutes(0)));
  log.add(ended("sh"), "g", at(minutes(1'000'000)));
  EXPECT_EQ(count_in(*log.table(at(minutes(1'000'000)))), 1U);
}

TEST(ExitLog, SaysHowManyExitsLostTheirName) {
  ExitLog log;
  for (int i = 0; i < 1000; ++i) log.add(ended("k" + std::to_string(i)), "g", at(seconds(0)));
  const auto table = log.table(at(seconds(0)));
  EXPECT_EQ(count_in(*table), 1000U);
  EXPECT_GT(table->limited, 0U);
  EXPECT_LE(table->minutes[0]->kinds.size(), ExitKinds::kLimit);
}

TEST(ExitLog, RemembersWhenItMissedSome) {
  ExitLog log;
  log.add(ended("sh"), "sh", at(seconds(1)));
  const auto before = log.table(at(seconds(2)));
  EXPECT_EQ(before->missed, system_clock::time_point{}) << "never";
  log.missed(at(seconds(3)));
  EXPECT_EQ(log.table(at(seconds(4)))->missed, at(seconds(3)).wall);
  log.add(ended("sh"), "sh", at(seconds(500)));
  EXPECT_EQ(log.table(at(seconds(501)))->missed, at(seconds(3)).wall);
  EXPECT_EQ(before->missed, system_clock::time_point{}) << "another table";
}

}  // namespace
}  // namespace perfwatch
