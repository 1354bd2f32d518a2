// SPDX-License-Identifier: Apache-2.0
#include "core/store/runs.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "core/model/run_limits.h"
#include "core/store/baselines.h"
#include "tests/support/sample_run.h"
#include "tests/support/temp_tree.h"

namespace perfwatch {
namespace {

using std::chrono::hours;
using std::chrono::seconds;
using std::chrono::system_clock;
using test::run_id;
using test::RunValue;
using test::sample_run;
using testing::ElementsAre;
using testing::HasSubstr;

const RunMeasurer kMeasurer{{4242, 777}, "boot-1"};

class Runs : public testing::Test {
 protected:
  Runs() : database_(std::move(*Database::open(tree_.path(), DatabaseUse::commands))) {}

  void keep(const RunValue& run) {
    const auto done = finish_run(database_, run);
    ASSERT_TRUE(done) << done.error().text;
  }
  RunValue found(std::string_view id) {
    auto run = find_run(database_, id);
    EXPECT_TRUE(run) << run.error().text;
    return run ? *run : RunValue();
  }
  std::vector<std::string> listed(const RunFilter& filter) {
    std::vector<std::string> ids;
    const auto runs = list_runs(database_, filter);
    EXPECT_TRUE(runs) << runs.error().text;
    if (runs) {
      for (const RunValue& run : *runs) ids.push_back(run.id);
    }
    return ids;
  }
  std::int64_t number(const char* sql) {
    auto statement = database_.prepare(sql);
    EXPECT_TRUE(statement && *statement->step());
    return statement->integer(0);
  }

