// SPDX-License-Identifier: Apache-2.0
#include "core/store/oom_kills.h"

#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <set>

#include "tests/support/temp_tree.h"

namespace perfwatch {
namespace {

using std::chrono::seconds;
using test::TempTree;

OomKill make_kill(std::uint64_t sequence) {
  OomKill kill;
  kill.boot_id = "boot";
  kill.sequence = sequence;
  kill.pid = static_cast<std::int32_t>(100 + sequence);
  kill.at += seconds(1'700'000'000 + sequence);
  kill.comm = "cc1plus";
  kill.group = "gcc";
  kill.uid = 1000;
  kill.scope = OomScope::cgroup;
  kill.victim_cgroup = "/ci/job 7";
  kill.limit_cgroup = "/ci";
  kill.virtual_bytes = 5;
  kill.anonymous_bytes = 4;
  kill.file_bytes = 3;
  kill.shared_bytes = 2;
  kill.oom_score_adj = -17;
  kill.largest = {{7, "ld", 900, 1}, {8, "cc1", 800, 0}};
  return kill;
}

std::vector<OomKill> last(Database& database, std::size_t count) {
  auto kills = last_oom_kills(database, count);
  EXPECT_TRUE(kills) << kills.error().text;
  return kills ? *kills : std::vector<OomKill>();
}

TEST(OomKills, AreThereAgainAfterARestart) {
  const TempTree tree;
  {
    auto database = Database::open(tree.path());
    ASSERT_TRUE(database);
    const std::vector kills{make_kill(1), make_kill(2)};
    ASSERT_TRUE(insert_oom_kills(*database, kills));
  }
  auto database = Database::open(tree.path());
  ASSERT_TRUE(database);
  const auto kills = last(*database, 10);
  ASSERT_EQ(kills.size(), 2U);
  EXPECT_EQ(kills[0].sequence, 2U) << "newest first";
  const OomKill expected = make_kill(2);
  const OomKill& kill = kills[0];
  EXPECT_TRUE(same_kill(kill, expected));
  EXPECT_EQ(kill.at, expected.at);
  EXPECT_EQ(kill.comm, expected.comm);
  EXPECT_EQ(kill.group, expected.group);
  EXPECT_EQ(kill.uid, expected.uid);
  EXPECT_EQ(kill.scope, expected.scope);
  EXPECT_EQ(kill.victim_cgroup, expected.victim_cgroup);
  EXPECT_EQ(kill.limit_cgroup, expected.limit_cgroup);
  EXPECT_EQ(kill.virtual_bytes, 5U);
  EXPECT_EQ(kill.resident_bytes(), 9U);
  EXPECT_EQ(kill.oom_score_adj, -17);
  ASSERT_EQ(kill.largest.size(), 2U);
  EXPECT_EQ(kill.largest[0].comm, "ld");
  EXPECT_EQ(kill.largest[0].resident_bytes, 900U);
  EXPECT_EQ(kill.largest[1].pid, 8);
}

TEST(OomKills, KeepWhatIsNotKnownUnknown) {
  const TempTree tree;
  auto database = Database::open(tree.path());
  ASSERT_TRUE(database);
  OomKill bare;
  bare.before_start = true;
  bare.sequence = 0xFFFF'FFFF'FFFF'FFFFULL;
  ASSERT_TRUE(insert_oom_kills(*database, std::span(&bare, 1)));
  const auto kills = last(*database, 1);
  ASSERT_EQ(kills.size(), 1U);
  EXPECT_EQ(kills[0].uid, std::nullopt);
  EXPECT_EQ(kills[0].oom_score_adj, std::nullopt);
  EXPECT_EQ(kills[0].scope, OomScope::unknown);
  EXPECT_TRUE(kills[0].before_start);
  EXPECT_EQ(kills[0].sequence, bare.sequence);
  EXPECT_TRUE(kills[0].largest.empty());
}

TEST(OomKills, AreWrittenOnceAndKeepWhatWasKnownFirst) {
  const TempTree tree;
  auto database = Database::open(tree.path());
  ASSERT_TRUE(database);
  OomKill kill = make_kill(1);
  ASSERT_TRUE(insert_oom_kills(*database, std::span(&kill, 1)));
  kill.group = "unknown";  // read again from the kernel's log by the next daemon
  ASSERT_TRUE(insert_oom_kills(*database, std::span(&kill, 1)));
  const auto kills = last(*database, 10);
  ASSERT_EQ(kills.size(), 1U);
  EXPECT_EQ(kills[0].group, "gcc");
  EXPECT_EQ(kills[0].largest.size(), 2U);
  kill.boot_id = "another";
  ASSERT_TRUE(insert_oom_kills(*database, std::span(&kill, 1)));
  EXPECT_EQ(last(*database, 10).size(), 2U) << "numbers begin anew with each boot";
}

TEST(OomKills, AreForgottenOldestFirst) {
  const TempTree tree;
  auto database = Database::open(tree.path());
  ASSERT_TRUE(database);
  std::vector<OomKill> kills;
  for (std::uint64_t i = 1; i <= 50; ++i) kills.push_back(make_kill(i));
  ASSERT_TRUE(insert_oom_kills(*database, kills, 10));
  const auto kept = last(*database, 100);
  ASSERT_EQ(kept.size(), 10U);
  EXPECT_EQ(kept.front().sequence, 50U);
  EXPECT_EQ(kept.back().sequence, 41U);
  auto orphans = database->prepare("SELECT count(*) FROM oom_largest");
  ASSERT_TRUE(orphans);
  ASSERT_TRUE(*orphans->step());
  EXPECT_EQ(orphans->integer(0), 20);
}

// A child that inserts one kill after the other and tells of each that is acknowledged, until it
// is killed in the middle.
std::uint64_t insert_until_killed(const std::string& folder, std::uint64_t from,
                                  std::chrono::microseconds patience) {
  int ends[2];
  EXPECT_EQ(::pipe(ends), 0);
  const pid_t child = ::fork();
  if (child == 0) {
    auto database = Database::open(folder);
    if (!database) ::_exit(1);
    for (std::uint64_t i = from;; ++i) {
      const OomKill kill = make_kill(i);
      if (!insert_oom_kills(*database, std::span(&kill, 1))) ::_exit(2);
      if (::write(ends[1], &i, sizeof i) != sizeof i) ::_exit(3);
    }
  }
  ::close(ends[1]);
  std::uint64_t acknowledged = 0;
  EXPECT_EQ(::read(ends[0], &acknowledged, sizeof acknowledged), ssize_t{sizeof acknowledged});
  ::usleep(static_cast<useconds_t>(patience.count()));
  ::kill(child, SIGKILL);
  int status = 0;
  EXPECT_EQ(::waitpid(child, &status, 0), child);
  EXPECT_TRUE(WIFSIGNALED(status)) << "it ended by itself: " << WEXITSTATUS(status);
  while (::read(ends[0], &acknowledged, sizeof acknowledged) > 0) continue;
  ::close(ends[0]);
  return acknowledged;
}

TEST(OomKills, SurviveAKillInTheMiddleOfWriting) {
  const TempTree tree;
  std::uint64_t next = 1;
  for (int round = 0; round < 8; ++round) {
    const auto acknowledged =
        insert_until_killed(tree.path(), next, std::chrono::microseconds(500 + 1700 * round));
    ASSERT_GE(acknowledged, next);
    auto database = Database::open(tree.path());
    ASSERT_TRUE(database) << database.error().text;
    EXPECT_EQ(database->moved_aside(), "");
    std::set<std::uint64_t> there;
    for (const OomKill& kill : last(*database, kOomKillsKept)) {
      EXPECT_TRUE(there.insert(kill.sequence).second);
      EXPECT_EQ(kill.largest.size(), 2U) << "half a record";
    }
    const std::uint64_t first = acknowledged > kOomKillsKept ? acknowledged - kOomKillsKept + 2 : 1;
    for (std::uint64_t i = first; i <= acknowledged; ++i) {
      EXPECT_TRUE(there.contains(i)) << i << " was acknowledged and is lost";
    }
    next = *there.rbegin() + 1;
  }
}

}  // namespace
}  // namespace perfwatch
