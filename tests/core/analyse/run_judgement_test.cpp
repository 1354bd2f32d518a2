// SPDX-License-Identifier: Apache-2.0
// judge_runs: all metrics of runs together.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <random>
#include <vector>

#include "core/analyse/run_verdict.h"

namespace perfwatch {
namespace {

using ::testing::HasSubstr;

struct Build {
  double cpu = 200;
  double wall = 60;
  double memory = 1e9;
  double cpu_stall = 3;
};

std::vector<RunFigures> runs(std::size_t count, const Build& build, unsigned seed) {
  std::mt19937 random(seed);
  std::normal_distribution<double> normal(1, 0.02);
  std::vector<RunFigures> all(count);
  for (RunFigures& run : all) {
    run[RunMetric::cpu_seconds] = build.cpu * normal(random);
    run[RunMetric::wall_seconds] = build.wall * normal(random);
    run[RunMetric::largest_process_bytes] = build.memory * normal(random);
    run[RunMetric::cpu_stall_seconds] = build.cpu_stall * normal(random);
  }
  return all;
}

const std::vector<RunFigures>& baseline() {
  static const std::vector<RunFigures> kRuns = runs(12, {}, 1);
  return kRuns;
}

TEST(JudgeRuns, FindsTheSameUnchanged) {
  const RunJudgement judgement = judge_runs(baseline(), runs(3, {}, 2));
  EXPECT_EQ(judgement.verdict, RunVerdict::unchanged);
  EXPECT_FALSE(judgement.headline);
  EXPECT_FALSE(judgement.fails);
  ASSERT_EQ(judgement.metrics.size(), 4U) << "only what is known";
  EXPECT_EQ(judgement.metrics[0].metric, RunMetric::cpu_seconds);
  EXPECT_EQ(judgement.metrics[3].metric, RunMetric::cpu_stall_seconds);
  EXPECT_EQ(judgement.find(RunMetric::processes), nullptr);
  EXPECT_FALSE(judgement.text.empty());
}

TEST(JudgeRuns, NamesCpuBeforeWall) {
  const RunJudgement judgement = judge_runs(baseline(), runs(3, {300, 90}, 2));
  EXPECT_EQ(judgement.verdict, RunVerdict::regressed);
  EXPECT_EQ(judgement.headline, RunMetric::cpu_seconds);
  EXPECT_TRUE(judgement.fails);
  EXPECT_FALSE(judgement.find(RunMetric::wall_seconds)->waited);
  EXPECT_EQ(judgement.find(RunMetric::wall_seconds)->severity, Severity::warning);
  EXPECT_THAT(judgement.text, HasSubstr("CPU: "));
}

TEST(JudgeRuns, NamesMemory) {
  const RunJudgement judgement = judge_runs(baseline(), runs(3, {200, 60, 1.64e9}, 2));
  EXPECT_EQ(judgement.headline, RunMetric::largest_process_bytes);
  EXPECT_TRUE(judgement.fails);
}

TEST(JudgeRuns, SaysThatABusyHostKeptARunWaiting) {
  const RunJudgement judgement = judge_runs(baseline(), runs(3, {201, 95, 1e9, 35}, 2));
  EXPECT_EQ(judgement.verdict, RunVerdict::regressed);
  EXPECT_EQ(judgement.headline, RunMetric::wall_seconds);
  EXPECT_FALSE(judgement.fails) << "not its own doing";
  const MetricVerdict& wall = *judgement.find(RunMetric::wall_seconds);
  EXPECT_TRUE(wall.waited);
  EXPECT_EQ(wall.severity, Severity::info);
  EXPECT_THAT(judgement.text, HasSubstr("waited longer (a busy host?), did not work more"));
  EXPECT_THAT(judgement.text, HasSubstr("stalled for CPU: "));
}

TEST(JudgeRuns, DoesNotExcuseARunThatSleeps) {
  const RunJudgement judgement = judge_runs(baseline(), runs(3, {200, 95, 1e9, 3}, 2));
  EXPECT_EQ(judgement.headline, RunMetric::wall_seconds);
  EXPECT_FALSE(judgement.find(RunMetric::wall_seconds)->waited);
  EXPECT_TRUE(judgement.fails);
}

TEST(JudgeRuns, DoesNotExcuseARunThatPerhapsWorkedMore) {
  const RunJudgement judgement = judge_runs(baseline(), runs(3, {240, 95, 1e9, 20}, 2));
  EXPECT_EQ(judgement.find(RunMetric::cpu_seconds)->verdict, RunVerdict::unchanged) << "20 %";
  EXPECT_FALSE(judgement.find(RunMetric::wall_seconds)->waited);
}

TEST(JudgeRuns, DoesNotFailForWhatOnlyExplains) {
  const RunJudgement judgement = judge_runs(baseline(), runs(3, {200, 60, 1e9, 30}, 2));
  EXPECT_EQ(judgement.find(RunMetric::cpu_stall_seconds)->verdict, RunVerdict::regressed);
  EXPECT_EQ(judgement.verdict, RunVerdict::unchanged);
  EXPECT_EQ(judgement.headline, RunMetric::cpu_stall_seconds);
  EXPECT_FALSE(judgement.fails);
}

TEST(JudgeRuns, TellsAnImprovement) {
  const RunJudgement judgement = judge_runs(baseline(), runs(3, {120, 40}, 2));
  EXPECT_EQ(judgement.verdict, RunVerdict::improved);
  EXPECT_EQ(judgement.headline, RunMetric::cpu_seconds);
}

TEST(JudgeRuns, TellsARegressionBesideAnImprovement) {
  const RunJudgement judgement = judge_runs(baseline(), runs(3, {120, 40, 2e9}, 2));
  EXPECT_EQ(judgement.verdict, RunVerdict::regressed);
  EXPECT_EQ(judgement.headline, RunMetric::largest_process_bytes);
}

TEST(JudgeRuns, DoesNotFailForOneRunUnlessAsked) {
  EXPECT_FALSE(judge_runs(baseline(), runs(1, {400, 120}, 2)).fails);
  VerdictSettings settings;
  settings.fewest_to_confirm = 1;
  EXPECT_TRUE(judge_runs(baseline(), runs(1, {400, 120}, 2), settings).fails);
}

TEST(JudgeRuns, IsStricterWithEachThanWithOneAlone) {
  const std::vector<RunFigures> judged = runs(10, {206.5, 60}, 2);
  std::vector<double> before;
  std::vector<double> after;
  for (const RunFigures& run : baseline()) before.push_back(run[RunMetric::cpu_seconds]);
  for (const RunFigures& run : judged) after.push_back(run[RunMetric::cpu_seconds]);
  const MetricVerdict alone = judge_metric(RunMetric::cpu_seconds, before, after);
  const MetricVerdict together = *judge_runs(baseline(), judged).find(RunMetric::cpu_seconds);
  EXPECT_GE(together.p_value, alone.p_value);
  EXPECT_GT(together.noise_floor, alone.noise_floor);
  EXPECT_EQ(together.effect, alone.effect);
}

// The peak of short runs is not known: they are over before anybody looked often enough.
TEST(JudgeRuns, JudgesAMetricByTheRunsThatKnowIt) {
  constexpr auto kPeak = RunMetric::concurrent_anonymous_bytes;
  constexpr double kMebi = 1048576;
  std::vector<RunFigures> before = baseline();
  std::vector<RunFigures> after = runs(3, {}, 2);
  for (std::size_t i = 0; i < 9; ++i)
    before[i][kPeak] = (4 + 0.01 * static_cast<double>(i)) * kMebi;
  for (RunFigures& run : after) run[kPeak] = 40 * kMebi;
  const RunJudgement few = judge_runs(before, after);
  EXPECT_EQ(few.find(kPeak)->verdict, RunVerdict::not_enough_data) << "9 of 12";
  EXPECT_EQ(few.find(kPeak)->baseline_runs, 9U);
  EXPECT_EQ(few.verdict, RunVerdict::unchanged) << "of what is known";
  before[11][kPeak] = 4 * kMebi;
  EXPECT_EQ(judge_runs(before, after).find(kPeak)->verdict, RunVerdict::regressed);
  EXPECT_TRUE(judge_runs(before, after).fails);
  after[0][kPeak] = std::nan("");
  EXPECT_FALSE(judge_runs(before, after).fails) << "2 of 3 confirm nothing";
  for (RunFigures& run : after) run[kPeak] = std::nan("");
  EXPECT_EQ(judge_runs(before, after).find(kPeak), nullptr);
}

TEST(JudgeRuns, TakesNothing) {
  EXPECT_EQ(judge_runs({}, {}).verdict, RunVerdict::not_enough_data);
  EXPECT_EQ(judge_runs({}, {}).text, "Nothing is known of the judged run.");
  EXPECT_EQ(judge_runs(baseline(), std::vector<RunFigures>(3)).metrics.size(), 0U);
  const RunJudgement young = judge_runs({}, runs(1, {}, 1));
  EXPECT_EQ(young.verdict, RunVerdict::not_enough_data);
  EXPECT_EQ(young.text, "CPU: 0 runs in the baseline, 10 are needed.");
}

TEST(RunVerdict, HasNames) {
  EXPECT_EQ(to_string(RunVerdict::regressed), "regressed");
  EXPECT_EQ(to_string(RunVerdict::not_enough_data), "not_enough_data");
}

}  // namespace
}  // namespace perfwatch
