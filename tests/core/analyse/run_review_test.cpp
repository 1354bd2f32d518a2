// SPDX-License-Identifier: Apache-2.0
#include "core/analyse/run_review.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <random>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace perfwatch {
namespace {

using ::testing::Each;
using ::testing::IsEmpty;
using ::testing::Lt;
using ::testing::SizeIs;

struct Level {
  std::size_t runs;
  double cpu;
};

// Runs of these levels one after the other, 1 % of noise, ids run0, run1 and so on.
std::vector<ReviewedRun> history(const std::vector<Level>& levels) {
  std::mt19937 random(7);
  std::normal_distribution<double> normal(1, 0.01);
  std::vector<ReviewedRun> runs;
  for (const auto& [count, cpu] : levels) {
    for (std::size_t i = 0; i < count; ++i) {
      ReviewedRun run;
      run.id = "run" + std::to_string(runs.size());
      run.labels = {{"commit", "c" + std::to_string(runs.size())}};
      run.figures[RunMetric::cpu_seconds] = cpu * normal(random);
      run.figures[RunMetric::wall_seconds] = cpu / 2 * normal(random);
      run.figures[RunMetric::largest_process_bytes] = 5e8 * normal(random);
      runs.push_back(std::move(run));
    }
  }
  return runs;
}

TEST(RunReview, OfNoRunOrOfTheFirstSaysNothing) {
  EXPECT_EQ(review_runs({}).judgement.verdict, RunVerdict::not_enough_data);
  const auto first = history({{1, 100}});
  const RunReview review = review_runs(first);
  EXPECT_EQ(review.judgement.verdict, RunVerdict::not_enough_data);
  EXPECT_THAT(review.baseline, IsEmpty());
}

TEST(RunReview, JudgesTheNewestAloneWhereTheLevelStays) {
  const auto runs = history({{20, 100}});
  const RunReview review = review_runs(runs);
  EXPECT_EQ(review.judgement.verdict, RunVerdict::unchanged);
  EXPECT_EQ(review.judged_begin, 19U);
  EXPECT_THAT(review.baseline, SizeIs(19));
  EXPECT_THAT(review.regressed, IsEmpty());
}

TEST(RunReview, TellsOfOneSlowRunButDoesNotConfirmIt) {
  const auto runs = history({{15, 100}, {1, 160}});
  const RunReview review = review_runs(runs);
  EXPECT_EQ(review.judgement.verdict, RunVerdict::regressed);
  EXPECT_FALSE(review.judgement.fails);
  ASSERT_FALSE(review.regressed.empty());
  EXPECT_EQ(review.regressed[0].metric, RunMetric::cpu_seconds);
  EXPECT_EQ(review.regressed[0].since.run.id, "run15");
}

TEST(RunReview, FailsASingleSlowRunWhereThatIsAskedFor) {
  VerdictSettings settings;
  settings.fewest_to_confirm = 1;
  EXPECT_TRUE(review_runs(history({{15, 100}, {1, 160}}), settings).judgement.fails);
  EXPECT_FALSE(review_runs(history({{16, 100}}), settings).judgement.fails);
}

TEST(RunReview, ConfirmsTheThirdSlowRunAndNamesTheFirst) {
  const auto runs = history({{15, 100}, {3, 140}});
  const RunReview review = review_runs(runs);
  EXPECT_TRUE(review.judgement.fails);
  EXPECT_EQ(review.judged_begin, 15U);
  ASSERT_FALSE(review.regressed.empty());
  EXPECT_EQ(review.regressed[0].since.run.id, "run15");
  EXPECT_EQ(review.regressed[0].since.run.labels[0].second, "c15");
}

TEST(RunReview, NeverTakesAWorseLevelForTheBaselineHoweverLongItLasts) {
  const auto runs = history({{15, 100}, {60, 140}});
  const RunReview review = review_runs(runs);
  EXPECT_TRUE(review.judgement.fails);
  EXPECT_THAT(review.baseline, Each(Lt(15U)));
  EXPECT_NEAR(review.judgement.find(RunMetric::cpu_seconds)->effect, 0.4, 0.03);
}

TEST(RunReview, KeepsTheBestLevelAsTheBaselineThroughSeveralSteps) {
  const auto runs = history({{15, 100}, {15, 140}, {15, 200}});
  const RunReview review = review_runs(runs);
  EXPECT_EQ(review.judged_begin, 15U);
  EXPECT_EQ(review.regressed[0].since.run.id, "run15");
}

TEST(RunReview, ForgetsALevelThatWasWorseForAWhile) {
  const auto runs = history({{15, 100}, {15, 150}, {15, 100}});
  const RunReview review = review_runs(runs);
  EXPECT_EQ(review.judgement.verdict, RunVerdict::unchanged);
  EXPECT_EQ(review.judged_begin, 44U);
  for (const std::size_t place : review.baseline) EXPECT_TRUE(place < 15 || place >= 30) << place;
}

TEST(RunReview, TellsOfAnImprovementAndMakesItTheBaselineThen) {
  const auto better = history({{15, 100}, {5, 70}});
  const RunReview told = review_runs(better);
  EXPECT_EQ(told.judgement.verdict, RunVerdict::improved);
  EXPECT_EQ(told.judged_begin, 15U);

  const auto settled = history({{15, 100}, {20, 70}});
  const RunReview after = review_runs(settled);
  EXPECT_EQ(after.judgement.verdict, RunVerdict::unchanged);
  EXPECT_EQ(after.baseline.front(), 15U);

  const auto lost = history({{15, 100}, {20, 70}, {4, 100}});
  EXPECT_TRUE(review_runs(lost).judgement.fails) << "what was gained is not lost quietly";
}

TEST(RunReview, TakesHistoriesOfNothing) {
  std::vector<ReviewedRun> runs(30);
  EXPECT_EQ(review_runs(runs).judgement.verdict, RunVerdict::not_enough_data);
}

TEST(RunReview, BlamesNoGoodCommitForANoisyRunBeforeTheSlowOnes) {
  // Wall seconds of cpu.py 0.03; g11 is noisy, g12 is usual, then come the slow b1 to b4. After b1
  // g11 was blamed, confirmed by three runs.
  std::vector<ReviewedRun> runs;
  for (const double wall : {0.0401, 0.0406, 0.067, 0.0409, 0.0402, 0.067, 0.041, 0.0408, 0.0408,
                            0.0403, 0.0652, 0.045, 0.104, 0.105, 0.103, 0.104}) {
    ReviewedRun& run = runs.emplace_back();
    run.id = "run" + std::to_string(runs.size());
    run.figures[RunMetric::wall_seconds] = wall;
  }
  const std::span<const ReviewedRun> all(runs);
  for (std::size_t count = 11; count < 15; ++count) {
    const RunReview review = review_runs(all.first(count));
    EXPECT_FALSE(review.judgement.fails) << count << ": " << review.judgement.text;
  }
  for (std::size_t count = 15; count <= 16; ++count) {
    const RunReview review = review_runs(all.first(count));
    EXPECT_TRUE(review.judgement.fails) << count << ": " << review.judgement.text;
    ASSERT_THAT(review.regressed, SizeIs(1));
    EXPECT_EQ(review.regressed[0].since.run.id, "run13") << "b1";
  }
}

TEST(RunReview, LeavesOutRunsOfWhichAMetricIsNotKnown) {
  std::vector<ReviewedRun> runs = history({{12, 100}, {3, 150}});
  for (std::size_t i = 0; i < 12; i += 2)
    runs[i].figures[RunMetric::largest_process_bytes] = std::nan("");
  for (std::size_t i = 12; i < 15; ++i) runs[i].figures[RunMetric::largest_process_bytes] = 5e9;
  const RunReview review = review_runs(runs);
  EXPECT_EQ(review.judgement.find(RunMetric::largest_process_bytes)->verdict,
            RunVerdict::not_enough_data)
      << "6 of 12 know it";
  EXPECT_EQ(review.judgement.find(RunMetric::cpu_seconds)->verdict, RunVerdict::regressed);
}

}  // namespace
}  // namespace perfwatch
