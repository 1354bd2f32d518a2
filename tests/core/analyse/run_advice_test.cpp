// SPDX-License-Identifier: Apache-2.0
#include "core/analyse/run_advice.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace perfwatch {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

// 100 s on 8 cores, of which 7 are in use.
Run busy_run() {
  perfwatch::Run run;
  run.host_class.cores = 8;
  run.figures[RunMetric::wall_seconds] = 100;
  run.figures[RunMetric::cpu_seconds] = 700;
  return run;
}

TEST(RunRemarks, HasNothingToSayOfAGoodRun) {
  EXPECT_THAT(run_remarks(busy_run()).bottlenecks, IsEmpty());
  EXPECT_THAT(run_remarks(perfwatch::Run()).bottlenecks, IsEmpty());
}

TEST(RunRemarks, TellWhatWorkWaitedFor) {
  perfwatch::Run run = busy_run();
  run.figures[RunMetric::memory_stall_seconds] = 62;
  run.figures[RunMetric::io_stall_seconds] = 55;
  run.figures[RunMetric::cpu_stall_seconds] = 80;
  const RunRemarks remarks = run_remarks(run);
  EXPECT_THAT(remarks.bottlenecks,
              ElementsAre("Work waited for memory 62 % of the time (PSI)",
                          "Work waited for storage 55 % of the time (PSI)",
                          "Work waited for a core 80 % of the time, with 7.0 of 8 cores in use"));
  EXPECT_THAT(remarks.recommendations, SizeIs(3));
}

TEST(RunRemarks, TellWhenOthersTookTheCores) {
  perfwatch::Run run = busy_run();
  run.figures[RunMetric::cpu_seconds] = 250;
  run.figures[RunMetric::cpu_stall_seconds] = 80;
  EXPECT_THAT(run_remarks(run).bottlenecks, ElementsAre(HasSubstr("though it used 2.5 of 8")));
}

TEST(RunRemarks, TellOfALimitOfTheCgroup) {
  perfwatch::Run run = busy_run();
  run.figures[RunMetric::throttled_seconds] = 40;
  EXPECT_THAT(run_remarks(run).bottlenecks,
              ElementsAre("A CPU limit of its cgroup held it back for 40s of 1m 40s"));
}

TEST(RunRemarks, NameTheProcessAsLargeAsMostOfThePeak) {
  perfwatch::Run run = busy_run();
  run.figures[RunMetric::concurrent_anonymous_bytes] = 4.0 * (1 << 30);
  run.by_memory = {{"cc1plus", 9, 1, 3.0 * (1 << 30), "cc1plus huge.cpp"}};
  EXPECT_THAT(run_remarks(run).bottlenecks,
              ElementsAre("One cc1plus alone had 3.0 GiB resident, where all processes together "
                          "peaked at 4.0 GiB of anonymous memory: cc1plus huge.cpp"));
  run.by_memory.front().largest_bytes = std::nan("");
  EXPECT_THAT(run_remarks(run).bottlenecks, IsEmpty());
}

TEST(RunRemarks, TellOfIdleCoresAndStretchesOnOne) {
  perfwatch::Run run = busy_run();
  run.figures[RunMetric::cpu_seconds] = 130;
  EXPECT_THAT(run_remarks(run).bottlenecks, ElementsAre("It used 1.3 of 8 cores"));
  run.figures[RunMetric::cpu_seconds] = 700;
  for (int i = 0; i < 20; ++i) run.timeline.push_back({i * 5.0, i < 8 ? 1.0 : 8.0, 0, 1});
  EXPECT_THAT(run_remarks(run).bottlenecks,
              ElementsAre("It used one core or none 40 % of the time"));
}

TEST(RunRemarks, TellOfTimeInTheKernel) {
  perfwatch::Run run = busy_run();
  run.figures[RunMetric::system_seconds] = 350;
  run.figures[RunMetric::processes] = 123456;
  EXPECT_THAT(
      run_remarks(run).bottlenecks,
      ElementsAre("50 % of the CPU time went to the kernel, with 123456 processes started"));
}

TEST(HistoryRemarks, TellOfFailuresAndOfNoise) {
  OperationReport report;
  report.outcomes[static_cast<std::size_t>(RunOutcome::succeeded)] = 6;
  report.outcomes[static_cast<std::size_t>(RunOutcome::killed)] = 4;
  RunHistoryPoint lost;
  lost.outcome = RunOutcome::killed;
  lost.cpu_seconds = 30;
  report.history = {lost, lost};
  auto& wall = report.metrics[RunMetric::wall_seconds];
  wall.count = 6;
  wall.mean = 10;
  wall.deviation = 3;
  EXPECT_THAT(history_remarks(report).bottlenecks,
              ElementsAre("4 of 10 runs did not succeed, and took 1m 0s of CPU time",
                          "Its wall time varies by 30 % from run to run"));
}

}  // namespace
}  // namespace perfwatch
