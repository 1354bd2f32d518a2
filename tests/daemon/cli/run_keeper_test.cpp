// SPDX-License-Identifier: Apache-2.0
#include "daemon/cli/run_keeper.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/store/runs.h"
#include "daemon/cli/run_store.h"
#include "tests/support/sample_run.h"
#include "tests/support/temp_tree.h"

namespace perfwatch {
namespace {

using testing::HasSubstr;

// Of now, as old ones are forgotten.
Run running(std::uint8_t number) {
  Run run = test::sample_run(number, RunOutcome::running);
  run.started = std::chrono::system_clock::now();
  run.id = make_ulid(run.started, {number});
  return run;
}

// As measured: the same run, over.
Run over(Run run, double wall_seconds) {
  run.outcome = RunOutcome::succeeded;
  run.figures[RunMetric::wall_seconds] = wall_seconds;
  return run;
}

TEST(RunKeeper, KeepsARunFromItsBeginToItsEnd) {
  const test::TempTree tree;
  RunKeeper keeper(tree.path());
  const auto run = running(1);
  keeper.begin(run);
  const auto kept = keeper.finish(over(run, 7));
  ASSERT_TRUE(kept) << kept.error().text;
  auto database = open_run_store(tree.path(), RunStoreUse::read);
  ASSERT_TRUE(database);
  const auto found = find_run(*database, run.id);
  ASSERT_TRUE(found) << found.error().text;
  EXPECT_EQ(found->outcome, RunOutcome::succeeded);
  EXPECT_EQ(found->figures[RunMetric::wall_seconds], 7);
}

TEST(RunKeeper, KnowsWhatIsUsualFromTheRunsBefore) {
  const test::TempTree tree;
  const double walls[] = {30, 90, 31};
  for (std::uint8_t i = 0; i < 3; ++i) {
    RunKeeper keeper(tree.path());
    const auto run = running(i);
    keeper.begin(run);
    ASSERT_TRUE(keeper.finish(over(run, walls[i])));
    EXPECT_EQ(keeper.usual_seconds().has_value(), i > 0);
  }
  RunKeeper keeper(tree.path());
  const auto run = running(9);
  keeper.begin(run);
  ASSERT_TRUE(keeper.finish(over(run, 1)));  // waits for what goes on in the background
  EXPECT_EQ(keeper.usual_seconds(), 31);
}

TEST(RunKeeper, ForgetsNothingInAFolderThatWasNamed) {
  const test::TempTree tree;
  const auto old = test::sample_run(1, RunOutcome::succeeded);  // of years ago
  RunKeeper keeper(tree.path());
  ASSERT_TRUE(keeper.finish(old));
  ASSERT_TRUE(keeper.finish(over(running(2), 7)));
  auto database = open_run_store(tree.path(), RunStoreUse::read);
  ASSERT_TRUE(database);
  EXPECT_TRUE(find_run(*database, old.id)) << "the limits of that history are not ours";
}

TEST(RunKeeper, SaysAtTheEndWhyARunIsNotKept) {
  RunKeeper keeper("/proc/no/such");
  const auto run = running(1);
  keeper.begin(run);
  const auto kept = keeper.finish(over(run, 7));
  ASSERT_FALSE(kept);
  EXPECT_THAT(kept.error().text, HasSubstr("/proc/no"));
  EXPECT_EQ(keeper.usual_seconds(), std::nullopt);
}

}  // namespace
}  // namespace perfwatch
