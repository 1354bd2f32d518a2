// SPDX-License-Identifier: Apache-2.0
// Many processes that keep runs in one database, from its very first moment, and processes that are
// killed while they do.
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>

#include "core/store/runs.h"
#include "tests/support/sample_run.h"
#include "tests/support/temp_tree.h"

namespace perfwatch {
namespace {

using test::run_id;
using test::RunValue;
using test::sample_run;

// Two hundred with PERFWATCH_TEST_CROWD=200; less by default, as each waits for the disk.
int crowd_size() {
  const char* text = std::getenv("PERFWATCH_TEST_CROWD");
  return text == nullptr ? 40 : std::atoi(text);
}

// What one `perfwatch run` does with the database; 0 when all went well.
int keep_one(const std::string& folder, int number) {
  auto database = Database::open(folder, DatabaseUse::commands);
  if (!database) return std::fprintf(stderr, "%s\n", database.error().text.c_str());
  RunValue run = sample_run(number, RunOutcome::running);
  auto done = begin_run(*database, run, {{::getpid(), 1}, "boot"});
  run.outcome = RunOutcome::succeeded;
  if (done) done = finish_run(*database, run);
  if (!done) return std::fprintf(stderr, "%d: %s\n", number, done.error().text.c_str());
  const auto pruned = prune_runs(*database, run.started);
  return pruned ? 0 : std::fprintf(stderr, "%s\n", pruned.error().text.c_str());
}

TEST(RunCrowd, KeepsEveryRunOfProcessesThatWriteAtOnce) {
  const test::TempTree tree;
  const int size = crowd_size();
  std::vector<pid_t> children;
  for (int i = 0; i < size; ++i) {
    const pid_t child = ::fork();
    if (child == 0) ::_exit(keep_one(tree.path(), i) == 0 ? 0 : 1);
    children.push_back(child);
  }
  for (const pid_t child : children) {
    int status = 0;
    ASSERT_EQ(::waitpid(child, &status, 0), child);
    EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0) << status;
  }
  auto database = Database::open(tree.path());
  ASSERT_TRUE(database) << database.error().text;
  EXPECT_EQ(database->moved_aside(), "");
  RunFilter filter;
  filter.limit = 1000;
  const auto runs = list_runs(*database, filter);
  ASSERT_TRUE(runs) << runs.error().text;
  EXPECT_EQ(runs->size(), static_cast<std::size_t>(size));
  for (const RunValue& run : *runs) EXPECT_EQ(run.outcome, RunOutcome::succeeded);
}

// Begins and finishes one run after the other and tells of each that is acknowledged.
[[noreturn]] void keep_until_killed(const std::string& folder, int from, int tell) {
  auto database = Database::open(folder, DatabaseUse::commands);
  if (!database) ::_exit(1);
  for (int i = from;; ++i) {
    if (!begin_run(*database, sample_run(i), {{::getpid(), 1}, "boot"})) ::_exit(2);
    if (!finish_run(*database, sample_run(i))) ::_exit(3);
    if (::write(tell, &i, sizeof i) != sizeof i) ::_exit(4);
  }
}

TEST(RunCrowd, LosesNothingAcknowledgedToAKill) {
  const test::TempTree tree;
  int next = 0;
  for (int round = 0; round < 6; ++round) {
    int ends[2];
    ASSERT_EQ(::pipe(ends), 0);
    const pid_t child = ::fork();
    if (child == 0) keep_until_killed(tree.path(), next, ends[1]);
    ::close(ends[1]);
    int acknowledged = -1;
    ASSERT_EQ(::read(ends[0], &acknowledged, sizeof acknowledged), ssize_t{sizeof acknowledged});
    ::usleep(static_cast<useconds_t>(300 + 2300 * round));
    ::kill(child, SIGKILL);
    ASSERT_EQ(::waitpid(child, nullptr, 0), child);
    while (::read(ends[0], &acknowledged, sizeof acknowledged) > 0) continue;
    ::close(ends[0]);
    auto database = Database::open(tree.path());
    ASSERT_TRUE(database) << database.error().text;
    ASSERT_EQ(database->moved_aside(), "");
    for (int i = next; i <= acknowledged; ++i) {
      const auto run = find_run(*database, run_id(i));
      ASSERT_TRUE(run) << i << " was acknowledged and is lost";
      EXPECT_EQ(run->timeline.size(), 3U);
      EXPECT_EQ(run->command.size(), 3U);
    }
    ASSERT_TRUE(close_interrupted_runs(*database, [](const RunMeasurer&) { return false; }));
    RunFilter open;
    open.outcome = RunOutcome::running;
    EXPECT_TRUE(list_runs(*database, open)->empty()) << "the one in between is interrupted";
    next = acknowledged + 2;
  }
}

}  // namespace
}  // namespace perfwatch
