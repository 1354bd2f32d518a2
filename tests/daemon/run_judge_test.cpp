// SPDX-License-Identifier: Apache-2.0
#include "daemon/run_judge.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <string>

#include "core/store/baselines.h"
#include "core/store/runs.h"
#include "daemon/run_reports.h"
#include "tests/support/sample_run.h"
#include "tests/support/temp_tree.h"

namespace perfwatch {
namespace {

using test::RunValue;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;

class RunJudgeTest : public ::testing::Test {
 protected:
  RunJudgeTest() : database_(std::move(Database::open(folder_.path()).value())) {}

  // A run that used so much CPU time, most of it in cc1; kept.
  RunValue add(double cpu, const std::string& commit, RunOutcome outcome = RunOutcome::succeeded) {
    RunValue run = test::sample_run(++seconds_, outcome);
    const double noise = 1 + 0.004 * static_cast<double>(seconds_ * 7 % 5);
    run.labels = {{"commit", commit}};
    run.figures[RunMetric::cpu_seconds] = cpu * noise;
    run.figures[RunMetric::user_seconds] = 0.9 * cpu * noise;
    run.figures[RunMetric::system_seconds] = 0.1 * cpu * noise;
    run.figures[RunMetric::wall_seconds] = cpu / 4 * noise;
    run.by_cpu = {{"cc1", 800, 0.8 * cpu, 5e8, "cc1 -O2 big.c"}, {"ld", 1, 20, 3e9, "ld"}};
    EXPECT_TRUE(finish_run(database_, run));
    return run;
  }

  JudgedRun judged(const RunValue& run) { return judge_run(database_, run).value(); }

