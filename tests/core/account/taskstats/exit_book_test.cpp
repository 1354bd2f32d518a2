// SPDX-License-Identifier: Apache-2.0
#include "core/account/taskstats/exit_book.h"

#include <gtest/gtest.h>

namespace perfwatch {
namespace {

using std::chrono::seconds;
constexpr std::uint64_t kTick = 4'000'000;
const ExitBook::Time kStart{seconds(1000)};

ExitRecord record_of(std::int32_t tid, std::int32_t pid, bool last, std::uint64_t run_us) {
  ExitRecord record;
  record.thread.tid = tid;
  record.thread.pid = pid;
  record.thread.last = last;
  record.thread.comm = {static_cast<char>('a' + tid % 10)};
  record.thread.exit_code = tid;
  record.thread.run_nanoseconds = run_us * 1000;
  record.thread.minor_faults = 1;
  record.thread.process_lived_microseconds = 2'000'000;
  record.thread.peak_resident_kib = 10;
  return record;
}

ProcEvent exit_event(std::int32_t tid, std::int32_t pid, int code) {
  ProcEvent event;
  event.kind = ProcKind::ended;
  event.tid = tid;
  event.pid = pid;
  event.exit_code = code;
  return event;
}

class Book : public testing::Test {
 protected:
  ExitBook book{kTick};
};

TEST_F(Book, HoldsAProcessUntilItsEvent) {
  book.take(record_of(100, 100, true, 500), kStart);
  EXPECT_FALSE(book.end(101));
  const auto ended = book.end(100);
  ASSERT_TRUE(ended);
  EXPECT_EQ(ended->sum.run_nanoseconds, 500'000U);
  EXPECT_TRUE(ended->has_first);
  EXPECT_FALSE(book.end(100));
  EXPECT_EQ(book.held(), 0U);
}

TEST_F(Book, SumsThreadsAndHasTheFirstOnesName) {
  book.take(record_of(100, 100, false, 500), kStart);  // the first thread leaves first
  EXPECT_FALSE(book.end(100));
  EXPECT_TRUE(book.knows(100));
  book.take(record_of(101, 100, false, 300), kStart);
  book.take(record_of(102, 100, true, 200), kStart);
  const auto ended = book.end(102);
  ASSERT_TRUE(ended);
  EXPECT_FALSE(book.knows(100));
  EXPECT_EQ(ended->sum.run_nanoseconds, 1'000'000U);
  EXPECT_EQ(ended->sum.minor_faults, 3U);
  EXPECT_EQ(view(ended->sum.comm), "a");
  EXPECT_EQ(ended->sum.exit_code, 100);
  EXPECT_EQ(ended->last.tid, 102);
}

TEST_F(Book, TakesTheKernelsSumWhenThreadsEndedBeforeItListened) {
  auto record = record_of(100, 100, true, 500);
  record.process_run_nanoseconds = 9'000'000;
  book.take(record, kStart);
  EXPECT_EQ(book.end(100)->sum.run_nanoseconds, 9'000'000U);
}

TEST_F(Book, GivesUpWaitingForAnEvent) {
  book.take(record_of(100, 100, true, 500), kStart);
  book.take(record_of(200, 200, true, 500), kStart + seconds(2));
  const auto first = book.end_older(kStart + seconds(1));
  ASSERT_TRUE(first);
  EXPECT_EQ(first->last.pid, 100);
  EXPECT_FALSE(book.end_older(kStart + seconds(1)));
}

TEST_F(Book, EndsBothWhenATidIsGivenAgainBeforeAnyEvent) {
  book.take(record_of(100, 100, true, 500), kStart);
  book.take(record_of(100, 100, true, 900), kStart);
  EXPECT_EQ(book.held(), 2U);
  EXPECT_EQ(book.end_older(kStart)->sum.run_nanoseconds, 500'000U);
  EXPECT_FALSE(book.end_older(kStart));
  EXPECT_EQ(book.end(100)->sum.run_nanoseconds, 900'000U);
  EXPECT_EQ(book.held(), 0U);
}

TEST_F(Book, EndsWhoHadTheTidFirstFirst) {
  book.take(record_of(100, 100, true, 500), kStart);
  book.take(record_of(100, 100, true, 900), kStart);
  EXPECT_EQ(book.end(100)->sum.run_nanoseconds, 500'000U);
  EXPECT_EQ(book.end(100)->sum.run_nanoseconds, 900'000U);
}

// Its first thread's event came when all records were there: it was taken for a process without a
// record, and counted twice.
TEST_F(Book, KnowsAProcessWhoseThreadsOutlivedTheFirstUntilTheLastOnesEvent) {
  book.take(record_of(100, 100, false, 500), kStart);
  book.take(record_of(101, 100, true, 300), kStart);
  EXPECT_FALSE(book.end(100));
  EXPECT_TRUE(book.knows(100));
  EXPECT_TRUE(book.end(101));
  EXPECT_FALSE(book.knows(100));
}

TEST_F(Book, ForgetsThreadsOfProcessesThatAreNoMore) {
  book.take(record_of(101, 100, false, 500), kStart);
  book.take(record_of(201, 200, false, 500), kStart);
  const auto exists = [](std::int32_t pid) { return pid == 200; };
  book.forget(kStart, exists);
  EXPECT_TRUE(book.knows(100));
  book.forget(kStart + seconds(1), exists);
  EXPECT_FALSE(book.knows(100));
  EXPECT_TRUE(book.knows(200));
}

TEST(MakeExit, HasTheStatusOfTheLastThreadAsTheGroupsIs) {
  ExitBook book(kTick);
  book.take(record_of(100, 100, false, 500), kStart);
  book.take(record_of(101, 100, true, 500), kStart);
  const auto ended = book.end(101);
  const auto event = exit_event(101, 100, 3 << 8);
  TreeProcess process;
  process.key = {100, 77};
  process.image = 5;
  process.cgroup = 6;
  process.uid = 7;
  const auto exit = make_exit(*ended, process, &event, {});
  EXPECT_EQ(exit.wait_status, 3 << 8);
  EXPECT_EQ(exit.last.key, process.key);
  EXPECT_EQ(exit.last.image, 5U);
  EXPECT_EQ(exit.last.cgroup, 6U);
  EXPECT_EQ(exit.last.uid, 7U);
  EXPECT_EQ(exit.lived_seconds, 2.0);
  EXPECT_EQ(exit.peak_resident_bytes, 10 * 1024U);
  EXPECT_FALSE(exit.max_resident_bytes);
  EXPECT_EQ(make_exit(*ended, process, nullptr, {}).wait_status, 100);
}

TEST(MakeExit, LeavesOutWhatTheKernelDoesNotTell) {
  ExitBook book(kTick);
  auto record = record_of(101, 100, true, 500);
  record.thread.peak_resident_kib = 0;
  book.take(record, kStart);
  const auto exit = make_exit(*book.end(101), {}, nullptr, {.io_counted = false});
  EXPECT_FALSE(exit.wait_status);  // the first thread's record is not there
  EXPECT_FALSE(exit.peak_resident_bytes);
  EXPECT_FALSE(exit.last.read_bytes);
  EXPECT_FALSE(exit.last.written_bytes);
}

TEST(MakeExit, AddsTheTeardownThatPassedBeforeTheEvent) {
  ExitBook book(kTick);
  book.take(record_of(100, 100, true, 500), kStart);
  const auto ended = book.end(100);
  TreeProcess process;
  process.fork_nanoseconds = 1'000'000;
  auto event = exit_event(100, 100, 0);
  event.nanoseconds = process.fork_nanoseconds + 2'000'000'000 + 15'000;
  const auto exit = make_exit(*ended, process, &event, {});
  EXPECT_NEAR(exit.last.user_seconds + exit.last.system_seconds, 515e-6, 1e-9);
}

// A shell that waited for its last child ran on for 30 us, not for a quarter of its mean stretch:
// with that, builds came out 1.5 % above what they took.
TEST(MakeExit, LetsTheLastStretchOfAWaitingProcessBeginWithTheEndOfItsChild) {
  ExitBook book(kTick);
  auto record = record_of(100, 100, true, 1000);
  record.thread.lived_microseconds = 2'000'000;
  record.thread.voluntary_switches = 1;
  book.take(record, kStart);
  const auto ended = book.end(100);
  TreeProcess process;
  process.fork_nanoseconds = 1'000'000;
  auto event = exit_event(100, 100, 0);
  event.nanoseconds = process.fork_nanoseconds + 2'000'000'000;
  const auto cpu_seconds = [&] {
    const auto exit = make_exit(*ended, process, &event, {});
    return exit.last.user_seconds + exit.last.system_seconds;
  };
  EXPECT_NEAR(cpu_seconds(), 1250e-6, 1e-9);
  process.others_end_nanoseconds = event.nanoseconds - 30'000;
  EXPECT_NEAR(cpu_seconds(), 1030e-6, 1e-9);
}

}  // namespace
}  // namespace perfwatch
