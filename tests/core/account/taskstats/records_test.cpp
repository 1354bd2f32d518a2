// SPDX-License-Identifier: Apache-2.0
#include "core/account/taskstats/records.h"

#include <gtest/gtest.h>

#include "tests/core/account/taskstats/messages.h"

namespace perfwatch {
namespace {

using test::aggregate;
using test::exit_message;
using test::proc_message;
using test::stats_of;

taskstats full_stats() {
  auto stats = stats_of(101, 100);
  stats.ac_flag = AGROUP | AFORK;
  stats.ac_exitcode = 3 << 8;
  stats.ac_uid = 1000;
  stats.ac_ppid = 99;
  stats.cpu_run_virtual_total = 1'500'000;
  stats.cpu_delay_total = 20;
  stats.ac_etime = 1600;
  stats.ac_tgetime = 1700;
  stats.ac_utime = 4000;
  stats.ac_stime = 8000;
  stats.ac_minflt = 5;
  stats.ac_majflt = 6;
  stats.nvcsw = 7;
  stats.nivcsw = 8;
  stats.read_bytes = 4096;
  stats.write_bytes = 8192;
  stats.hiwater_rss = 2048;
  return stats;
}

TEST(ParseExitRecord, TakesWhatTheKernelTellsOfAThread) {
  const auto record =
      parse_exit_record(exit_message({aggregate(TASKSTATS_TYPE_AGGR_PID, 101, full_stats())}));
  ASSERT_TRUE(record) << record.error().text;
  const auto& thread = record->thread;
  EXPECT_EQ(thread.tid, 101);
  EXPECT_EQ(thread.pid, 100);
  EXPECT_EQ(thread.parent, 99);
  EXPECT_EQ(thread.uid, 1000U);
  EXPECT_EQ(view(thread.comm), "cc1plus");
  EXPECT_TRUE(thread.last);
  EXPECT_TRUE(thread.forked);
  EXPECT_EQ(thread.exit_code, 3 << 8);
  EXPECT_EQ(thread.version, TASKSTATS_VERSION);
  EXPECT_EQ(thread.run_nanoseconds, 1'500'000U);
  EXPECT_EQ(thread.queued_nanoseconds, 20U);
  EXPECT_EQ(thread.lived_microseconds, 1600U);
  EXPECT_EQ(thread.process_lived_microseconds, 1700U);
  EXPECT_EQ(thread.user_microseconds, 4000U);
  EXPECT_EQ(thread.system_microseconds, 8000U);
  EXPECT_EQ(thread.minor_faults, 5U);
  EXPECT_EQ(thread.major_faults, 6U);
  EXPECT_EQ(thread.voluntary_switches, 7U);
  EXPECT_EQ(thread.involuntary_switches, 8U);
  EXPECT_EQ(thread.read_bytes, 4096U);
  EXPECT_EQ(thread.written_bytes, 8192U);
  EXPECT_EQ(thread.peak_resident_kib, 2048U);
  EXPECT_FALSE(record->process_run_nanoseconds);
}

TEST(ParseExitRecord, TakesTheRunTimeOfTheWholeProcess) {
  auto process = taskstats{};
  process.cpu_run_virtual_total = 9'000'000;
  const auto record =
      parse_exit_record(exit_message({aggregate(TASKSTATS_TYPE_AGGR_PID, 101, full_stats()),
                                      aggregate(TASKSTATS_TYPE_AGGR_TGID, 100, process)}));
  ASSERT_TRUE(record) << record.error().text;
  EXPECT_EQ(record->process_run_nanoseconds, 9'000'000U);
}

TEST(ParseExitRecord, ReadsALongerRecordThanItKnows) {
  auto stats = full_stats();
  stats.version = 99;
  const auto record =
      parse_exit_record(exit_message({aggregate(TASKSTATS_TYPE_AGGR_PID, 101, stats, 2000)}));
  ASSERT_TRUE(record) << record.error().text;
  EXPECT_EQ(record->thread.version, 99);
  EXPECT_EQ(record->thread.process_lived_microseconds, 1700U);
}

TEST(ParseExitRecord, ReadsAShorterRecordThatHasWhatItNeedsAndRefusesOthers) {
  constexpr auto kNeeded = offsetof(taskstats, ac_tgetime) + 8;
  for (std::size_t size = 0; size < sizeof(taskstats); ++size) {
    const auto record = parse_exit_record(
        exit_message({aggregate(TASKSTATS_TYPE_AGGR_PID, 101, full_stats(), size)}));
    EXPECT_EQ(record.has_value(), size >= kNeeded) << size;
  }
}

TEST(ParseExitRecord, RefusesARecordOfAnotherLayout) {
  auto stats = full_stats();
  stats.ac_pid = 55;  // not the id of the attribute beside it
  EXPECT_FALSE(parse_exit_record(exit_message({aggregate(TASKSTATS_TYPE_AGGR_PID, 101, stats)})));
  EXPECT_FALSE(
      parse_exit_record(exit_message({aggregate(TASKSTATS_TYPE_AGGR_PID, 0, stats_of(0, 0))})));
  EXPECT_FALSE(parse_exit_record(exit_message({})));
}

TEST(ParseExitRecord, RefusesEveryTruncation) {
  const auto whole = exit_message({aggregate(TASKSTATS_TYPE_AGGR_PID, 101, full_stats())});
  ASSERT_TRUE(parse_exit_record(whole));
  for (std::size_t size = 0; size < whole.size(); ++size) {
    EXPECT_FALSE(parse_exit_record(Bytes(whole).first(size))) << size;
  }
}

TEST(ParseExitRecord, RefusesHostileLengthsOfAnyAttribute) {
  const auto whole = exit_message({aggregate(TASKSTATS_TYPE_AGGR_PID, 101, full_stats())});
  // Of the aggregate, its id and its record.
  for (const std::size_t offset : {std::size_t{4}, std::size_t{8}, std::size_t{16}}) {
    for (const auto length : std::initializer_list<std::uint16_t>{0, 3, 5, 0xfffc, 0xffff}) {
      auto bytes = whole;
      std::memcpy(bytes.data() + offset, &length, sizeof length);
      EXPECT_FALSE(parse_exit_record(bytes)) << offset << ' ' << length;
    }
  }
}

TEST(ParseExitRecord, EndsANameThatDoesNotEnd) {
  auto stats = full_stats();
  std::memset(stats.ac_comm, 'x', sizeof stats.ac_comm);
  const auto record =
      parse_exit_record(exit_message({aggregate(TASKSTATS_TYPE_AGGR_PID, 101, stats)}));
  ASSERT_TRUE(record);
  EXPECT_EQ(view(record->thread.comm), "xxxxxxxxxxxxxxx");
}

TEST(ParseProcEvent, KnowsTheEventsOfProcesses) {
  const auto fork = parse_proc_event(proc_message(1, {10, 11, 12, 13}));
  ASSERT_TRUE(fork);
  EXPECT_EQ(fork->kind, ProcKind::forked);
  EXPECT_EQ(fork->parent, 11);
  EXPECT_EQ(fork->tid, 12);
  EXPECT_EQ(fork->pid, 13);
  EXPECT_EQ(fork->cpu, 1U);
  EXPECT_EQ(fork->sequence, 7U);
  EXPECT_EQ(fork->nanoseconds, 5U);

  const auto exec = parse_proc_event(proc_message(2, {12, 13}));
  ASSERT_TRUE(exec);
  EXPECT_EQ(exec->kind, ProcKind::executed);
  EXPECT_EQ(exec->pid, 13);

  const auto owner = parse_proc_event(proc_message(4, {12, 13, 1000, 0}));
  ASSERT_TRUE(owner);
  EXPECT_EQ(owner->kind, ProcKind::owner);
  EXPECT_EQ(owner->uid, 0U);

  const auto renamed = parse_proc_event(proc_message(0x200, {12, 13, 0x00636261}));
  ASSERT_TRUE(renamed);
  EXPECT_EQ(renamed->kind, ProcKind::renamed);
  EXPECT_EQ(view(renamed->comm), "abc");

  const auto exit = parse_proc_event(proc_message(0x80000000, {12, 13, 256, 17, 10, 11}));
  ASSERT_TRUE(exit);
  EXPECT_EQ(exit->kind, ProcKind::ended);
  EXPECT_EQ(exit->exit_code, 256);
  EXPECT_EQ(exit->parent, 11);
}

TEST(ParseProcEvent, LetsOthersPass) {
  for (const std::uint32_t what : {0x40U, 0x80U, 0x100U, 0x400U, 0x40000000U}) {
    const auto event = parse_proc_event(proc_message(what, {1, 1}));
    ASSERT_TRUE(event) << what;
    EXPECT_EQ(event->kind, ProcKind::other) << what;
  }
  auto another = proc_message(1, {10, 11, 12, 13});
  another[0] = std::byte{9};  // another user of the connector
  ASSERT_TRUE(parse_proc_event(another));
  EXPECT_EQ(parse_proc_event(another)->kind, ProcKind::other);
}

TEST(ParseProcEvent, RefusesPidsThatNobodyHas) {
  EXPECT_FALSE(parse_proc_event(proc_message(1, {10, 11, 0, 13})));
  EXPECT_FALSE(parse_proc_event(proc_message(2, {12, 0xffffffff})));
}

TEST(ParseProcEvent, RefusesAnEventThatIsCutOff) {
  // Each needs its own body, which is shorter than the whole.
  const auto least = [](std::uint32_t what) -> std::size_t {
    if (what == 1) return 16;
    if (what == 2) return 8;
    return what == 0x200 ? 24 : 24;
  };
  for (const std::uint32_t what : {1U, 2U, 0x200U, 0x80000000U}) {
    const auto whole = proc_message(what, {12, 13, 14, 15, 16, 17});
    for (std::size_t size = 0; size < sizeof(cn_msg) + 16 + least(what); ++size) {
      EXPECT_FALSE(parse_proc_event(Bytes(whole).first(size))) << what << ' ' << size;
    }
  }
}

}  // namespace
}  // namespace perfwatch
