// SPDX-License-Identifier: Apache-2.0
#include "core/analyse/run_diff.h"

#include <gtest/gtest.h>

#include <cmath>

#include "tests/support/sample_run.h"

namespace perfwatch {
namespace {

using test::RunValue;

MetricDiff of(const RunDiff& diff, RunMetric metric) {
  for (const auto& one : diff.metrics) {
    if (one.metric == metric) return one;
  }
  ADD_FAILURE() << "it is not there";
  return {};
}

TEST(DiffRuns, TellsWhatEachMetricBecame) {
  const RunValue before = test::sample_run(1);
  RunValue after = test::sample_run(2);
  after.figures[RunMetric::cpu_seconds] = 1.5 * before.figures[RunMetric::cpu_seconds];
  after.figures[RunMetric::major_faults] = 7;
  after.figures[RunMetric::read_bytes] = std::nan("");
  const RunDiff diff = diff_runs(before, after);
  EXPECT_EQ(diff.metrics.size(), kRunMetrics - 1) << "of the cgroup's peak nobody knows anything";
  EXPECT_EQ(diff.metrics.front().metric, RunMetric::cpu_seconds);
  EXPECT_EQ(diff.metrics.front().change, 0.5);
  EXPECT_EQ(of(diff, RunMetric::wall_seconds).change, 0.0);
  EXPECT_EQ(of(diff, RunMetric::major_faults).change, std::nullopt) << "there were none";
  EXPECT_EQ(of(diff, RunMetric::major_faults).after, 7);
  EXPECT_EQ(of(diff, RunMetric::read_bytes).change, std::nullopt);
}

TEST(DiffRuns, NamesTheCommandsThatGrew) {
  const RunValue before = test::sample_run(1);
  RunValue after = test::sample_run(2);
  after.by_cpu[0].cpu_seconds += 10;
  after.by_cpu[1].cpu_seconds -= 0.25;
  after.by_cpu.push_back({"lto1", 3, 20, 1e9, "lto1 all.o"});
  after.by_memory[1].cpu_seconds = std::nan("");
  const RunDiff diff = diff_runs(before, after);
  ASSERT_EQ(diff.commands.size(), 2U);
  EXPECT_EQ(diff.commands[0].comm, "lto1");
  EXPECT_EQ(diff.commands[0].grown, 20);
  EXPECT_FALSE(diff.commands[0].before) << "which is not 0";
  EXPECT_EQ(diff.commands[1].comm, "cc1");
  EXPECT_EQ(diff.commands[1].grown, 10);
  EXPECT_TRUE(diff_runs(before, before).commands.empty());
}

}  // namespace
}  // namespace perfwatch
