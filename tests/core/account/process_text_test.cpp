// SPDX-License-Identifier: Apache-2.0
#include "core/account/process_text.h"

#include <gtest/gtest.h>

#include <string>

namespace perfwatch {
namespace {

constexpr std::string_view kAfterName =
    " R 1230 1230 999 34816 1230 4194304 5120 7 12 8 431 27 1 2 20 0 3 0 88123 190000 4500 "
    "18446744073709551615\n";

std::string stat_of(std::string_view name) {
  return "1234 (" + std::string(name) + ")" + std::string(kAfterName);
}

constexpr std::string_view kStatus =
    "Name:\tcc1plus\n"
    "Umask:\t0022\n"
    "Uid:\t1000\t1001\t1002\t1003\n"
    "VmRSS:\t   18532 kB\n"
    "RssAnon:\t   15000 kB\n"
    "VmSwap:\t      16 kB\n"
    "Threads:\t1\n"
    "voluntary_ctxt_switches:\t12\n"
    "nonvoluntary_ctxt_switches:\t3\n";

constexpr std::string_view kIo =
    "rchar: 1\nwchar: 2\nsyscr: 3\nsyscw: 4\nread_bytes: 4096\nwrite_bytes: 8192\n"
    "cancelled_write_bytes: 5\n";

TEST(ParseProcessStat, ReadsTheDocumentedFields) {
  const auto stat = parse_process_stat(stat_of("cc1plus"));
  ASSERT_TRUE(stat) << stat.error().text;
  EXPECT_EQ(stat->pid, 1234);
  EXPECT_EQ(view(stat->comm), "cc1plus");
  EXPECT_EQ(stat->state, 'R');
  EXPECT_EQ(stat->parent, 1230);
  EXPECT_EQ(stat->flags, 4194304U);
  EXPECT_EQ(stat->minor_faults, 5120U);
  EXPECT_EQ(stat->major_faults, 12U);
  EXPECT_EQ(stat->user_ticks, 431U);
  EXPECT_EQ(stat->system_ticks, 27U);
  EXPECT_EQ(stat->threads, 3U);
  EXPECT_EQ(stat->start_ticks, 88123U);
  EXPECT_EQ(stat->resident_pages, 4500U);
}

TEST(ParseProcessStat, EndsTheNameAtTheLastBracket) {
  for (const std::string_view name :
       {"a) S 1 1", "a\n2 (b) Z 9", ")", "(", "", "()", ") ) )", "\xff\xfe\x1b[2J", "x)\n"}) {
    const auto stat = parse_process_stat(stat_of(name));
    ASSERT_TRUE(stat) << name;
    EXPECT_EQ(view(stat->comm), name);
    EXPECT_EQ(stat->parent, 1230);
    EXPECT_EQ(stat->start_ticks, 88123U);
  }
}

TEST(ParseProcessStat, CutsTheLongNameOfAKernelWorker) {
  const auto stat = parse_process_stat(stat_of("kworker/u17:3-events_unbound"));
  ASSERT_TRUE(stat);
  EXPECT_EQ(view(stat->comm), "kworker/u17:3-ev");
}

TEST(ParseProcessStat, RefusesEveryTruncationBeforeTheResidentSetIsComplete) {
  const std::string text = stat_of("a) b");
  const std::size_t complete = text.find(" 4500 ") + 6;  // with the blank that ends it
  for (std::size_t size = 0; size < text.size(); ++size) {
    const auto stat = parse_process_stat(std::string_view(text).substr(0, size));
    EXPECT_EQ(stat.has_value(), size >= complete) << size;
    if (!stat) continue;
    EXPECT_EQ(stat->resident_pages, 4500U);
  }
}

TEST(ParseProcessStat, RefusesWhatIsNoNumber) {
  EXPECT_FALSE(parse_process_stat("x (a)" + std::string(kAfterName)));
  EXPECT_FALSE(parse_process_stat("-4 (a)" + std::string(kAfterName)));
  EXPECT_FALSE(parse_process_stat("99999999999 (a)" + std::string(kAfterName)));
  EXPECT_FALSE(parse_process_stat("1 (a) SS 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1"));
  EXPECT_FALSE(parse_process_stat("1 (a) S 1 1 1 1 1 1 -1 1 1 1 1 1 1 1 1 1 1 1 1 1"));
}

TEST(ParseProcessStatus, ReadsTheDocumentedLines) {
  const auto status = parse_process_status(kStatus);
  ASSERT_TRUE(status) << status.error().text;
  EXPECT_EQ(view(status->comm), "cc1plus");
  EXPECT_EQ(status->uid, 1001U);  // the effective one
  EXPECT_EQ(status->real_uid, 1000U);
  EXPECT_EQ(status->resident_bytes, 18532U * 1024);
  EXPECT_EQ(status->anonymous_bytes, 15000U * 1024);
  EXPECT_EQ(status->swapped_bytes, 16U * 1024);
  EXPECT_EQ(status->voluntary_switches, 12U);
  EXPECT_EQ(status->involuntary_switches, 3U);
}

TEST(ParseProcessStatus, TakesBackTheEscapesOfTheName) {
  const auto status = parse_process_status(
      "Name:\ta\\nUid:\\\\ b\\\nUid:\t0\t0\t0\t0\n"
      "voluntary_ctxt_switches:\t1\nnonvoluntary_ctxt_switches:\t1\n");
  ASSERT_TRUE(status);
  EXPECT_EQ(view(status->comm), "a\nUid:\\ b\\");
}

TEST(ParseProcessStatus, KnowsThatAKernelThreadHasNoMemory) {
  const auto status = parse_process_status(
      "Name:\tkthreadd\nUid:\t0\t0\t0\t0\nThreads:\t1\n"
      "voluntary_ctxt_switches:\t1\nnonvoluntary_ctxt_switches:\t1\n");
  ASSERT_TRUE(status);
  EXPECT_EQ(status->resident_bytes, 0U);
}

TEST(ParseProcessStatus, RefusesEveryTruncation) {
  for (std::size_t size = 0; size < kStatus.size(); ++size) {
    EXPECT_FALSE(parse_process_status(kStatus.substr(0, size))) << size;
  }
}

TEST(ParseProcessStatus, RefusesASizeThatIsNone) {
  for (const std::string_view size : {"-1 kB", "x kB", "", "99999999999999999999 kB",
                                      "18014398509481985 kB"}) {  // 2^54 + 1: wraps in bytes
    std::string text(kStatus);
    text.replace(text.find("18532 kB"), 8, size);
    EXPECT_FALSE(parse_process_status(text)) << size;
  }
}

TEST(ParseProcessIo, ReadsBytesOfStorage) {
  const auto io = parse_process_io(kIo);
  ASSERT_TRUE(io);
  EXPECT_EQ(io->read_bytes, 4096U);
  EXPECT_EQ(io->written_bytes, 8192U);
}

TEST(ParseProcessIo, NeverTakesACutNumberForTheNumber) {
  for (std::size_t size = 0; size < kIo.size(); ++size) {
    const auto io = parse_process_io(kIo.substr(0, size));
    if (io) {
      EXPECT_EQ(io->written_bytes, 8192U) << size;
    }
  }
  EXPECT_FALSE(parse_process_io("read_bytes: 1\n"));
  EXPECT_FALSE(parse_process_io("read_bytes: 1\nwrite_bytes: x\n"));
}

TEST(ParseThreadTimes, ReadsRunTimeAndSlices) {
  const auto times = parse_thread_times("4305061 1208822 97\n");
  ASSERT_TRUE(times);
  EXPECT_EQ(times->run_nanoseconds, 4305061U);
  EXPECT_EQ(times->slices, 97U);
}

TEST(ParseThreadTimes, KnowsNothingWhereTheKernelDoesNotCount) {
  for (const std::string_view text : {"", "\n", "0 0 0\n", "1 2\n", "1 2 9", "x 2 3\n"}) {
    EXPECT_FALSE(parse_thread_times(text)) << text;
  }
}

TEST(ParseDescriptorLimit, ReadsTheSoftLimit) {
  EXPECT_EQ(parse_descriptor_limit(
                "Limit                     Soft Limit           Hard Limit           Units     \n"
                "Max open files            1024                 524288               files     \n"),
            1024U);
  EXPECT_EQ(parse_descriptor_limit("Max open files            unlimited  unlimited  files\n"),
            std::nullopt);
  EXPECT_EQ(parse_descriptor_limit("Max open files"), std::nullopt);
  EXPECT_EQ(parse_descriptor_limit(""), std::nullopt);
}

TEST(ParseCgroup, PrefersTheUnifiedHierarchy) {
  EXPECT_EQ(parse_cgroup("1:name=systemd:/a\n0::/system.slice/ssh.service\n"),
            "/system.slice/ssh.service");
}

TEST(ParseCgroup, FallsBackToTheNamedOnesOfV1) {
  EXPECT_EQ(parse_cgroup("4:memory:/m\n2:cpu,cpuacct:/c\n1:name=systemd:/s\n0::/\n"), "/s");
  EXPECT_EQ(parse_cgroup("4:memory:/m\n2:cpuacct,cpu:/c\n1:name=systemd:/\n0::/\n"), "/c");
  EXPECT_EQ(parse_cgroup("4:memory:/m\n1:name=systemd:/\n"), "/m");
  EXPECT_EQ(parse_cgroup("4:memory:/\n0::/\n"), "/");
}

TEST(ParseCgroup, KeepsColonsOfThePathAndSurvivesGarbage) {
  EXPECT_EQ(parse_cgroup("0::/a:b\n"), "/a:b");
  for (const std::string_view text : {"", "\n", ":", "::", "0:", "0:\n:", ",,,:,,:", "0::"}) {
    EXPECT_EQ(parse_cgroup(text), "") << text;
  }
}

TEST(JoinArguments, WritesBlanksForTheirEnds) {
  std::string text("make\0-j 3\0\0\0", 12);
  EXPECT_EQ(join_arguments(text.data(), text.size()), "make -j 3");
  std::string nothing("\0\0", 2);
  EXPECT_EQ(join_arguments(nothing.data(), nothing.size()), "");
  EXPECT_EQ(join_arguments(nothing.data(), 0), "");
}

TEST(ExecutablePath, ForgetsThatTheFileWasDeleted) {
  EXPECT_EQ(executable_path("/usr/bin/cc1plus (deleted)"), "/usr/bin/cc1plus");
  EXPECT_EQ(executable_path("/usr/bin/cc1plus"), "/usr/bin/cc1plus");
}

}  // namespace
}  // namespace perfwatch
