// SPDX-License-Identifier: Apache-2.0
#include "daemon/cli/bench_runs.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace perfwatch {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::SizeIs;

BenchTask task(const std::string& word, bool prepared = false) {
  BenchTask made;
  made.text = word;
  made.words = {word};
  if (prepared) made.prepare = {"prepare", word};
  return made;
}

// A host on which every run takes as long as its test says.
struct FakeHost {
  double now = 0;
  double each = 1;
  std::vector<std::string> log;
  std::vector<BenchProgress> progress;
  int fails_at = -1;  // the run of this number, from 0
  int interrupted_at = -1;
  int runs = 0;
  bool prepare_fails = false;
  std::string not_run;

  BenchHands hands() {
    BenchHands hands;
    hands.measure = [this](const RunRequest& request) -> Result<RunEnd> {
      log.push_back(request.command.front());
      RunEnd end;
      end.not_run = not_run;
      end.run.outcome = runs == fails_at ? RunOutcome::failed : RunOutcome::succeeded;
      end.run.exit_code = runs == fails_at ? 7 : 0;
      end.run.figures[RunMetric::wall_seconds] = each;
      now += each;
      ++runs;
      return end;
    };
    hands.prepare = [this](const std::vector<std::string>& words) -> Result<void> {
      log.push_back("+" + words.back());
      if (prepare_fails) return fail(ErrorKind::io, "exit code 9");
      return {};
    };
    hands.interrupted = [this] { return interrupted_at >= 0 && runs >= interrupted_at; };
    hands.seconds = [this] { return now; };
    hands.on_progress = [this](const BenchProgress& at) { progress.push_back(at); };
    hands.on_measured = [this](std::size_t, const BenchCommand& command) {
      log.push_back("=" + command.command);
    };
    return hands;
  }
};

BenchPlan plan(std::vector<BenchTask> tasks, std::optional<std::size_t> runs) {
  BenchPlan made;
  made.tasks = std::move(tasks);
  made.runs = runs;
  return made;
}

TEST(RunBench, WarmsUpThenMeasuresAndPreparesEachRun) {
  FakeHost host;
  BenchPlan wish = plan({task("a", true), task("b")}, 2);
  wish.warmup = 1;
  const BenchEnd end = run_bench(wish, host.hands());
  EXPECT_THAT(host.log, ElementsAre("+a", "a", "+a", "a", "+a", "a", "=a", "b", "b", "b", "=b"));
  ASSERT_THAT(end.commands, SizeIs(2));
  EXPECT_THAT(end.commands[0].runs, SizeIs(2));
  EXPECT_EQ(end.commands[1].command, "b");
  EXPECT_EQ(end.failure, "");
  EXPECT_THAT(end.runs, SizeIs(0)) << "not kept";
}

TEST(RunBench, RunsTenTimesAtLeast) {
  FakeHost host;
  host.each = 60;
  EXPECT_THAT(run_bench(plan({task("a")}, {}), host.hands()).commands[0].runs, SizeIs(10));
}

TEST(RunBench, RunsForThreeSecondsAtLeast) {
  FakeHost host;
  host.each = 0.0625;
  EXPECT_THAT(run_bench(plan({task("a")}, {}), host.hands()).commands[0].runs, SizeIs(48));
  host.each = 0;
  EXPECT_THAT(run_bench(plan({task("a")}, {}), host.hands()).commands[0].runs,
              SizeIs(kMostBenchRuns));
}

TEST(RunBench, EndsWithTheFirstFailure) {
  FakeHost host;
  host.fails_at = 2;
  const BenchEnd end = run_bench(plan({task("a"), task("b")}, 5), host.hands());
  EXPECT_THAT(end.failure, HasSubstr("a: run 3 failed with exit code 7; --show-output"));
  EXPECT_THAT(host.log, ElementsAre("a", "a", "a"));
}

TEST(RunBench, GoesOnAfterFailuresWhenToldTo) {
  FakeHost host;
  host.fails_at = 2;
  BenchPlan wish = plan({task("a")}, 5);
  wish.ignore_failure = true;
  const BenchEnd end = run_bench(wish, host.hands());
  ASSERT_THAT(end.commands[0].runs, SizeIs(5));
  EXPECT_EQ(end.commands[0].runs[2].exit_code, 7);
  EXPECT_EQ(end.failure, "");
}

TEST(RunBench, EndsWhenACommandCannotBeStarted) {
  FakeHost host;
  host.not_run = "No such file or directory";
  BenchPlan wish = plan({task("a b")}, 5);
  wish.ignore_failure = true;
  wish.warmup = 1;
  const BenchEnd end = run_bench(wish, host.hands());
  EXPECT_EQ(end.failure,
            "a b: cannot be started: No such file or directory (a command in one word goes before "
            "the --)");
  EXPECT_THAT(end.commands, SizeIs(0));
}

TEST(RunBench, EndsWhenPreparingFails) {
  FakeHost host;
  host.prepare_fails = true;
  const BenchEnd end = run_bench(plan({task("a", true)}, 5), host.hands());
  EXPECT_EQ(end.failure, "a: --prepare before run 1: exit code 9");
  EXPECT_THAT(host.log, ElementsAre("+a"));
}

TEST(RunBench, KeepsWhatWasMeasuredBeforeAnInterruption) {
  FakeHost host;
  host.interrupted_at = 3;
  const BenchEnd end = run_bench(plan({task("a"), task("b")}, 5), host.hands());
  EXPECT_TRUE(end.interrupted);
  ASSERT_THAT(end.commands, SizeIs(1));
  EXPECT_THAT(end.commands[0].runs, SizeIs(2)) << "the run that the signal ended tells nothing";
  EXPECT_THAT(host.log, ElementsAre("a", "a", "a", "=a"));
}

TEST(RunBench, TellsHowFarItIs) {
  FakeHost host;
  host.each = 0.5;
  BenchPlan wish = plan({task("a")}, 4);
  wish.warmup = 1;
  (void)run_bench(wish, host.hands());
  ASSERT_THAT(host.progress, SizeIs(5));
  EXPECT_TRUE(host.progress[0].warmup);
  EXPECT_TRUE(std::isnan(host.progress[1].mean_seconds));
  EXPECT_EQ(host.progress[4].run, 3u);
  EXPECT_EQ(host.progress[4].runs, 4u);
  EXPECT_DOUBLE_EQ(host.progress[4].mean_seconds, 0.5);
  EXPECT_DOUBLE_EQ(host.progress[4].left_seconds, 0.5);
}

}  // namespace
}  // namespace perfwatch
