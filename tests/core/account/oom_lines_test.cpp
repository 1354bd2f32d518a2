// SPDX-License-Identifier: Apache-2.0
#include "core/account/oom_lines.h"

#include <gtest/gtest.h>

#include <string>

namespace perfwatch {
namespace {

TEST(ParseKilledLine, ReadsWhatEachKernelSays) {
  const auto line = parse_killed_line(
      "Memory cgroup out of memory: Killed process 12 (cc1plus) total-vm:30kB, anon-rss:19kB, "
      "file-rss:6kB, shmem-rss:1kB, UID:1000 pgtables:104kB oom_score_adj:-5");
  ASSERT_TRUE(line);
  EXPECT_EQ(line->reason, "Memory cgroup out of memory");
  EXPECT_EQ(line->pid, 12);
  EXPECT_EQ(line->comm, "cc1plus");
  EXPECT_EQ(line->virtual_bytes, 30 * 1024U);
  EXPECT_EQ(line->anonymous_bytes, 19 * 1024U);
  EXPECT_EQ(line->file_bytes, 6 * 1024U);
  EXPECT_EQ(line->shared_bytes, 1024U);
  EXPECT_EQ(line->uid, 1000U);
  EXPECT_EQ(line->oom_score_adj, -5);

  const auto old = parse_killed_line(
      "Killed process 12 (cc1plus) total-vm:30kB, anon-rss:19kB, file-rss:6kB, shmem-rss:1kB");
  ASSERT_TRUE(old);
  EXPECT_EQ(old->reason, "");
  EXPECT_EQ(old->uid, std::nullopt);

  const auto distribution =
      parse_killed_line("Killed process 12 (a b), UID 99, total-vm:30kB, anon-rss:19kB");
  ASSERT_TRUE(distribution);
  EXPECT_EQ(distribution->comm, "a b");
  EXPECT_EQ(distribution->uid, 99U);
}

TEST(ParseKilledLine, TakesAHostileNameAsItIs) {
  const std::string tail = ") total-vm:8kB, anon-rss:4kB, file-rss:0kB, shmem-rss:0kB, UID:7";
  for (const std::string comm : {"x) total-vm:1kB", "(", ")", "", "))((", "Killed process ",
                                 "oom-kill:constr", ", UID 0,"}) {
    const std::string text = "Out of memory: Killed process 44 (" + comm + tail;
    const auto line = parse_killed_line(text);
    ASSERT_TRUE(line) << comm;
    EXPECT_EQ(line->comm, comm);
    EXPECT_EQ(line->pid, 44);
    EXPECT_EQ(line->uid, 7U);
    EXPECT_EQ(line->virtual_bytes, 8192U);
  }
}

TEST(ParseKilledLine, IsNotFooledByOtherMessages) {
  // A program may call itself "Killed process " or "Out of memory: " and make the kernel say so.
  for (const auto* text :
       {"Killed process [123]: segfault at 0 ip 0 sp 0 error 4",
        "Killed process  (85): drop_caches: 3", "Out of memory: [77]: segfault at 0",
        "x: Killed process 1 (y) total-vm:1kB", "Killed process 0 (y) total-vm:1kB",
        "Killed process -4 (y) total-vm:1kB", "Killed process 4 (y total-vm:1kB",
        "Killed process 4", "Killed process 4 () ", "Out of memory and no killable processes..."}) {
    EXPECT_FALSE(parse_killed_line(text)) << text;
  }
}

TEST(ParseSummaryLine, KnowsTheHostsLimitAndACgroups) {
  const auto host = parse_summary_line(
      "oom-kill:constraint=CONSTRAINT_NONE,nodemask=(null),cpuset=/,mems_allowed=0-1,3,global_oom,"
      "task_memcg=/user.slice,task=ld,pid=9,uid=1000",
      "ld");
  ASSERT_TRUE(host);
  EXPECT_EQ(host->limit_cgroup, "");
  EXPECT_EQ(host->victim_cgroup, "/user.slice");
  EXPECT_EQ(host->pid, 9);
  EXPECT_EQ(host->uid, 1000U);

  const auto bare = parse_summary_line(
      "oom-kill:constraint=CONSTRAINT_NONE,nodemask=(null),task=ld,pid=9,uid=0", "ld");
  ASSERT_TRUE(bare) << "a kernel without cgroups";
  EXPECT_EQ(bare->victim_cgroup, "");
}

TEST(ParseSummaryLine, TellsHostileNamesFromFields) {
  const auto line = [](const std::string& cpuset, const std::string& limit,
                       const std::string& victim, const std::string& comm) {
    const std::string text =
        "oom-kill:constraint=CONSTRAINT_MEMCG,nodemask=(null),cpuset=" + cpuset +
        ",mems_allowed=0,oom_memcg=" + limit + ",task_memcg=" + victim + ",task=" + comm +
        ",pid=9,uid=1000";
    const auto parsed = parse_summary_line(text, comm);
    EXPECT_TRUE(parsed) << text;
    if (!parsed) return;
    EXPECT_EQ(parsed->limit_cgroup, limit) << text;
    EXPECT_EQ(parsed->victim_cgroup, victim) << text;
    EXPECT_EQ(parsed->pid, 9) << text;
    EXPECT_EQ(parsed->uid, 1000U) << text;
  };
  line("/", "/ci", "/ci/job", "cc1plus");
  line("/", "/", "/ci/job", "cc1plus");
  line("/", "/ci", "/ci", "x,pid=1,uid=0");
  line("/", "/ci", "/ci", ",task=a");
  line("/", "/ci", "/ci", "");
  line("a,oom_memcg=", "/ci", "/ci/b", "x");
  line("a,global_oom,task_memcg=", "/ci", "/ci/b", "x");
  line("/", "/ci,task_memcg=", "/ci,task_memcg=/b", "x");
  line("/", "/a,task_memcg=/b", "/a,task_memcg=/b/c", "x");
  line("/", "/ci", "/ci/b,task=root,pid=1,uid=0", "x");
}

TEST(ParseSummaryLine, ManagesWhereTheNamesDiffer) {
  const auto line = parse_summary_line(
      "oom-kill:constraint=CONSTRAINT_MEMCG,nodemask=(null),cpuset=/,mems_allowed=0,oom_memcg=/a,"
      "task_memcg=/a/b,task=make,pid=9,uid=0",
      "cc1plus");
  ASSERT_TRUE(line) << "before 5.3 a child may have died instead";
  EXPECT_EQ(line->victim_cgroup, "/a/b");
}

TEST(ParseLimitLine, SplitsWhereOneLiesInTheOther) {
  const auto line = parse_limit_line("Task in /a/b killed as a result of limit of /a");
  ASSERT_TRUE(line);
  EXPECT_EQ(line->victim_cgroup, "/a/b");
  EXPECT_EQ(line->limit_cgroup, "/a");
  const auto hostile = parse_limit_line(
      "Task in /a/x killed as a result of limit of /y killed as a result of limit of /a");
  ASSERT_TRUE(hostile);
  EXPECT_EQ(hostile->limit_cgroup, "/a");
  EXPECT_FALSE(parse_limit_line("Task in /a killed as a result of limit of /b"));
  EXPECT_FALSE(parse_limit_line("Memory limit reached of cgroup /a"));
}

TEST(ParseGroupLine, NamesTheGroup) {
  EXPECT_EQ(parse_group_line("Tasks in /x y are going to be killed due to memory.oom.group set"),
            "/x y");
  EXPECT_FALSE(parse_group_line("Tasks in / are going to be killed"));
  EXPECT_FALSE(parse_group_line("Tasks in "));
}

}  // namespace
}  // namespace perfwatch
