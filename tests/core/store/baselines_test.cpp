// SPDX-License-Identifier: Apache-2.0
#include "core/store/baselines.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/model/run_limits.h"
#include "core/store/runs.h"
#include "tests/support/sample_run.h"
#include "tests/support/temp_tree.h"

namespace perfwatch {
namespace {

using std::chrono::seconds;
using std::chrono::system_clock;
using test::run_id;
using test::RunValue;
using test::sample_run;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr system_clock::time_point kNow{seconds(1'800'000'000)};

class Baselines : public testing::Test {
 protected:
  Baselines() : database_(std::move(*Database::open(tree_.path(), DatabaseUse::commands))) {}

  void keep(const RunValue& run) { ASSERT_TRUE(finish_run(database_, run)); }
  void keep(int second, double cpu) {
    RunValue run = sample_run(second);
    run.figures[RunMetric::cpu_seconds] = cpu;
    keep(run);
  }
  Baseline history(std::size_t limit = 100, const std::string& before = {}) {
    auto baseline = history_of(database_, {key_, limit, before});
    EXPECT_TRUE(baseline) << baseline.error().text;
    return baseline ? *baseline : Baseline();
  }
  std::vector<double> cpu(std::size_t limit = 100, const std::string& before = {}) {
    return history(limit, before).values(RunMetric::cpu_seconds);
  }
  std::vector<BaselineSummary> listed() {
    auto list = list_baselines(database_);
    EXPECT_TRUE(list) << list.error().text;
    return list ? *list : std::vector<BaselineSummary>();
  }
  Baseline foreign(std::initializer_list<int> began) {
    Baseline out;
    out.key = key_;
    for (const int second : began) {
      out.runs.push_back({run_id(second, 99), {}});
      out.runs.back().figures[RunMetric::cpu_seconds] = 1000 + second;
    }
    return out;
  }

  test::TempTree tree_;
  Database database_;
  const BaselineKey key_ = key_of(sample_run(0));
};

TEST_F(Baselines, AreTheLatestSucceededRunsOldestFirst) {
  EXPECT_THAT(cpu(), IsEmpty());
  for (int i = 1; i <= 5; ++i) keep(i, i);
  keep(sample_run(6, RunOutcome::failed));
  keep(sample_run(7, RunOutcome::killed));
  ASSERT_TRUE(begin_run(database_, sample_run(8), {{1, 2}, "boot"}));
  EXPECT_THAT(cpu(), ElementsAre(1, 2, 3, 4, 5));
  EXPECT_THAT(cpu(2), ElementsAre(4, 5));
  EXPECT_THAT(cpu(2, run_id(4)), ElementsAre(2, 3)) << "what a run is compared with was before it";
  const Baseline all = history();
  EXPECT_EQ(all.runs.front().id, run_id(1));
  EXPECT_EQ(all.key, key_);
  EXPECT_FALSE(all.runs.front().figures.has(RunMetric::cgroup_peak_bytes));
}

TEST_F(Baselines, DoNotMixWhatCannotBeCompared) {
  keep(1, 1);
  RunValue cold = sample_run(2);
  cold.cold = true;
  keep(cold);
  RunValue larger = sample_run(3);
  larger.host_class.cores = 64;
  keep(larger);
  RunValue other = sample_run(4);
  other.operation = "make modules";
  keep(other);
  EXPECT_THAT(cpu(), ElementsAre(1));
  EXPECT_EQ(history_of(database_, {key_of(cold), 10, {}})->runs.size(), 1U);
  EXPECT_EQ(listed().size(), 4U);
}

TEST_F(Baselines, BeginAtTheAcceptedMark) {
  for (int i = 1; i <= 5; ++i) keep(i, i);
  ASSERT_TRUE(accept_baseline(database_, key_, run_id(3), "new compiler", kNow));
  EXPECT_THAT(cpu(), ElementsAre(3, 4, 5));
  const Baseline marked = history();
  EXPECT_EQ(marked.since_run, run_id(3));
  EXPECT_EQ(marked.note, "new compiler");
  EXPECT_EQ(marked.accepted_at, kNow);
  ASSERT_TRUE(accept_baseline(database_, key_, run_id(5), "", kNow));
  EXPECT_THAT(cpu(), ElementsAre(5)) << "the latest mark counts";
  ASSERT_TRUE(accept_baseline(database_, key_, run_id(2), "", kNow));
  EXPECT_THAT(cpu(), ElementsAre(2, 3, 4, 5)) << "and may be taken back";
  EXPECT_FALSE(accept_baseline(database_, key_, "the last one", "", kNow));
}

TEST_F(Baselines, AreListedWithTheirMarks) {
  for (int i = 1; i <= 5; ++i) keep(i, i);
  RunValue failed = sample_run(9, RunOutcome::failed);
  failed.component = "never worked";
  keep(failed);
  ASSERT_TRUE(accept_baseline(database_, key_, run_id(4), std::string(9999, 'n'), kNow));
  const auto list = listed();
  ASSERT_EQ(list.size(), 1U);
  EXPECT_EQ(list[0].baseline.key, key_);
  EXPECT_EQ(list[0].baseline.since_run, run_id(4));
  EXPECT_EQ(list[0].baseline.note.size(), kRunTextBytes);
  EXPECT_EQ(list[0].own, 2U);
  EXPECT_EQ(list[0].imported, 0U);
  EXPECT_EQ(list[0].newest_run, run_id(5));
}

TEST_F(Baselines, TakeRunsOverFromElsewhere) {
  keep(2, 2);
  keep(4, 4);
  const Baseline imported = foreign({1, 3, 5});
  ASSERT_TRUE(import_baselines(database_, std::span(&imported, 1)));
  ASSERT_TRUE(import_baselines(database_, std::span(&imported, 1))) << "twice is once";
  EXPECT_THAT(cpu(), ElementsAre(1001, 2, 1003, 4, 1005));
  EXPECT_THAT(cpu(2), ElementsAre(4, 1005));
  EXPECT_EQ(listed()[0].own, 2U);
  EXPECT_EQ(listed()[0].imported, 3U);
  EXPECT_EQ(listed()[0].newest_run, run_id(5, 99));
  ASSERT_TRUE(accept_baseline(database_, key_, run_id(4), "", kNow));
  EXPECT_THAT(cpu(), ElementsAre(4, 1005)) << "a mark counts for all";
}

TEST_F(Baselines, KnowTheirOwnRunsAgain) {
  keep(1, 1);
  keep(2, 2);
  const Baseline exported = history();
  ASSERT_TRUE(import_baselines(database_, std::span(&exported, 1)));
  EXPECT_THAT(cpu(), ElementsAre(1, 2));
  EXPECT_EQ(listed()[0].imported, 0U);
  EXPECT_EQ(listed()[0].own, 2U);
}

TEST_F(Baselines, TakeALaterMarkOverButNotAnEarlierOne) {
  ASSERT_TRUE(accept_baseline(database_, key_, run_id(5), "ours", kNow));
  Baseline theirs = foreign({1});
  theirs.since_run = run_id(1, 99);
  theirs.note = "theirs";
  theirs.accepted_at = kNow - seconds(1);
  ASSERT_TRUE(import_baselines(database_, std::span(&theirs, 1)));
  EXPECT_EQ(history().note, "ours");
  theirs.accepted_at = kNow + seconds(1);
  ASSERT_TRUE(import_baselines(database_, std::span(&theirs, 1)));
  EXPECT_EQ(history().note, "theirs");
  EXPECT_EQ(history().since_run, run_id(1, 99));
}

TEST_F(Baselines, AreImportedAllOrNone) {
  std::vector<Baseline> two{foreign({1}), foreign({2})};
  two[1].runs[0].id = "no id";
  const auto refused = import_baselines(database_, two);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().kind, ErrorKind::malformed);
  EXPECT_THAT(refused.error().text, HasSubstr("\"no id\" is no id of a run"));
  EXPECT_THAT(listed(), IsEmpty());
  std::vector<Baseline> many(kBaselinesKept + 1, foreign({}));
  for (std::size_t i = 0; i < many.size(); ++i) many[i].key.component = std::to_string(i);
  EXPECT_FALSE(import_baselines(database_, many));
  EXPECT_THAT(listed(), IsEmpty());
}

TEST_F(Baselines, KeepOnlyTheNewestOfWhatIsImported) {
  Baseline large = foreign({});
  for (int i = 0; i < static_cast<int>(kBaselineRuns) + 50; ++i) {
    large.runs.push_back(foreign({i}).runs[0]);
  }
  ASSERT_TRUE(import_baselines(database_, std::span(&large, 1)));
  const Baseline kept = history(100'000);
  ASSERT_EQ(kept.runs.size(), kBaselineRuns);
  EXPECT_EQ(kept.runs.front().id, run_id(50, 99));
}

}  // namespace
}  // namespace perfwatch
