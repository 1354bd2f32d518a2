// SPDX-License-Identifier: Apache-2.0
#include "core/analyse/run_verdict.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <random>
#include <vector>

namespace perfwatch {
namespace {

using ::testing::ContainsRegex;
using ::testing::HasSubstr;
using Values = std::vector<double>;

constexpr auto kWall = RunMetric::wall_seconds;
constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

// Runs of about `level`, apart by about `variation`.
Values runs(std::size_t count, double level, double variation = 0.02, unsigned seed = 1) {
  std::mt19937 random(seed);
  std::normal_distribution<double> normal;
  Values values(count);
  for (double& value : values) value = level * (1 + variation * normal(random));
  return values;
}

TEST(JudgeMetric, CallsAFewSlowRunsRegressed) {
  const MetricVerdict verdict = judge_metric(kWall, runs(12, 61), runs(3, 118, 0.02, 2));
  EXPECT_EQ(verdict.verdict, RunVerdict::regressed);
  EXPECT_TRUE(verdict.confirmed);
  EXPECT_EQ(verdict.severity, Severity::warning);
  EXPECT_NEAR(verdict.effect, 0.93, 0.05);
  EXPECT_LT(verdict.effect_low, verdict.effect);
  EXPECT_GT(verdict.effect_high, verdict.effect);
  EXPECT_EQ(verdict.baseline_runs, 12U);
  EXPECT_EQ(verdict.judged_runs, 3U);
  EXPECT_LT(verdict.p_value, 0.001);
  EXPECT_LT(verdict.noise_floor, 0.2);
  EXPECT_THAT(verdict.text, HasSubstr("wall: 6"));
  EXPECT_THAT(verdict.text, HasSubstr("99 % interval"));
  EXPECT_THAT(verdict.text, HasSubstr("3 runs against 12"));
}

TEST(JudgeMetric, CallsFasterRunsImproved) {
  const MetricVerdict verdict = judge_metric(kWall, runs(12, 100), runs(3, 60, 0.02, 2));
  EXPECT_EQ(verdict.verdict, RunVerdict::improved);
  EXPECT_EQ(verdict.severity, Severity::info);
  EXPECT_NEAR(verdict.effect, -0.4, 0.03);
}

TEST(JudgeMetric, NeedsThresholdAndCertainty) {
  const MetricVerdict small = judge_metric(kWall, runs(12, 100), runs(3, 110, 0.02, 2));
  EXPECT_EQ(small.verdict, RunVerdict::unchanged) << "10 % of 20 %";
  EXPECT_THAT(small.text, HasSubstr("under the threshold of 20 %"));
  const MetricVerdict unsure = judge_metric(kWall, runs(12, 100, 0.3), runs(3, 150, 0.3, 2));
  EXPECT_EQ(unsure.verdict, RunVerdict::unchanged) << unsure.text;
  EXPECT_GT(unsure.noise_floor, 0.2);
}

TEST(JudgeMetric, ReportsOneRunButDoesNotConfirmIt) {
  const MetricVerdict verdict = judge_metric(kWall, runs(12, 100), Values{160});
  EXPECT_EQ(verdict.verdict, RunVerdict::regressed);
  EXPECT_FALSE(verdict.confirmed);
  EXPECT_EQ(verdict.severity, Severity::info);
  EXPECT_THAT(verdict.text, HasSubstr("1 run against 12, not confirmed: 3 are needed"));
  VerdictSettings asked;
  asked.fewest_to_confirm = 1;
  EXPECT_EQ(judge_metric(kWall, runs(12, 100), Values{160}, asked).severity, Severity::warning);
}

TEST(JudgeMetric, SeesSmallChangesInManyRunsWithoutAlerting) {
  const MetricVerdict verdict = judge_metric(kWall, runs(10, 100), runs(10, 110, 0.02, 2));
  EXPECT_EQ(verdict.verdict, RunVerdict::regressed) << verdict.text;
  EXPECT_EQ(verdict.threshold, 0.05);
  EXPECT_TRUE(verdict.confirmed);
  EXPECT_EQ(verdict.severity, Severity::info) << "20 % alert";
}

TEST(JudgeMetric, HoldsAThresholdThatIsGivenForAnyNumberOfRuns) {
  VerdictSettings settings;
  settings.set_thresholds(0.15);
  const Values baseline = runs(10, 100);
  EXPECT_EQ(judge_metric(kWall, baseline, runs(10, 110, 0.02, 2), settings).verdict,
            RunVerdict::unchanged);
  const MetricVerdict three = judge_metric(kWall, baseline, runs(3, 118, 0.01, 2), settings);
  EXPECT_EQ(three.verdict, RunVerdict::regressed) << three.text;
  EXPECT_EQ(three.severity, Severity::warning);
}

TEST(JudgeMetric, NeedsABaseline) {
  const MetricVerdict verdict = judge_metric(kWall, runs(9, 100), runs(3, 200));
  EXPECT_EQ(verdict.verdict, RunVerdict::not_enough_data);
  EXPECT_NEAR(verdict.effect, 1, 0.1) << "told all the same";
  EXPECT_TRUE(std::isnan(verdict.p_value));
  EXPECT_EQ(verdict.text, "wall: 9 runs in the baseline, 10 are needed.");
  EXPECT_EQ(judge_metric(kWall, {}, {}).verdict, RunVerdict::not_enough_data);
  EXPECT_EQ(judge_metric(kWall, runs(20, 1), {}).text, "wall: not known of the judged run.");
  VerdictSettings none;
  none.fewest_baseline = 0;
  EXPECT_EQ(judge_metric(kWall, Values{1}, Values{1}, none).verdict, RunVerdict::not_enough_data);
}

TEST(JudgeMetric, LeavesOutWhatIsNotKnown) {
  Values baseline = runs(9, 100);
  baseline.insert(baseline.end(), {kNaN, -1, std::numeric_limits<double>::infinity()});
  EXPECT_EQ(judge_metric(kWall, baseline, Values{200}).baseline_runs, 9U);
  EXPECT_EQ(judge_metric(kWall, baseline, Values{kNaN}).judged_runs, 0U);
}

TEST(JudgeMetric, StandsOutliersOnEitherSide) {
  Values baseline = runs(12, 100);
  baseline[3] = 150;
  EXPECT_EQ(judge_metric(kWall, baseline, runs(3, 130, 0.02, 2)).verdict, RunVerdict::regressed);
  EXPECT_EQ(judge_metric(kWall, baseline, Values{101, 150, 99}).verdict, RunVerdict::unchanged);
  EXPECT_EQ(judge_metric(kWall, baseline, Values{150, 150, 101}).verdict, RunVerdict::unchanged)
      << "two wild runs, and a usual one";
}

// Two of ten good runs took 67 ms of wall time; then came a good one of 65.2 ms, a usual one, and
// slow ones. All were called a regression since the first, "99 % interval -33 % to +157 %".
TEST(JudgeMetric, DoesNotTakeANoisyRunAndAUsualOneForTheBeginningOfASlowLevel) {
  const Values good{0.0401, 0.0406, 0.067, 0.0409, 0.0402, 0.067, 0.041, 0.0408, 0.0408, 0.0403};
  for (const Values& judged : {Values{0.0652, 0.045, 0.104}, Values{0.0652, 0.045, 0.104, 0.105}}) {
    const MetricVerdict verdict = judge_metric(kWall, good, judged);
    EXPECT_EQ(verdict.verdict, RunVerdict::unchanged) << verdict.text;
  }
  const MetricVerdict slow = judge_metric(kWall, good, Values{0.104, 0.105, 0.103});
  EXPECT_EQ(slow.verdict, RunVerdict::regressed) << "beyond what was ever seen";
  EXPECT_GT(slow.effect_low, 0);
}

TEST(JudgeMetric, IsSureOnlyWhereTheIntervalLiesOnOneSideOfNothing) {
  std::mt19937 random(3);
  std::uniform_real_distribution<double> uniform;
  int changed = 0;
  for (unsigned seed = 0; seed < 400; ++seed) {
    Values baseline = runs(10 + seed % 6, 100, 0.08 * uniform(random), seed + 1);
    Values judged = runs(1 + seed % 12, 60 + 100 * uniform(random), 0.08, seed + 1000);
    for (double& value : baseline) value *= uniform(random) < 0.1 ? 1.6 : 1;
    for (double& value : judged) value *= uniform(random) < 0.1 ? 1.6 : 1;
    const MetricVerdict verdict = judge_metric(kWall, baseline, judged);
    EXPECT_LE(verdict.effect_low, verdict.effect);
    EXPECT_GE(verdict.effect_high, verdict.effect);
    EXPECT_NEAR(verdict.effect, verdict.judged / verdict.baseline - 1, 1e-9);
    EXPECT_TRUE(verdict.verdict != RunVerdict::regressed || verdict.effect_low > 0);
    EXPECT_TRUE(verdict.verdict != RunVerdict::improved || verdict.effect_high < 0);
    changed += verdict.verdict == RunVerdict::unchanged ? 0 : 1;
  }
  EXPECT_GT(changed, 50);
}

TEST(JudgeMetric, DoesNotBelieveAStepThatTheBaselineHasMadeItself) {
  Values baseline = runs(10, 100, 0.01);
  for (const double value : runs(10, 125, 0.01, 2)) baseline.push_back(value);
  for (const double value : runs(6, 100, 0.01, 3)) baseline.push_back(value);
  const MetricVerdict verdict = judge_metric(kWall, baseline, runs(10, 125, 0.01, 4));
  EXPECT_EQ(verdict.verdict, RunVerdict::unchanged) << verdict.text;
  EXPECT_GT(verdict.moved_before, 0.2);
  EXPECT_THAT(verdict.text, HasSubstr("the baseline itself moved by"));
}

TEST(JudgeMetric, DoesNotBelieveADriftThatGoesOn) {
  Values baseline = runs(20, 100, 0.003);
  Values judged = runs(10, 100, 0.003, 2);
  for (std::size_t i = 0; i < 20; ++i) baseline[i] += 0.6 * static_cast<double>(i);
  for (std::size_t i = 0; i < 10; ++i) judged[i] += 0.6 * static_cast<double>(20 + i);
  const MetricVerdict verdict = judge_metric(kWall, baseline, judged);
  EXPECT_EQ(verdict.verdict, RunVerdict::unchanged) << verdict.text;
}

TEST(JudgeMetric, JudgesWhatNeverVaries) {
  const Values baseline(12, 4000);
  constexpr auto kProcesses = RunMetric::processes;
  EXPECT_EQ(judge_metric(kProcesses, baseline, Values(3, 4000)).verdict, RunVerdict::unchanged);
  EXPECT_EQ(judge_metric(kProcesses, baseline, Values(3, 5000)).verdict, RunVerdict::regressed);
  EXPECT_EQ(judge_metric(kProcesses, Values(12, 1), Values(3, 2)).verdict, RunVerdict::unchanged)
      << "one more process";
}

TEST(JudgeMetric, TakesNothingForNothing) {
  constexpr auto kMajor = RunMetric::major_faults;
  EXPECT_EQ(judge_metric(kMajor, Values(12, 0), Values(3, 0)).verdict, RunVerdict::unchanged);
  EXPECT_EQ(judge_metric(kMajor, Values(12, 0), Values(3, 50)).verdict, RunVerdict::unchanged);
  const MetricVerdict many = judge_metric(kMajor, Values(12, 0), Values(3, 5000));
  EXPECT_EQ(many.verdict, RunVerdict::regressed);
  EXPECT_EQ(many.severity, Severity::info) << "a host's doing";
}

TEST(JudgeMetric, SaysByHowMuchTheTwoFiguresBesideItDiffer) {
  // Half of the differences of these are less than what their medians differ by.
  const MetricVerdict cpu = judge_metric(
      RunMetric::cpu_seconds, Values{0.1, 0.1, 0.1, 0.1, 0.1, 0.179, 0.179, 0.18, 0.19, 0.19, 0.2},
      Values{0.268});
  EXPECT_THAT(cpu.text, HasSubstr("CPU: 179 ms -> 268 ms (+50 %")) << "not +39 %";
}

TEST(JudgeMetric, SaysWhereAnAmountCountsAsMoreThanItIs) {
  const MetricVerdict stall =
      judge_metric(RunMetric::cpu_stall_seconds, Values(12, 0.00551), Values(3, 0.0313));
  EXPECT_THAT(stall.text, HasSubstr("5.51 ms -> 31.3 ms (less than 10.0 ms counted as 10.0 ms: "
                                    "+213 %, 99 % interval"));
  const MetricVerdict cpu =
      judge_metric(RunMetric::cpu_seconds, Values(12, 0.00092), Values(3, 0.00096));
  EXPECT_THAT(cpu.text,
              HasSubstr("0.92 ms -> 0.96 ms (less than 1.00 ms counted as 1.00 ms: +0.0 %)"));
}

TEST(JudgeMetric, SaysInPlainDigitsWhatWouldBeSure) {
  const MetricVerdict verdict = judge_metric(kWall, runs(12, 100, 0.4), Values{180, 260, 120});
  ASSERT_GT(verdict.noise_floor, 1);
  EXPECT_THAT(verdict.text, ContainsRegex("only [+][1-9][0-9]+ % would be sure"));
}

TEST(JudgeMetric, TakesExtremes) {
  for (const double value : {0.0, 1e-320, 1e300, std::numeric_limits<double>::max()}) {
    EXPECT_EQ(judge_metric(kWall, Values(12, value), Values(3, value)).verdict,
              RunVerdict::unchanged);
    (void)judge_metric(kWall, Values(12, value), Values(3, 1));
    (void)judge_metric(kWall, Values(12, 1), Values(3, value));
  }
  VerdictSettings odd;
  odd.confidence = 1;
  odd.set_thresholds(-1);
  (void)judge_metric(kWall, runs(12, 1), runs(3, 2), odd);
  EXPECT_EQ(judge_metric(kWall, runs(2000, 1), runs(2000, 1.5, 0.02, 2)).baseline_runs, 500U);
}

}  // namespace
}  // namespace perfwatch
