// SPDX-License-Identifier: Apache-2.0
#include "daemon/cli/bench_view.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "core/analyse/bench_statistics.h"

namespace perfwatch {
namespace {

using testing::HasSubstr;
using testing::Not;

BenchCommand command(const std::string& text, const std::vector<double>& walls) {
  BenchCommand made;
  made.command = text;
  for (const double wall : walls) {
    BenchMeasurement run;
    run.exit_code = 0;
    run.figures[RunMetric::wall_seconds] = wall;
    run.figures[RunMetric::user_seconds] = wall / 2;
    run.figures[RunMetric::system_seconds] = 0.0004;
    run.figures[RunMetric::largest_process_bytes] = 2 * 1048576;
    made.runs.push_back(run);
  }
  return made;
}

std::string shown(const BenchCommand& command) {
  return render_bench_result(bench_report({command}).results.front(), {});
}

TEST(BenchResult, IsShownAsHyperfineDoes) {
  BenchCommand made = command("x", {0.100, 0.102, 0.104});
  made.items = 1020;
  made.bytes = 1048576;
  EXPECT_EQ(render_bench_head(1, made.command, {}) + shown(made),
            "Benchmark 2: x\n"
            "  Time (mean ± σ):       102.0 ms ±    2.0 ms    [User: 51.0 ms, System: 400.0 µs]\n"
            "  Range (min … max):     100.0 ms …  104.0 ms    3 runs\n"
            "  50 % 95 % 99 %:        102.0 ms    103.8 ms    104.0 ms\n"
            "  Peak memory:        largest process 2.0 MiB\n"
            "  Throughput:         10.00 k items/s, 9.8 MiB/s\n");
}

TEST(BenchResult, OfOneRunHasNoSpread) {
  EXPECT_EQ(shown(command("x", {2.5})),
            "  Time:                  2.500 s    [User: 1.250 s, System: 400.0 µs]\n"
            "  Peak memory:        largest process 2.0 MiB\n"
            "  Warning: one run tells nothing about how far the next may be off\n");
}

TEST(BenchResult, NamesOutliersAndLeavesOutWhatIsNotKnown) {
  BenchCommand made = command("x", {1.0, 1.01, 3.0, 0.99, 1.0, 1.02});
  for (auto& run : made.runs) run.figures[RunMetric::largest_process_bytes] = std::nan("");
  const std::string text = shown(made);
  EXPECT_THAT(text, HasSubstr("Outlier: run 3 took 3.000 s"));
  EXPECT_THAT(text, HasSubstr("Warning: 1 of 6 runs is far from the others"));
  EXPECT_THAT(text, Not(HasSubstr("memory")));
}

TEST(BenchSummary, HasRatiosWithTheirUncertainty) {
  const auto report = bench_report({command("slow\x1b", {2.0, 2.2}), command("fast", {1.0, 1.1}),
                                    command("middle", {1.5, 1.5})});
  EXPECT_EQ(render_bench_summary(report, {}),
            "Summary\n"
            "  fast ran\n"
            "      1.43 ± 0.10 times faster than middle\n"
            "      2.00 ± 0.19 times faster than slow\\x1B\n");
  EXPECT_EQ(render_bench_summary(bench_report({command("alone", {1, 2})}), {}), "");
}

TEST(BenchProgressLine, FitsTheTerminal) {
  BenchProgress progress;
  progress.tasks = 2;
  progress.run = 2;
  progress.runs = 10;
  EXPECT_EQ(render_bench_progress(progress, 80), "perfwatch: benchmark 1 of 2, run 3 of 10");
  progress.mean_seconds = 0.25;
  progress.left_seconds = 2;
  EXPECT_EQ(render_bench_progress(progress, 80),
            "perfwatch: benchmark 1 of 2, run 3 of 10, mean 250.0 ms, 2.0s left");
  EXPECT_EQ(render_bench_progress(progress, 12), "perfwatch:…");
  EXPECT_EQ(render_bench_progress(progress, 0), "");
}

TEST(Comparisons, SayWhatHasBecomeOfEachCommand) {
  BenchBaseline baseline;
  baseline.name = "before.json";
  const std::vector<double> walls{1, 1.01, 1.02, 0.99, 1, 1.01, 0.98, 1, 1.02, 0.99};
  std::vector<double> slower = walls;
  for (double& wall : slower) wall *= 1.5;
  const auto entry = [](const BenchCommand& of) {
    BenchBaseline::Entry made{of.command, {}};
    for (const auto& run : of.runs) {
      made.runs.push_back(run.figures);
      made.runs.back()[RunMetric::cpu_seconds] = run.figures[RunMetric::wall_seconds];
    }
    return made;
  };
  baseline.entries = {entry(command("a", walls)), entry(command("c", walls))};
  std::vector<BenchCommand> now{command("a", slower), command("b", walls)};
  for (auto& run : now[0].runs) {
    run.figures[RunMetric::cpu_seconds] = run.figures[RunMetric::wall_seconds];
  }
  const auto comparisons = compare_bench(baseline, now);
  EXPECT_TRUE(any_regressed(comparisons));
  const std::string text = render_comparisons(baseline, comparisons, {});
  EXPECT_THAT(text, testing::StartsWith("Against before.json\n  a\n    - regressed: CPU: "));
  EXPECT_THAT(text, HasSubstr("  b\n    - not in the baseline\n"));
}

}  // namespace
}  // namespace perfwatch
