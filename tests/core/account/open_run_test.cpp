// SPDX-License-Identifier: Apache-2.0
#include "core/account/open_run.h"

#include <gtest/gtest.h>

#include <csignal>
#include <utility>

#include "tests/core/account/ledger_fixture.h"

namespace perfwatch {
namespace {

using test::record;

RunOpening opening(bool ordered = false) {
  RunOpening made;
  made.run.method = "test";
  made.begin = 10;
  made.ordered = ordered;
  return made;
}

std::string no_arguments() { return {}; }

Run finished(OpenRun& run) { return run.finish(AccountingTier::ebpf, "", 20); }

TEST(OpenRun, TakesTheFirstFailureOfItsRoots) {
  OpenRun run(opening(), 100);
  for (int i = 0; i < 3; ++i) run.add_root();
  run.root_ended(0, 12);
  run.root_ended(SIGKILL, 13);
  EXPECT_FALSE(run.resting());
  run.root_ended(3 << 8, 14);
  EXPECT_TRUE(run.resting());
  const perfwatch::Run made = finished(run);
  EXPECT_EQ(made.outcome, RunOutcome::killed);
  EXPECT_EQ(made.exit_code, SIGKILL);
  EXPECT_EQ(made.figures[RunMetric::wall_seconds], 4);
}

TEST(OpenRun, IsOverAfterItsLingerAndAWholeLook) {
  OpenRun run(opening(), 100);
  run.add_root();
  run.root_ended(0, 12);
  run.begin_look();
  run.end_look(40, {});
  EXPECT_FALSE(run.is_over(40, 15)) << "what the kernel tells late comes with the next round";
  run.begin_look();
  run.end_look(42, {});
  EXPECT_TRUE(run.is_over(42, 15));
  EXPECT_FALSE(run.is_over(42, 35));
  run.add_root();
  EXPECT_FALSE(run.is_over(100, 15));
}

TEST(OpenRun, CountsAnOrderFromItsMomentOn) {
  OpenRun run(opening(true), 100);
  run.add_root();
  auto shell = record(7, 100, "sh", 50);
  run.begin_look();
  run.meet(shell);
  run.end_look(11, {});
  EXPECT_EQ(run.so_far(11).figures[RunMetric::cpu_seconds], 0);
  shell.user_seconds = 53;
  run.begin_look();
  run.meet(shell);
  run.end_look(12, {});
  EXPECT_EQ(run.so_far(12).figures[RunMetric::cpu_seconds], 3);
  run.add_ended(record(8, 900, "cc", 5), 10, 9.5, no_arguments);    // before the order
  run.add_ended(record(9, 1100, "cc", 7), 10, 11.5, no_arguments);  // within
  run.conclude(0, 13);
  run.root_ended(1 << 8, 14);
  run.leave_behind(shell, no_arguments);
  const perfwatch::Run made = finished(run);
  EXPECT_EQ(made.outcome, RunOutcome::succeeded);
  EXPECT_EQ(made.figures[RunMetric::cpu_seconds], 10);
  EXPECT_EQ(made.figures[RunMetric::wall_seconds], 3);
  EXPECT_EQ(made.reason, "1 processes that were there before count from 1.0 s on");
  EXPECT_FALSE(made.exact);
}

TEST(OpenRun, KeepsWhatIsNotKnownAbsent) {
  OpenRun run(opening(), 100);
  run.add_root();
  run.add_ended(record(8, 1000, "cc", 5), 0, 11, no_arguments);
  run.root_ended(std::nullopt, 12);
  const perfwatch::Run made = finished(run);
  EXPECT_EQ(made.outcome, RunOutcome::interrupted);
  EXPECT_FALSE(made.figures.has(RunMetric::read_bytes));
  EXPECT_FALSE(made.figures.has(RunMetric::largest_process_bytes));
  EXPECT_FALSE(made.figures.has(RunMetric::concurrent_anonymous_bytes));
  EXPECT_FALSE(made.figures.has(RunMetric::cpu_stall_seconds));
  EXPECT_TRUE(made.exact) << "all was counted";
  EXPECT_EQ(made.reason, "how it ended is not known");
}

// Two looks at a short job had found 228 KiB, where one of its processes had 13 MiB.
TEST(OpenRun, KnowsTheMemoryOfAllAtOnceWhenItLookedOftenOnly) {
  const auto looked_at = [](int looks) {
    OpenRun run(opening(), 100);
    run.add_root();
    for (int i = 1; i <= looks; ++i) {
      auto living = record(8, 1000, "cc", 5);
      living.anonymous_bytes = i == 3 ? 7000 : 100;
      run.begin_look();
      run.meet(living);
      run.end_look(10 + i, {});
    }
    run.root_ended(0, 11 + looks);
    return finished(run);
  };
  EXPECT_FALSE(looked_at(9).figures.has(RunMetric::concurrent_anonymous_bytes));
  EXPECT_EQ(looked_at(10).figures[RunMetric::concurrent_anonymous_bytes], 7000);
}

TEST(OpenRun, HasTheStallUntilItRests) {
  auto begin = opening();
  begin.stall = {1, 2, std::nullopt};
  OpenRun run(std::move(begin), 100);
  run.add_root();
  run.root_ended(0, 12);
  run.begin_look();
  run.end_look(12.1, {4, 2, 7});
  run.begin_look();
  run.end_look(30, {400, 200, 7});
  const perfwatch::Run made = finished(run);
  EXPECT_EQ(made.figures[RunMetric::cpu_stall_seconds], 3);
  EXPECT_EQ(made.figures[RunMetric::memory_stall_seconds], 0);
  EXPECT_FALSE(made.figures.has(RunMetric::io_stall_seconds));
}

// A build server that a job left behind was in its last point, as if it had worked within 50 ms.
TEST(OpenRun, HasNoPointOfWhatOutlivedIt) {
  const auto last_cores = [](double end, double look) {
    OpenRun run(opening(), 100);
    run.add_root();
    auto server = record(8, 1000, "server", 0);
    run.begin_look();
    run.meet(server);
    run.end_look(11, {});
    run.root_ended(0, end);
    server.user_seconds = 8 * (look - 11);
    run.begin_look();
    run.meet(server);
    run.end_look(look, {});
    return finished(run).timeline.back().cpu_cores;
  };
  EXPECT_EQ(last_cores(11.05, 13), 0) << "no point of its own";
  EXPECT_DOUBLE_EQ(last_cores(12, 13), 8);
  EXPECT_DOUBLE_EQ(last_cores(13, 13), 8);
}

// A job of 54 ms between two sweeps, 30 s apart, was said to have been stalled for 63 ms; its
// timeline had a point at 30 s.
TEST(OpenRun, HasNoStallOfAnotherStretchOfTime) {
  const auto looked_at = [](double recognised, double look) {
    auto begin = opening();
    begin.recognised = recognised;
    begin.stall = {1, 2, 3};
    OpenRun run(std::move(begin), 100);
    run.add_root();
    run.add_ended(record(8, 1000, "cc", 1), 10, 12, no_arguments);
    run.root_ended(0, 12);
    run.begin_look();
    run.end_look(look, {4, 2, 7});
    return finished(run);
  };
  EXPECT_TRUE(looked_at(10.1, 12.1).figures.has(RunMetric::cpu_stall_seconds));
  EXPECT_FALSE(looked_at(10.1, 12.2).figures.has(RunMetric::cpu_stall_seconds));
  EXPECT_FALSE(looked_at(10.3, 12).figures.has(RunMetric::cpu_stall_seconds));
  const auto late = looked_at(10, 40);
  ASSERT_EQ(late.timeline.size(), 1U);
  EXPECT_EQ(late.timeline[0].seconds, 2);
  EXPECT_EQ(late.timeline[0].cpu_cores, 0.5);
}

}  // namespace
}  // namespace perfwatch