  test::TempTree tree_;
  Database database_;
};

void expect_same_figures(const RunFigures& a, const RunFigures& b) {
  for (std::size_t i = 0; i < kRunMetrics; ++i) {
    const auto metric = static_cast<RunMetric>(i);
    EXPECT_EQ(a.has(metric), b.has(metric)) << run_metrics()[i].name;
    if (a.has(metric)) {
      EXPECT_EQ(a[metric], b[metric]) << run_metrics()[i].name;
    }
  }
}

TEST_F(Runs, AreThereAgainWhole) {
  const RunValue run = sample_run(1);
  keep(run);
  database_ = std::move(*Database::open(tree_.path()));
  const RunValue kept = found(run.id);
  EXPECT_EQ(kept.id, run.id);
  EXPECT_EQ(kept.component, run.component);
  EXPECT_EQ(kept.operation, run.operation);
  EXPECT_EQ(kept.command, run.command);
  EXPECT_EQ(kept.labels, run.labels);
  EXPECT_EQ(kept.host, run.host);
  EXPECT_EQ(to_string(kept.host_class), to_string(run.host_class));
  EXPECT_EQ(kept.started, run.started);
  EXPECT_EQ(kept.outcome, RunOutcome::succeeded);
  EXPECT_EQ(kept.tier, AccountingTier::ebpf);
  EXPECT_TRUE(kept.exact);
  EXPECT_EQ(kept.method, run.method);
  EXPECT_FALSE(kept.cold);
  expect_same_figures(kept.figures, run.figures);
  ASSERT_EQ(kept.timeline.size(), 3U);
  EXPECT_EQ(kept.timeline[1].cpu_cores, 7.5);
  EXPECT_TRUE(std::isnan(kept.timeline[2].cpu_cores));
  ASSERT_EQ(kept.by_cpu.size(), 2U);
  EXPECT_EQ(kept.by_cpu[0].comm, "cc1");
  EXPECT_EQ(kept.by_cpu[0].count, 812U);
  EXPECT_EQ(kept.by_cpu[0].largest_arguments, "cc1 -O2 big.c");
  ASSERT_EQ(kept.by_memory.size(), 2U);
  EXPECT_EQ(kept.by_memory[0].comm, "ld");
  EXPECT_TRUE(std::isnan(kept.by_memory[1].largest_bytes)) << "not known is not 0";
}

TEST_F(Runs, LeaveATraceFromTheirBeginning) {
  RunValue run = sample_run(1, RunOutcome::running);
  run.figures = RunFigures();
  ASSERT_TRUE(begin_run(database_, run, kMeasurer));
  EXPECT_EQ(found(run.id).outcome, RunOutcome::running);
  EXPECT_EQ(number("SELECT count(*) FROM run_figures"), 0) << "nothing is known, so no row";
  const auto again = begin_run(database_, run, kMeasurer);
  ASSERT_FALSE(again);
  EXPECT_THAT(again.error().text, HasSubstr("there is a run of this id already"));
  run = sample_run(1, RunOutcome::failed);
  keep(run);
  EXPECT_EQ(found(run.id).outcome, RunOutcome::failed);
  EXPECT_EQ(found(run.id).exit_code, 2);
  EXPECT_EQ(number("SELECT count(*) FROM runs"), 1);
  EXPECT_EQ(number("SELECT count(*) FROM run_words"), 3) << "replaced, not added";
  EXPECT_EQ(number("SELECT count(*) FROM runs WHERE measurer_pid IS NOT NULL"), 0);
}

TEST_F(Runs, AreRefusedWithoutAnId) {
  RunValue run = sample_run(1);
  run.id = "'; DROP TABLE runs; --";
  EXPECT_FALSE(begin_run(database_, run, kMeasurer));
  const auto done = finish_run(database_, run);
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().kind, ErrorKind::malformed);
  run = sample_run(1, RunOutcome::running);
  EXPECT_FALSE(finish_run(database_, run)) << "that is begin_run()";
}

TEST_F(Runs, KeepWhateverAStrangerCallsThem) {
  RunValue run = sample_run(1);
  run.component = "a\xFF'); --";
  run.command = {std::string("\0\n", 2), std::string(100'000, 'x')};
  run.timeline.assign(50'000, {1, 2, 3, 4});
  run.figures[RunMetric::cpu_seconds] = HUGE_VAL;
  keep(run);
  const RunValue kept = found(run.id);
  EXPECT_EQ(kept.component, "a\\xFF'); --");
  EXPECT_EQ(kept.command[1].size(), kRunWordBytes);
  EXPECT_LE(kept.timeline.size(), kRunTimeline);
  EXPECT_FALSE(kept.figures.has(RunMetric::cpu_seconds)) << "infinite is not known";
  RunFilter filter;
  filter.component = kept.component;
  EXPECT_THAT(listed(filter), ElementsAre(run.id));
}

TEST_F(Runs, AreClosedWhenTheirMeasurerIsGone) {
  for (int i = 1; i <= 3; ++i) {
    RunMeasurer measurer = kMeasurer;
    measurer.process.pid = i;
    ASSERT_TRUE(begin_run(database_, sample_run(i, RunOutcome::running), measurer));
  }
  keep(sample_run(3));
  std::vector<std::int32_t> asked;
  const auto closed = close_interrupted_runs(database_, [&](const RunMeasurer& measurer) {
    asked.push_back(measurer.process.pid);
    EXPECT_EQ(measurer.process.start_ticks, 777U);
    EXPECT_EQ(measurer.boot_id, "boot-1");
    return measurer.process.pid == 2;
  });
  ASSERT_TRUE(closed) << closed.error().text;
  EXPECT_EQ(*closed, 1U);
  EXPECT_THAT(asked, ElementsAre(1, 2)) << "not of what is over";
  EXPECT_EQ(found(run_id(1)).outcome, RunOutcome::interrupted);
  EXPECT_EQ(found(run_id(2)).outcome, RunOutcome::running);
  EXPECT_EQ(found(run_id(3)).outcome, RunOutcome::succeeded);
  keep(sample_run(1));
  EXPECT_EQ(found(run_id(1)).outcome, RunOutcome::succeeded) << "it knows better";
}

TEST_F(Runs, AreListedNewestFirst) {
  keep(sample_run(2));
  keep(sample_run(1, RunOutcome::failed));
  RunValue other = sample_run(3);
  other.component = "docs";
  other.operation = "make html";
  other.host_class.cores = 16;
  keep(other);
  EXPECT_THAT(listed({}), ElementsAre(run_id(3), run_id(2), run_id(1)));
  RunFilter filter;
  filter.limit = 1;
  EXPECT_THAT(listed(filter), ElementsAre(run_id(3)));
  filter = {};
  filter.component = "kernel";
  EXPECT_THAT(listed(filter), ElementsAre(run_id(2), run_id(1)));
  filter.outcome = RunOutcome::failed;
  EXPECT_THAT(listed(filter), ElementsAre(run_id(1)));
  filter = {};
  filter.since = sample_run(2).started;
  EXPECT_THAT(listed(filter), ElementsAre(run_id(3), run_id(2)));
  filter.operation = "make html";
  EXPECT_THAT(listed(filter), ElementsAre(run_id(3)));
  filter = {};
  filter.host_class = "16 x AMD EPYC 7B13, 32 GiB";
  EXPECT_THAT(listed(filter), ElementsAre(run_id(3)));
  const auto runs = list_runs(database_, {});
  ASSERT_TRUE(runs);
  EXPECT_EQ((*runs)[0].labels, other.labels);
  expect_same_figures((*runs)[0].figures, other.figures);
  EXPECT_TRUE((*runs)[0].timeline.empty()) << "those would be megabytes";
}

TEST_F(Runs, AreFoundByEitherEndOfTheirId) {
  keep(sample_run(1));
  keep(sample_run(200'000));
  const std::string id = run_id(1);
  EXPECT_EQ(found(id).id, id);
  EXPECT_EQ(found(id.substr(18)).id, id);
  EXPECT_EQ(found(id.substr(0, 9)).id, id);
  std::string small = id.substr(14);
  for (char& letter : small) letter = static_cast<char>(std::tolower(letter));
  EXPECT_EQ(found(small).id, id);
  const auto several = find_run(database_, id.substr(0, 4));
  ASSERT_FALSE(several);
  EXPECT_EQ(several.error().kind, ErrorKind::malformed);
  EXPECT_EQ(several.error().text, "several runs have " + id.substr(0, 4) + " in their id: " +
                                      run_id(200'000) + " " + id + "; say more of it");
  const auto none = find_run(database_, "7ZZZ");
  ASSERT_FALSE(none);
  EXPECT_EQ(none.error().kind, ErrorKind::gone);
  EXPECT_EQ(none.error().text, "no run 7ZZZ");
  for (const char* wrong : {"", "01H", "%%%%%", "01HF\x1B[31m", "000000000000000000000000000"}) {
    const auto refused = find_run(database_, wrong);
    ASSERT_FALSE(refused) << wrong;
    EXPECT_EQ(refused.error().kind, ErrorKind::malformed);
    EXPECT_THAT(refused.error().text, HasSubstr("is no run's id"));
    EXPECT_EQ(refused.error().text.find('\x1B'), std::string::npos);
  }
}

TEST_F(Runs, SayWhenTheirTimelineIsDamaged) {
  keep(sample_run(1));
  ASSERT_TRUE(database_.execute("UPDATE run_timelines SET points = x'02'"));
  const auto run = find_run(database_, run_id(1));
  ASSERT_FALSE(run);
  EXPECT_EQ(run.error().kind, ErrorKind::io) << "the name of the run is right";
  EXPECT_THAT(run.error().text, HasSubstr("a timeline of version 2"));
}

TEST_F(Runs, AreForgottenByAge) {
  for (int day = 0; day < 10; ++day) keep(sample_run(day * 86'400));
  const auto now = sample_run(9 * 86'400).started;
  const auto gone = prune_runs(database_, now, {hours(24 * 4), 100});
  ASSERT_TRUE(gone) << gone.error().text;
  EXPECT_EQ(*gone, 5U);
  EXPECT_EQ(listed({}).size(), 5U);
  EXPECT_EQ(listed({}).back(), run_id(5 * 86'400));
  EXPECT_EQ(number("SELECT count(*) FROM run_timelines"), 5) << "with all that belongs to them";
  EXPECT_EQ(*prune_runs(database_, now, {hours(24 * 4), 100}), 0U);
}

TEST_F(Runs, AreForgottenOldestFirstWhenThereAreTooMany) {
  for (int i = 0; i < 10; ++i) keep(sample_run(i));
  EXPECT_EQ(*prune_runs(database_, sample_run(9).started, {hours(1), 3}), 7U);
  EXPECT_THAT(listed({}), ElementsAre(run_id(9), run_id(8), run_id(7)));
  EXPECT_EQ(*prune_runs(database_, sample_run(9).started), 0U) << "the defaults";
}

TEST_F(Runs, OfAnAcceptedMarkOutlastTheirAge) {
  for (int i = 0; i < 40; ++i) keep(sample_run(i));
  keep(sample_run(40, RunOutcome::failed));
  const auto key = key_of(sample_run(0));
  ASSERT_TRUE(accept_baseline(database_, key, run_id(5), "", sample_run(0).started));
  const auto much_later = sample_run(0).started + hours(24 * 365);
  EXPECT_EQ(*prune_runs(database_, much_later), 41 - kRunsKeptForMark);
  const auto left = listed({});
  ASSERT_EQ(left.size(), kRunsKeptForMark);
  EXPECT_EQ(left.front(), run_id(39));
  EXPECT_EQ(left.back(), run_id(10));
  RunValue other = sample_run(1'000);
  other.component = "docs";
  keep(other);
  EXPECT_EQ(*prune_runs(database_, other.started, {hours(1), 10}), 21U) << "the count holds";
  EXPECT_EQ(listed({}).back(), run_id(30)) << "what a mark keeps goes last";
}

TEST_F(Runs, AreNotHarmedByAFullDisk) {
  keep(sample_run(1));
  const auto pages = number("PRAGMA page_count");
  ASSERT_TRUE(database_.execute(("PRAGMA max_page_count = " + std::to_string(pages + 2)).c_str()));
  Result<void> done;
  int next = 2;
  for (; done && next < 1000; ++next) done = finish_run(database_, sample_run(next));
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().kind, ErrorKind::io);
  EXPECT_EQ(done.error().text, "storage: " + database_.path() + ": keeping run " +
                                   run_id(next - 1) + ": database or disk is full");
  // A running one cannot be replaced either, and stays.
  ASSERT_FALSE(finish_run(database_, [] {
    RunValue larger = sample_run(1, RunOutcome::failed);
    larger.command.assign(kRunWords, std::string(kRunWordBytes, 'x'));
    return larger;
  }()));
  EXPECT_EQ(found(run_id(1)).outcome, RunOutcome::succeeded);
  EXPECT_EQ(found(run_id(1)).command.size(), 3U);
  ASSERT_TRUE(database_.execute("PRAGMA max_page_count = 100000"));
  keep(sample_run(next));
}

TEST_F(Runs, OfAStrangersFileAreNoReasonToMoveItAway) {
  const test::TempTree rubbish{{"perfwatch.db", std::string(5000, 'x')}};
  const auto database = Database::open(rubbish.path(), DatabaseUse::commands);
  ASSERT_FALSE(database);
  EXPECT_EQ(database.error().kind, ErrorKind::malformed);
  EXPECT_THAT(database.error().text, HasSubstr("move it away together with its -wal and -shm"));
}

}  // namespace
}  // namespace perfwatch
