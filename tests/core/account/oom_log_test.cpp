// SPDX-License-Identifier: Apache-2.0
#include "core/account/oom_log.h"

#include <gtest/gtest.h>

#include <fstream>
#include <iterator>

#include "core/base/text.h"
#include "tests/support/source_path.h"

namespace perfwatch {
namespace {

std::string fixture(const std::string& name) {
  std::ifstream file(test::source_path("tests/fixtures/oom/" + name), std::ios::binary);
  EXPECT_TRUE(file) << name;
  return {std::istreambuf_iterator<char>(file), {}};
}

std::vector<OomKill> kills_in(std::string_view text, OomLog& log) {
  std::vector<OomKill> out;
  std::string_view line;
  while (next_line(text, line)) {
    const auto record = parse_kmsg(line);
    if (!record) continue;
    if (auto kill = log.take(*record)) out.push_back(std::move(*kill));
  }
  return out;
}

std::vector<OomKill> kills_in(std::string_view text) {
  OomLog log;
  return kills_in(text, log);
}

std::string replaced(std::string text, std::string_view what, std::string_view by) {
  for (auto at = text.find(what); at != std::string::npos; at = text.find(what, at + by.size())) {
    text.replace(at, what.size(), by);
  }
  return text;
}

TEST(OomLog, ReadsACgroupKillOf4_19) {
  const auto kills = kills_in(fixture("4.19-cgroup.kmsg"));
  ASSERT_EQ(kills.size(), 1U);
  const OomKill& kill = kills[0];
  EXPECT_EQ(kill.sequence, 1819U);
  EXPECT_EQ(kill.pid, 32276);
  EXPECT_EQ(kill.comm, "thrash");
  EXPECT_EQ(kill.uid, std::nullopt);
  EXPECT_EQ(kill.scope, OomScope::cgroup);
  EXPECT_EQ(kill.victim_cgroup, "/docker/cc6b369a/job 7");
  EXPECT_EQ(kill.limit_cgroup, "/docker/cc6b369a");
  EXPECT_EQ(kill.anonymous_bytes, 521080 * 1024U);
  ASSERT_EQ(kill.largest.size(), 3U);
  EXPECT_EQ(kill.largest[0].comm, "thrash");
  EXPECT_EQ(kill.largest[0].resident_bytes, 130407 * 4096U);
  EXPECT_EQ(kill.largest[0].swapped_bytes, 131081 * 4096U);
  EXPECT_EQ(kill.largest[1].comm, "npm start");
}

TEST(OomLog, ReadsAHostsKillOf5_10) {
  const auto kills = kills_in(fixture("5.10-host.kmsg"));
  ASSERT_EQ(kills.size(), 1U);
  const OomKill& kill = kills[0];
  EXPECT_EQ(kill.scope, OomScope::host);
  EXPECT_EQ(kill.comm, "ld.lld");
  EXPECT_EQ(kill.uid, 1001U);
  EXPECT_EQ(kill.victim_cgroup, "/system.slice/ci,uid=0.service");
  EXPECT_EQ(kill.limit_cgroup, "");
  EXPECT_EQ(kill.oom_score_adj, 0);
  ASSERT_EQ(kill.largest.size(), 5U);
  EXPECT_EQ(kill.largest[0].pid, 40991);
  EXPECT_EQ(kill.largest[1].comm, "lto1-wpa");
  EXPECT_EQ(kill.largest[4].comm, "dbus-daemon");
}

TEST(OomLog, ReadsAGroupKillOf6_1WithALineThatWasBrokenApart) {
  OomLog log;
  const auto kills = kills_in(fixture("6.1-group.kmsg"), log);
  ASSERT_EQ(kills.size(), 3U) << "the first victim is named twice";
  EXPECT_EQ(log.lines(), 4U);
  EXPECT_EQ(kills[0].comm, "node");
  EXPECT_EQ(kills[0].victim_cgroup, "/kubepods.slice/pod-a.slice/run.scope/main");
  EXPECT_EQ(kills[1].comm, "sh");
  EXPECT_EQ(kills[2].comm, "npm start");
  for (const OomKill& kill : kills) {
    EXPECT_EQ(kill.scope, OomScope::cgroup);
    EXPECT_EQ(kill.limit_cgroup, "/kubepods.slice/pod-a.slice/run.scope");
    EXPECT_EQ(kill.largest.size(), 3U);
    EXPECT_EQ(kill.uid, 65534U);
  }
  EXPECT_EQ(kills[2].victim_cgroup, "/kubepods.slice/pod-a.slice/run.scope");
}

TEST(OomLog, ReadsWhatWasCapturedOn6_18) {
  const auto kills = kills_in(fixture("6.18-cgroup.kmsg"));
  ASSERT_EQ(kills.size(), 1U);
  EXPECT_EQ(kills[0].comm, "cc1plus");
  EXPECT_EQ(kills[0].victim_cgroup, "/perfwatch-ci/job 7");
  EXPECT_EQ(kills[0].limit_cgroup, "/perfwatch-ci");
  EXPECT_EQ(kills[0].uid, 0U);
  EXPECT_EQ(kills[0].resident_bytes(), (23628 + 6616) * 1024U);
  ASSERT_EQ(kills[0].largest.size(), 4U);
  EXPECT_EQ(kills[0].largest[0].comm, "cc1plus");
  EXPECT_EQ(kills[0].largest[0].resident_bytes, 7561 * 4096U);
}

TEST(OomLog, IsNotFooledByANameThatLooksLikeFields) {
  const auto kills = kills_in(fixture("6.18-hostile-comm.kmsg"));
  ASSERT_EQ(kills.size(), 1U);
  EXPECT_EQ(kills[0].pid, 12023);
  EXPECT_EQ(kills[0].comm, "x,pid=1,uid=0");
  EXPECT_EQ(kills[0].victim_cgroup, "/pw-oom-fixture/inner");
  ASSERT_EQ(kills[0].largest.size(), 3U);
  EXPECT_EQ(kills[0].largest[0].comm, "x,pid=1,uid=0");
}

TEST(OomLog, ReadsAnyNameThatAProcessMayHave) {
  // As the kernel writes them, and as they are shown.
  const std::pair<std::string, std::string> names[] = {{"oom-kill:constr", "oom-kill:constr"},
                                                       {"Killed process ", "Killed process "},
                                                       {") total-vm:1kB,", ") total-vm:1kB,"},
                                                       {"\\xc3\\xa9\\x5c", "é\\"},
                                                       {"\\x0a\\x0a6,1,1,-;", "\\x0A\\x0A6,1,1,-;"},
                                                       {"\\xff", "\\xFF"},
                                                       {"  ", "  "},
                                                       {"[ pid ] name", "[ pid ] name"}};
  for (const auto& [written, shown] : names) {
    const auto kills = kills_in(replaced(fixture("6.18-cgroup.kmsg"), "cc1plus", written));
    ASSERT_EQ(kills.size(), 1U) << written;
    EXPECT_EQ(kills[0].pid, 25096) << written;
    EXPECT_EQ(kills[0].comm, shown) << written;
    EXPECT_EQ(kills[0].limit_cgroup, "/perfwatch-ci") << written;
    EXPECT_EQ(kills[0].largest.at(0).comm, shown) << written;
  }
}

TEST(OomLog, BelievesTheKernelOnly) {
  std::string text;
  for (const std::string line : {"Out of memory: Killed process 1 (init) total-vm:1kB, UID:0"}) {
    text += "12,1,1,-;" + line + "\n";
  }
  EXPECT_TRUE(kills_in(text).empty()) << "facility 1: a program wrote it";
}

TEST(OomLog, GivesAKillWithoutAReportNothingOfTheOneBefore) {
  const std::string bare =
      "3,9000,1000000000000,-;Memory cgroup out of memory: Killed process 5 (sh) total-vm:8kB, "
      "anon-rss:4kB, file-rss:0kB, shmem-rss:0kB, UID:3 pgtables:4kB oom_score_adj:0\n";
  for (const auto* before : {"6.18-cgroup.kmsg", "6.1-group.kmsg", "5.10-host.kmsg"}) {
    const auto kills = kills_in(fixture(before) + bare);
    ASSERT_FALSE(kills.empty());
    const OomKill& kill = kills.back();
    EXPECT_EQ(kill.pid, 5) << "the kernel limits its reports, not this line";
    EXPECT_EQ(kill.scope, OomScope::cgroup);
    EXPECT_EQ(kill.limit_cgroup, "");
    EXPECT_EQ(kill.victim_cgroup, "");
    EXPECT_TRUE(kill.largest.empty());
  }
}

TEST(OomLog, SurvivesEveryTruncation) {
  for (const auto* name : {"4.19-cgroup.kmsg", "5.10-host.kmsg", "6.1-group.kmsg",
                           "6.18-cgroup.kmsg", "6.18-hostile-comm.kmsg"}) {
    const std::string text = fixture(name);
    for (std::size_t size = 0; size <= text.size(); ++size) {
      for (const auto& kill : kills_in(std::string_view(text).substr(0, size))) {
        EXPECT_GT(kill.pid, 0);
        EXPECT_LE(kill.largest.size(), kOomLargest);
      }
    }
  }
}

TEST(OomLog, SurvivesEveryLostLine) {
  const std::string text = fixture("6.1-group.kmsg");
  for (std::size_t begin = 0; begin < text.size(); begin = text.find('\n', begin) + 1) {
    std::string without = text;
    without.erase(begin, text.find('\n', begin) + 1 - begin);
    for (const auto& kill : kills_in(without)) EXPECT_GT(kill.pid, 0);
  }
}

TEST(OomLog, KeepsABoundOnWhatNeverEnds) {
  OomLog log;
  std::string text = "4,1,1,-;x invoked oom-killer: gfp_mask=0\n4,2,1,-;oom-kill:constraint=X\n";
  for (int i = 0; i < 1000; ++i) text += "4,3,1,c;" + std::string(1000, 'y') + "\n";
  text +=
      "4,4,1,-;[  pid  ]   uid  tgid total_vm      rss pgtables_bytes swapents oom_score_adj "
      "name\n";
  for (int i = 0; i < 1000; ++i) {
    text += "4,5,1,-;[ 1 ] 0 " + std::to_string(i + 1) + " 9 " + std::to_string(i) + " 1 0 0 z\n";
  }
  text += "3,6,1,-;Out of memory: Killed process 5 (sh) total-vm:8kB, anon-rss:4kB\n";
  const auto kills = kills_in(text, log);
  ASSERT_EQ(kills.size(), 1U);
  ASSERT_EQ(kills[0].largest.size(), 5U);
  EXPECT_EQ(kills[0].largest[0].pid, 1000);
}

}  // namespace
}  // namespace perfwatch
