// SPDX-License-Identifier: Apache-2.0
#include "daemon/run_series.h"

#include <gtest/gtest.h>

#include <optional>
#include <string>
#include <vector>

#include "tests/support/sample_run.h"

namespace perfwatch {
namespace {

using test::run_id;
using test::sample_run;

// The value of a series with these label values; nullopt when it is not there.
std::optional<double> value(const Samples& samples, std::string_view name,
                            const std::vector<std::string>& labels) {
  for (std::size_t i = 0; i < samples.schema->series.size(); ++i) {
    const Series& series = samples.schema->series[i];
    const std::string full = std::string(series.metric->name) + std::string(series.suffix);
    if (full == name && series.label_values == labels) return samples.values[i];
  }
  return std::nullopt;
}

RunJudgement judgement_of(RunVerdict verdict, bool confirmed, double effect) {
  MetricVerdict cpu;
  cpu.metric = RunMetric::cpu_seconds;
  cpu.verdict = verdict;
  cpu.confirmed = confirmed;
  cpu.severity = confirmed ? Severity::warning : Severity::info;
  cpu.effect = effect;
  cpu.text = "CPU: 61.0 s -> 118 s";
  RunJudgement judgement;
  judgement.verdict = verdict;
  judgement.metrics = {cpu};
  return judgement;
}

const std::vector<std::string> kCpu{"kernel", "make bzImage", "cpu_seconds"};

TEST(RunSeries, CountsRunsByHowTheyEnded) {
  RunSeries series;
  series.count(sample_run(1));
  series.count(sample_run(2));
  series.count(sample_run(3, RunOutcome::killed));
  const Samples samples = series.describe(2);
  const std::vector<std::string> name{"kernel", "make bzImage"};
  EXPECT_EQ(value(samples, "perfwatch_runs_total", {"kernel", "make bzImage", "succeeded"}), 2);
  EXPECT_EQ(value(samples, "perfwatch_runs_total", {"kernel", "make bzImage", "killed"}), 1);
  EXPECT_EQ(value(samples, "perfwatch_runs_total", {"kernel", "make bzImage", "failed"}), 0);
  // 200.25 s of wall time each.
  EXPECT_EQ(
      value(samples, "perfwatch_run_duration_seconds_bucket", {"kernel", "make bzImage", "180.0"}),
      0);
  EXPECT_EQ(
      value(samples, "perfwatch_run_duration_seconds_bucket", {"kernel", "make bzImage", "600.0"}),
      3);
  EXPECT_EQ(value(samples, "perfwatch_run_duration_seconds_count", name), 3);
  EXPECT_EQ(value(samples, "perfwatch_run_duration_seconds_sum", name), 3 * 200.25);
  EXPECT_EQ(value(samples, "perfwatch_runs_open", {}), 2);
}

TEST(RunSeries, NamesTheRunBehindABucketAsItsExemplar) {
  RunSeries series;
  series.count(sample_run(1));
  series.count(sample_run(2));
  perfwatch::Run longest = sample_run(3);
  longest.figures[RunMetric::wall_seconds] = 1e6;
  series.count(longest);
  const Samples samples = series.describe(0);
  std::vector<std::string> told;
  for (const Exemplar& exemplar : samples.exemplars) {
    const Series& of = samples.schema->series.at(exemplar.series);
    if (of.metric->name != "perfwatch_run_duration_seconds") continue;
    EXPECT_EQ(exemplar.label, "run_id");
    told.push_back(of.label_values.back() + " " + exemplar.text);
  }
  // Of two in a bucket the last, and each in the one that its value falls into.
  EXPECT_EQ(told, (std::vector<std::string>{"600.0 " + run_id(2), "+Inf " + run_id(3)}));
}

TEST(RunSeries, TellsThePeaksOfTheNewestRunOnly) {
  RunSeries series;
  perfwatch::Run newest = sample_run(9);
  newest.figures[RunMetric::largest_process_bytes] = 7e9;
  series.count(newest);
  series.count(sample_run(3));
  const Samples samples = series.describe(0);
  EXPECT_EQ(value(samples, "perfwatch_run_memory_peak_bytes",
                  {"kernel", "make bzImage", "largest_process"}),
            7e9);
  const auto cgroup =
      value(samples, "perfwatch_run_memory_peak_bytes", {"kernel", "make bzImage", "cgroup"});
  ASSERT_TRUE(cgroup);
  EXPECT_TRUE(is_absent(*cgroup)) << "not known is not 0";
}

TEST(RunSeries, TellsOtherHostsWhatTheLastWarmRunThatSucceededCost) {
  const std::vector<std::string> name{"kernel", "make bzImage", "8 x AMD EPYC 7B13, 32 GiB"};
  RunSeries series;
  series.count(sample_run(1, RunOutcome::failed));
  EXPECT_EQ(value(series.describe(0), "perfwatch_run_last_cpu_seconds", name), std::nullopt);
  series.count(sample_run(5));
  series.count(sample_run(3));
  series.count(sample_run(7, RunOutcome::killed));
  perfwatch::Run cold = sample_run(8);
  cold.cold = true;
  series.count(cold);
  const Samples samples = series.describe(0);
  EXPECT_EQ(value(samples, "perfwatch_run_last_cpu_seconds", name), 100.25);
  EXPECT_EQ(value(samples, "perfwatch_run_last_duration_seconds", name), 200.25);
  EXPECT_EQ(value(samples, "perfwatch_run_last_end_timestamp_seconds", name),
            1'700'000'005 + 200.25);
  auto peak = name;
  peak.emplace_back("largest_process");
  EXPECT_EQ(value(samples, "perfwatch_run_last_memory_peak_bytes", peak), 500.25);
  peak.back() = "cgroup";
  EXPECT_EQ(value(samples, "perfwatch_run_last_memory_peak_bytes", peak), std::nullopt);
}

TEST(RunSeries, OtherIsNoOperationThatAnybodyCouldCompareWith) {
  RunSeries series;
  perfwatch::Run run = sample_run(1);
  for (std::size_t i = 0; i <= RunSeries::kPairs; ++i) {
    run.operation = "o" + std::to_string(i);
    series.count(run);
  }
  const Samples samples = series.describe(0);
  EXPECT_EQ(value(samples, "perfwatch_run_last_cpu_seconds",
                  {"other", "other", "8 x AMD EPYC 7B13, 32 GiB"}),
            std::nullopt);
}

TEST(RunSeries, SaysWhatIsWorseOnceItIsConfirmed) {
  RunSeries series;
  series.judged(sample_run(1), judgement_of(RunVerdict::not_enough_data, false, kAbsent), {});
  EXPECT_EQ(value(series.describe(0), "perfwatch_run_regressed", kCpu), std::nullopt);
  series.judged(sample_run(2), judgement_of(RunVerdict::unchanged, false, 0.01), {});
  EXPECT_EQ(value(series.describe(0), "perfwatch_run_regressed", kCpu), 0);
  series.judged(sample_run(3), judgement_of(RunVerdict::regressed, false, 0.9), {});
  EXPECT_EQ(value(series.describe(0), "perfwatch_run_regressed", kCpu), 0) << "one run alone";
  RunRegression told;
  told.metric = RunMetric::cpu_seconds;
  told.text = "CPU: 61.0 s -> 118 s. Grew: cc1plus";
  series.judged(sample_run(4), judgement_of(RunVerdict::regressed, true, 0.93), {told});
  EXPECT_EQ(value(series.describe(0), "perfwatch_run_regressed", kCpu), 0.93);
  ASSERT_EQ(series.worse().size(), 1U);
  EXPECT_EQ(series.worse()[0].evidence.text, told.text);
  EXPECT_EQ(series.runs_that_are_worse(), std::vector<std::string>{run_id(4)});
}

TEST(RunSeries, IsWellAgainWhenTheLevelIsAcceptedOrTheRunForgotten) {
  RunSeries series;
  const auto worse = judgement_of(RunVerdict::regressed, true, 0.93);
  series.judged(sample_run(4), worse, {});
  series.judged(sample_run(4), judgement_of(RunVerdict::not_enough_data, false, kAbsent), {});
  EXPECT_EQ(value(series.describe(0), "perfwatch_run_regressed", kCpu), 0)
      << "absent would leave the alert as it is";
  EXPECT_TRUE(series.worse().empty());
  series.judged(sample_run(5), worse, {});
  series.forget(run_id(5));
  EXPECT_EQ(value(series.describe(0), "perfwatch_run_regressed", kCpu), 0);
  EXPECT_TRUE(series.runs_that_are_worse().empty());
}

TEST(RunSeries, AnOlderRunDoesNotSpeakForANewerOne) {
  RunSeries series;
  series.judged(sample_run(5), judgement_of(RunVerdict::regressed, true, 0.5), {});
  series.judged(sample_run(4), judgement_of(RunVerdict::unchanged, false, 0), {});
  EXPECT_EQ(value(series.describe(0), "perfwatch_run_regressed", kCpu), 0.5);
  perfwatch::Run cold = sample_run(6);
  cold.cold = true;
  series.judged(cold, judgement_of(RunVerdict::unchanged, false, 0), {});
  EXPECT_EQ(value(series.describe(0), "perfwatch_run_regressed", kCpu), 0.5)
      << "cold and warm are judged apart, the worse is told";
}

TEST(RunSeries, HasALimitBeyondWhichAllIsOther) {
  RunSeries series;
  for (int i = 0; i < 130; ++i) {
    perfwatch::Run run = sample_run(i);
    run.operation = "operation " + std::to_string(i);
    series.count(run);
    series.judged(run, judgement_of(RunVerdict::regressed, true, 0.5), {});
  }
  const Samples samples = series.describe(0);
  EXPECT_EQ(value(samples, "perfwatch_runs_total", {"other", "other", "succeeded"}), 30);
  EXPECT_EQ(value(samples, "perfwatch_runs_limited_total", {}), 30);
  EXPECT_EQ(value(samples, "perfwatch_run_regressed", {"other", "other", "cpu_seconds"}),
            std::nullopt);
  EXPECT_EQ(series.worse().size(), RunSeries::kPairs);
}

}  // namespace
}  // namespace perfwatch
