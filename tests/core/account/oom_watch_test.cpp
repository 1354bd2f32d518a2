// SPDX-License-Identifier: Apache-2.0
#include "core/account/oom_watch.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>

#include "core/account/oom_account.h"
#include "tests/support/temp_tree.h"

namespace perfwatch {
namespace {

using std::chrono::microseconds;
using std::chrono::seconds;

constexpr const char* kKilled =
    ",-;Memory cgroup out of memory: Killed process 12 (cc1plus) total-vm:30kB, anon-rss:19kB, "
    "file-rss:6kB, shmem-rss:1kB, UID:1000 pgtables:104kB oom_score_adj:0\n";

// A host's log and counter in files; the clock stands `second` seconds after boot.
class OomWatchTest : public testing::Test {
 protected:
  void say(const std::string& text) const {
    std::ofstream(tree.path() + "/kmsg", std::ios::app) << text;
  }
  void kill_at(int sequence, int second) const {
    say("3," + std::to_string(sequence) + "," + std::to_string(second) + "000000" + kKilled);
  }
  void count(int kills) const {
    tree.write("proc/vmstat", "pgfault 1\noom_kill " + std::to_string(kills) + "\n");
  }
  static Instant at(int second) {
    Instant now;
    now.monotonic += seconds(second);
    now.wall += seconds(1'700'000'000 + second);
    return now;
  }
  std::vector<OomKill> poll(int second, std::vector<OomMark> marks = {}) {
    return watch.poll(at(second), marks,
                      [](std::int32_t pid) { return std::string(pid == 12 ? "gcc" : ""); });
  }
  static OomMark mark(std::int32_t pid) {
    OomMark made;
    made.pid = pid;
    made.comm = {'l', 'd'};
    made.uid = 7;
    made.anonymous_bytes = 4096;
    made.boot_nanoseconds = 5'000'000'000;
    return made;
  }

  test::TempTree tree{{"kmsg", "6,1,1,-;Linux version\n"},
                      {"proc/vmstat", "oom_kill 40\n"},
                      {"proc/sys/kernel/random/boot_id", "11112222-3333\n"}};
  OomWatch watch{OomSources{tree.path() + "/kmsg", tree.path() + "/proc"}};
};

TEST_F(OomWatchTest, TellsAKillOnce) {
  EXPECT_TRUE(poll(100).empty());
  kill_at(2, 101);
  count(41);
  const auto kills = poll(102);
  ASSERT_EQ(kills.size(), 1U);
  EXPECT_EQ(kills[0].group, "gcc");
  EXPECT_EQ(kills[0].boot_id, "11112222-3333");
  EXPECT_EQ(kills[0].sequence, 2U);
  EXPECT_FALSE(kills[0].before_start);
  EXPECT_EQ(kills[0].at, at(101).wall);
  for (int second = 104; second < 140; second += 2) EXPECT_TRUE(poll(second).empty());
}

TEST_F(OomWatchTest, MarksWhatHappenedBeforeItsStart) {
  kill_at(2, 50);
  const auto kills = poll(100);
  ASSERT_EQ(kills.size(), 1U);
  EXPECT_TRUE(kills[0].before_start);
  EXPECT_EQ(kills[0].at, at(50).wall);
  EXPECT_EQ(kills[0].group, "unknown") << "the pid may be another process by now";
  for (int second = 102; second < 130; second += 2) EXPECT_TRUE(poll(second).empty());
}

TEST_F(OomWatchTest, KnowsTheTimeOfWhatIsNewBetterThanTheKernelsClock) {
  EXPECT_TRUE(poll(100).empty());
  kill_at(2, 60);  // its clock stood still for a while
  count(41);
  const auto kills = poll(102);
  ASSERT_EQ(kills.size(), 1U);
  EXPECT_EQ(kills[0].at, at(100).wall);
}

TEST_F(OomWatchTest, JoinsAMarkWithItsMessage) {
  EXPECT_TRUE(poll(100).empty());
  count(41);
  EXPECT_TRUE(poll(102, {mark(12)}).empty()) << "it waits for its message";
  kill_at(2, 103);
  const auto kills = poll(104);
  ASSERT_EQ(kills.size(), 1U);
  EXPECT_EQ(kills[0].comm, "cc1plus");
  EXPECT_EQ(kills[0].group, "gcc");
  for (int second = 106; second < 130; second += 2) EXPECT_TRUE(poll(second).empty());
}

TEST_F(OomWatchTest, BelievesAMarkWithoutAMessageIfTheKernelCountedAKill) {
  EXPECT_TRUE(poll(100).empty());
  count(41);
  EXPECT_TRUE(poll(102, {mark(12)}).empty());
  EXPECT_TRUE(poll(104).empty());
  const auto kills = poll(108);
  ASSERT_EQ(kills.size(), 1U);
  EXPECT_EQ(kills[0].comm, "ld");
  EXPECT_EQ(kills[0].scope, OomScope::unknown);
  EXPECT_EQ(kills[0].group, "gcc");
  EXPECT_EQ(kills[0].uid, 7U);
  for (int second = 110; second < 140; second += 2) EXPECT_TRUE(poll(second).empty());
}

TEST_F(OomWatchTest, DropsAMarkOfAProcessThatWasEndingAnyway) {
  EXPECT_TRUE(poll(100).empty());
  EXPECT_TRUE(poll(102, {mark(12)}).empty());
  for (int second = 104; second < 140; second += 2) EXPECT_TRUE(poll(second).empty());
}

TEST_F(OomWatchTest, MakesARecordWithoutANameOfAKillThatNobodyNamed) {
  EXPECT_TRUE(poll(100).empty());
  count(42);
  EXPECT_TRUE(poll(102).empty());
  const auto kills = poll(114);
  ASSERT_EQ(kills.size(), 2U);
  EXPECT_EQ(kills[0].pid, 0);
  EXPECT_EQ(kills[0].group, "unknown");
  EXPECT_EQ(kills[0].scope, OomScope::unknown);
  EXPECT_FALSE(same_kill(kills[0], kills[1]));
  Accounting accounting;
  watch.describe(accounting);
  const auto unseen = std::ranges::find_if(
      accounting.lost, [](const EventsLost& lost) { return lost.reason == "unseen"; });
  ASSERT_NE(unseen, accounting.lost.end());
  EXPECT_EQ(unseen->count, 2U);
}

TEST_F(OomWatchTest, CountsWhatTheKernelDroppedUnread) {
  EXPECT_TRUE(poll(100).empty());
  say("6,50,101000000,-;later\n");
  EXPECT_TRUE(poll(102).empty());
  Accounting accounting;
  watch.describe(accounting);
  ASSERT_EQ(accounting.lost[0].reason, "overrun");
  EXPECT_EQ(accounting.lost[0].count, 48U);
  ASSERT_EQ(accounting.features.size(), 1U);
  EXPECT_EQ(accounting.features[0].source, "kmsg");
}

TEST_F(OomWatchTest, NeverTakesMoreThanAnyRoundMay) {
  EXPECT_TRUE(poll(100).empty());
  for (int i = 0; i < 600; ++i) kill_at(2 + i, 101);
  count(640);
  std::size_t found = 0;
  for (int second = 102; second < 108; second += 2) {
    const auto kills = poll(second);
    EXPECT_LE(kills.size(), OomWatch::kKillLimit);
    found += kills.size();
  }
  EXPECT_EQ(found, 600U);
}

TEST(OomWatchWithoutKmsg, SaysWhatWouldMendIt) {
  const test::TempTree tree{{"proc/vmstat", "oom_kill 1\n"}};
  OomWatch watch({tree.path() + "/no-kmsg", tree.path() + "/proc"});
  const auto nobody = [](std::int32_t) { return std::string(); };
  EXPECT_TRUE(watch.poll(Instant{}, {}, nobody).empty());
  Accounting accounting;
  accounting.features.push_back({"oom", "tracepoint", ""});
  watch.describe(accounting);
  ASSERT_EQ(accounting.features.size(), 1U);
  EXPECT_EQ(accounting.features[0].source, "tracepoint");
  EXPECT_NE(accounting.features[0].note.find("no-kmsg"), std::string::npos);
  accounting.features.clear();
  watch.describe(accounting);
  EXPECT_EQ(accounting.features[0].source, "vmstat");
}

TEST(OomWatchWithoutAnything, IsSilent) {
  OomWatch watch({"", "/nonexistent"});
  std::vector<OomMark> marks(1);
  marks[0].pid = 5;
  const auto nobody = [](std::int32_t) { return std::string(); };
  EXPECT_TRUE(watch.poll(Instant{}, marks, nobody).empty());
  Instant later;
  later.monotonic += seconds(20);
  const auto kills = watch.poll(later, {}, nobody);
  ASSERT_EQ(kills.size(), 1U) << "nothing speaks against the mark";
  EXPECT_EQ(kills[0].group, "unknown");
}

TEST(OomSources, LeaveKmsgAloneForAnotherHostsProcesses) {
  const test::TempTree tree{{"proc/vmstat", "oom_kill 1\n"}};
  EXPECT_EQ(oom_sources({.procfs = tree.path() + "/proc"}).kmsg, "");
  EXPECT_EQ(oom_sources({}).kmsg, "/dev/kmsg");
}

TEST(OomCounter, StartsASeriesAtZero) {
  OomCounter counter;
  OomKill kill;
  kill.group = "gcc";
  kill.scope = OomScope::cgroup;
  counter.count(kill);
  counter.count(kill);
  SampleWriter first(nullptr);
  counter.write(first);
  const Samples born = std::move(first).finish();
  ASSERT_EQ(born.values.size(), 1U);
  EXPECT_EQ(born.values[0], 0);
  EXPECT_EQ(born.schema->series[0].label_values, (std::vector<std::string>{"gcc", "cgroup"}));
  SampleWriter second(born.schema);
  counter.write(second);
  EXPECT_EQ(std::move(second).finish().values.at(0), 2);
}

TEST(OomCounter, KeepsABoundOnGroups) {
  OomCounter counter;
  OomKill kill;
  for (int i = 0; i < 1000; ++i) {
    kill.group = "g" + std::to_string(i);
    counter.count(kill);
  }
  SampleWriter out(nullptr);
  counter.write(out);
  EXPECT_EQ(std::move(out).finish().values.size(), OomCounter::kGroupLimit + 1);
}

TEST(OomAccount, CountsWhatIsNewOnlyAndKeepsTheLatest) {
  const test::TempTree tree{{"kmsg", std::string("3,5,1000000") + kKilled}};
  OomAccount account({tree.path() + "/kmsg", tree.path() + "/proc"});
  const auto group = [](std::int32_t) { return std::string("gcc"); };
  EXPECT_EQ(account.latest(), nullptr);
  account.update(Instant{}, {}, group);
  ASSERT_NE(account.latest(), nullptr);
  EXPECT_EQ(account.latest()->size(), 1U);
  SampleWriter none(nullptr);
  account.write(none);
  EXPECT_TRUE(std::move(none).finish().values.empty()) << "it was before the start";
  std::ofstream(tree.path() + "/kmsg", std::ios::app) << "3,6,2000000" << kKilled;
  account.update(Instant{}, {}, group);
  EXPECT_EQ(account.latest()->size(), 2U);
  const auto same = account.latest();
  account.update(Instant{}, {}, group);
  EXPECT_EQ(account.latest(), same);
  SampleWriter one(nullptr);
  account.write(one);
  EXPECT_EQ(std::move(one).finish().values.size(), 1U);
}

}  // namespace
}  // namespace perfwatch
