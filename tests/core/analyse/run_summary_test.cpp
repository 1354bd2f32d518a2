// SPDX-License-Identifier: Apache-2.0
#include "core/analyse/run_summary.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

namespace perfwatch {
namespace {

using ::testing::IsEmpty;
using ::testing::SizeIs;

perfwatch::Run run_at(int minute, double wall, RunOutcome outcome = RunOutcome::succeeded) {
  perfwatch::Run run;
  run.id = "run" + std::to_string(minute);
  run.component = "kernel";
  run.operation = "make";
  run.labels = {{"branch", "main"}, {"commit", "c" + std::to_string(minute)}};
  run.started = std::chrono::system_clock::time_point(std::chrono::minutes(minute));
  run.outcome = outcome;
  run.figures[RunMetric::wall_seconds] = wall;
  run.figures[RunMetric::largest_process_bytes] = wall * 1e6;
  return run;
}

TEST(SummariseRuns, CountsAllAndMeasuresThoseThatSucceeded) {
  std::vector<perfwatch::Run> runs{run_at(3, 30), run_at(1, 10),
                                   run_at(2, 1000, RunOutcome::failed)};
  const OperationReport report = summarise_runs(runs);
  EXPECT_EQ(report.operation, "make");
  EXPECT_EQ(report.count, 3U);
  EXPECT_EQ(report.outcomes[static_cast<std::size_t>(RunOutcome::failed)], 1U);
  EXPECT_DOUBLE_EQ(report.metrics[RunMetric::wall_seconds].mean, 20);
  EXPECT_EQ(report.metrics[RunMetric::cpu_seconds].count, 0U);  // not known is not 0
  EXPECT_EQ(report.memory_metric, RunMetric::largest_process_bytes);
  EXPECT_FALSE(report.wall_trend);
  ASSERT_THAT(report.history, SizeIs(3));
  EXPECT_EQ(report.history[0].id, "run1");
  EXPECT_EQ(report.history[1].commit, "c2");
  EXPECT_FALSE(report.history[1].counted);
  EXPECT_DOUBLE_EQ(report.history[2].peak_bytes, 30e6);
  EXPECT_EQ(report.last_run->id, "run3");
}

TEST(SummariseRuns, KeepsColdRunsApart) {
  std::vector<perfwatch::Run> runs{run_at(1, 10), run_at(2, 50)};
  runs[1].cold = true;
  OperationReport report = summarise_runs(runs);
  EXPECT_DOUBLE_EQ(report.metrics[RunMetric::wall_seconds].max, 10);
  EXPECT_FALSE(report.counted_cold);
  runs[0].cold = true;
  report = summarise_runs(runs);
  EXPECT_TRUE(report.counted_cold);
  EXPECT_EQ(report.metrics[RunMetric::wall_seconds].count, 2U);
}

TEST(SummariseRuns, FindsTheTrendFromRunToRun) {
  std::vector<perfwatch::Run> runs;
  for (int i = 0; i < 20; ++i) runs.push_back(run_at(i * i, 100 + 2 * i + (i % 3) * 0.5));
  std::reverse(runs.begin(), runs.end());
  const OperationReport report = summarise_runs(runs);
  ASSERT_TRUE(report.wall_trend);
  EXPECT_EQ(report.wall_trend->direction, "degrading");
  EXPECT_NEAR(report.wall_trend->slope, 2, 0.1);
  EXPECT_LT(report.wall_trend->volatility, 1);
}

TEST(SummariseRuns, CallsATrendThatNobodyWouldActOnStable) {
  std::vector<perfwatch::Run> runs;
  for (int i = 0; i < 20; ++i) runs.push_back(run_at(i, 100 + 0.1 * i));
  EXPECT_EQ(summarise_runs(runs).wall_trend->direction, "stable");
}

TEST(SummariseRuns, AdvisesOnWhatIsUsual) {
  std::vector<perfwatch::Run> runs;
  for (int i = 0; i < 5; ++i) {
    runs.push_back(run_at(i, 100));
    runs.back().figures[RunMetric::memory_stall_seconds] = i == 4 ? 90 : 0;  // once
  }
  EXPECT_THAT(summarise_runs(runs).bottlenecks, IsEmpty());
  for (auto& run : runs) run.figures[RunMetric::memory_stall_seconds] = 60;
  EXPECT_THAT(summarise_runs(runs).bottlenecks, SizeIs(1));
  EXPECT_THAT(summarise_runs(runs).recommendations, SizeIs(1));
}

TEST(SummariseRuns, StandsNoRunsAndNoSuccess) {
  EXPECT_EQ(summarise_runs({}).count, 0U);
  const OperationReport report =
      summarise_runs(std::vector<perfwatch::Run>{run_at(1, 5, RunOutcome::interrupted)});
  EXPECT_EQ(report.metrics[RunMetric::wall_seconds].count, 0U);
  EXPECT_EQ(report.last_run->id, "run1");
  EXPECT_THAT(report.recommendations, IsEmpty());
}

}  // namespace
}  // namespace perfwatch