  test::TempTree folder_;
  Database database_;
  std::int64_t seconds_ = 0;
};

TEST_F(RunJudgeTest, NamesTheMetricTheCommitAndTheCommandThatGrew) {
  for (int i = 0; i < 12; ++i) add(100, "old");
  add(150, "guilty");
  add(150, "later");
  const JudgedRun judged = this->judged(add(150, "newest"));
  EXPECT_TRUE(judged.fails());
  ASSERT_FALSE(judged.regressions.empty());
  const RunRegression& first = judged.regressions.front();
  EXPECT_EQ(first.metric, RunMetric::cpu_seconds);
  EXPECT_EQ(first.since_commit, "guilty");
  EXPECT_EQ(first.since_run, test::run_id(13));
  EXPECT_THAT(first.text, HasSubstr("cc1"));
  ASSERT_FALSE(judged.by_cpu.empty());
  EXPECT_EQ(judged.by_cpu.front().comm, "cc1");
  EXPECT_THAT(judged.judged_runs, SizeIs(3));
  EXPECT_THAT(verdict_lines(judged).front().text, HasSubstr("since commit guilty"));
}

TEST_F(RunJudgeTest, NamesNoCommandForARunThatSleptLonger) {
  RunValue newest;
  for (int i = 0; i < 15; ++i) {
    newest = test::sample_run(++seconds_);
    newest.figures = {};
    const double noise = 1 + 0.004 * static_cast<double>(seconds_ * 7 % 5);
    newest.figures[RunMetric::cpu_seconds] = 0.0012 * noise;
    newest.figures[RunMetric::wall_seconds] = (i < 12 ? 0.101 : 0.202) * noise;
    newest.by_cpu = {{"sleep", 1, i < 12 ? 0.00122 : 0.00167, 1e6, "sleep"}};
    ASSERT_TRUE(finish_run(database_, newest));
  }
  const JudgedRun judged = this->judged(newest);
  ASSERT_THAT(judged.regressions, SizeIs(1));
  EXPECT_EQ(judged.regressions[0].metric, RunMetric::wall_seconds);
  EXPECT_THAT(judged.regressions[0].text, Not(HasSubstr("Grew"))) << "0.45 ms of 101 ms";
}

TEST_F(RunJudgeTest, ForgetsWhatWasAccepted) {
  for (int i = 0; i < 12; ++i) add(100, "old");
  for (int i = 0; i < 3; ++i) add(150, "slow");
  RunValue newest = add(150, "slow");
  ASSERT_TRUE(judged(newest).fails());
  ASSERT_TRUE(accept_baseline(database_, key_of(newest), test::run_id(13), "LTO",
                              std::chrono::system_clock::now()));
  for (int i = 0; i < 8; ++i) newest = add(150, "slow");
  const JudgedRun after = judged(newest);
  EXPECT_FALSE(after.fails());
  EXPECT_EQ(after.review.judgement.verdict, RunVerdict::unchanged);
}

TEST_F(RunJudgeTest, DoesNotJudgeWhatFailed) {
  for (int i = 0; i < 12; ++i) add(100, "old");
  const JudgedRun judged = this->judged(add(500, "new", RunOutcome::failed));
  EXPECT_FALSE(judged.fails());
  EXPECT_THAT(judged.not_judged, HasSubstr("only runs that succeed"));
  ASSERT_THAT(verdict_lines(judged), SizeIs(1));
  EXPECT_EQ(verdict_lines(judged)[0].kind, RunVerdictLine::Kind::unknown);
}

TEST_F(RunJudgeTest, ComparesWithWhatWasImported) {
  const RunValue own = add(150, "here");
  Baseline elsewhere;
  elsewhere.key = key_of(own);
  for (int i = 0; i < 12; ++i) {
    BaselineRun known;
    known.id = test::run_id(-100 + i);
    known.figures[RunMetric::cpu_seconds] = 100 + 0.2 * i;
    elsewhere.runs.push_back(known);
  }
  ASSERT_TRUE(import_baselines(database_, std::vector{elsewhere}));
  add(150, "here");
  const JudgedRun judged = this->judged(add(150, "here"));
  EXPECT_TRUE(judged.fails());
  EXPECT_THAT(judged.by_cpu, IsEmpty()) << "nobody knows the commands of those runs";
}

TEST_F(RunJudgeTest, ReportsEachOperationWithWhatRegressed) {
  for (int i = 0; i < 12; ++i) add(100, "old");
  for (int i = 0; i < 3; ++i) add(150, "slow");
  RunValue other = test::sample_run(++seconds_, RunOutcome::failed);
  other.operation = "make modules";
  ASSERT_TRUE(finish_run(database_, other));
  const RunReportOf made = make_run_report(database_, RunFilter()).value();
  ASSERT_THAT(made.report.operations, SizeIs(2));
  EXPECT_EQ(made.report.operations[0].operation, "make modules") << "the most recent first";
  EXPECT_THAT(made.report.operations[0].regressions, IsEmpty());
  const OperationReport& told = made.report.operations[1];
  EXPECT_EQ(told.count, 15U);
  EXPECT_FALSE(told.regressions.empty());
  ASSERT_TRUE(told.last_run);
  EXPECT_FALSE(told.last_run->timeline.empty());
  EXPECT_EQ(made.runs_left_out, 0U);
}

TEST_F(RunJudgeTest, ReportsARegressionThatAColdRunCameAfter) {
  for (int i = 0; i < 12; ++i) add(100, "old");
  for (int i = 0; i < 3; ++i) add(150, "slow");
  RunValue cold = test::sample_run(++seconds_);
  cold.cold = true;
  ASSERT_TRUE(finish_run(database_, cold));
  const RunReportOf made = make_run_report(database_, RunFilter()).value();
  ASSERT_THAT(made.report.operations, SizeIs(1));
  const OperationReport& told = made.report.operations[0];
  EXPECT_FALSE(told.regressions.empty()) << "the cold run has no baseline and hides nothing";
  ASSERT_TRUE(told.last_run);
  EXPECT_EQ(told.last_run->id, test::run_id(15)) << "the newest warm one";
  EXPECT_FALSE(told.last_run->timeline.empty());
}

TEST_F(RunJudgeTest, ReportsNoOperationWithTwoClassesOfHost) {
  add(100, "old");
  RunValue moved = test::sample_run(++seconds_);
  moved.host_class.cores = 64;
  ASSERT_TRUE(finish_run(database_, moved));
  const RunReportOf made = make_run_report(database_, RunFilter()).value();
  ASSERT_THAT(made.report.operations, SizeIs(1));
  EXPECT_EQ(made.report.operations[0].count, 1U);
  EXPECT_EQ(made.runs_left_out, 1U);
}

}  // namespace
}  // namespace perfwatch
