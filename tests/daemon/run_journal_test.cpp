// SPDX-License-Identifier: Apache-2.0
#include "daemon/run_journal.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>

#include "core/analyse/evidence.h"
#include "core/model/process.h"
#include "core/store/baselines.h"
#include "daemon/baseline_server.h"
#include "tests/daemon/answering_server.h"
#include "tests/support/sample_run.h"
#include "tests/support/temp_tree.h"

namespace perfwatch {
namespace {

using namespace std::chrono_literals;
using test::run_id;
using test::RunValue;
using test::sample_run;
using testing::HasSubstr;

// One of 100 CPU seconds and a little, or `times` as many.
RunValue run_of(int second, double times = 1) {
  RunValue run = sample_run(second);
  const double noise = 1 + 0.001 * (second % 7);
  for (const auto metric : {RunMetric::cpu_seconds, RunMetric::user_seconds,
                            RunMetric::system_seconds, RunMetric::wall_seconds}) {
    run.figures[metric] *= times * noise;
  }
  for (auto& command : run.by_cpu) command.cpu_seconds *= times * noise;
  return run;
}

class RunJournalTest : public testing::Test {
 protected:
  RunJournal& start(RunRetention retention = {std::chrono::hours(24 * 36500), 10'000}) {
    journal.reset();  // its lock goes with it
    reader.reset();
    auto storage = open_storage(tree.path(), true);
    EXPECT_TRUE(storage) << storage.error().text;
    database = storage->database;
    journal = std::make_unique<RunJournal>(workers, *storage, retention);
    const auto loaded = journal->load();
    EXPECT_TRUE(loaded) << loaded.error().text;
    // While a worker uses the journal's connection, nobody else may.
    auto opened = Database::open(tree.path(), DatabaseUse::commands);
    EXPECT_TRUE(opened) << opened.error().text;
    reader = std::make_unique<Database>(std::move(*opened));
    return *journal;
  }
  void stop() {
    loop.run_for(50ms);
    journal.reset();
    reader.reset();
    database.reset();
  }
  // perfwatch_runs_total, whatever the outcome.
  [[nodiscard]] double runs_total() const {
    const Samples samples = journal->describe();
    double total = 0;
    for (std::size_t i = 0; i < samples.values.size(); ++i) {
      if (samples.schema->series[i].metric->name == "perfwatch_runs_total") {
        total += samples.values[i];
      }
    }
    return total;
  }
  // A frame `second` seconds on, in which these runs have ended.
  Frame frame(int second, std::shared_ptr<const std::vector<RunValue>> ended = nullptr,
              std::shared_ptr<const std::vector<RunValue>> open = nullptr) {
    Frame out;
    out.at = Instant::now();
    out.at.monotonic += std::chrono::seconds(second);
    auto accounting = std::make_shared<Accounting>();
    accounting->ended_runs = std::move(ended);
    accounting->open_runs = std::move(open);
    auto table = std::make_shared<ProcessTable>();
    table->accounting = accounting;
    out.processes = table;
    return out;
  }
  // What became of it.
  std::optional<RunKept> add(const RunValue& run, bool replaces = true) {
    std::optional<RunKept> told;
    journal->add(run, replaces, [&](RunKept kept) { told = kept; });
    journal->write(Instant::now());
    for (int i = 0; i < 6000 && !told; ++i) loop.run_for(10ms);
    return told;
  }
  std::shared_ptr<const RunBoard> board(int second = 0) {
    loop.run_for(20ms);
    Frame out = frame(second);
    journal->take(out);
    return out.runs;
  }

  test::TempTree tree;
  boost::asio::io_context loop;
  boost::asio::executor_work_guard<boost::asio::io_context::executor_type> work =
      boost::asio::make_work_guard(loop);
  Workers workers{loop.get_executor(), 2};
  std::shared_ptr<Database> database;
  std::unique_ptr<Database> reader;
  std::unique_ptr<RunJournal> journal;
};

TEST_F(RunJournalTest, WritesWhatEndedAndShowsIt) {
  start();
  EXPECT_EQ(add(run_of(1)), RunKept::stored);
  const auto shown = board();
  ASSERT_EQ(shown->runs.size(), 1U);
  EXPECT_EQ(shown->runs[0]->run.id, run_id(1));
  EXPECT_TRUE(shown->runs[0]->run.timeline.empty()) << "the board is small";
  EXPECT_EQ(shown->runs[0]->verdict, "not_enough_data");
  const auto stored = find_run(*reader, run_id(1));
  ASSERT_TRUE(stored);
  EXPECT_EQ(stored->timeline.size(), 3U);
}

TEST_F(RunJournalTest, TakesEachEndedRunOfAFrameOnce) {
  start();
  const auto ended =
      std::make_shared<const std::vector<RunValue>>(std::vector{run_of(1), run_of(2)});
  for (int second = 0; second < 3; ++second) {
    Frame out = frame(second, ended);
    journal->take(out);
    loop.run_for(100ms);
  }
  EXPECT_EQ(add(run_of(9)), RunKept::stored) << "and so is what was taken before it";
  EXPECT_EQ(board()->runs.size(), 3U);
  EXPECT_EQ(runs_total(), 3);
}

TEST_F(RunJournalTest, TakesARunOnceThatSeveralRoundsTellOf) {
  start();
  const auto runs = [](std::vector<RunValue> all) {
    return std::make_shared<const std::vector<RunValue>>(std::move(all));
  };
  const auto rounds = {runs({run_of(2), run_of(1)}), runs({run_of(2), run_of(1), run_of(3)}),
                       std::shared_ptr<const std::vector<RunValue>>(),  // one that failed
                       runs({run_of(1), run_of(3)}), runs({run_of(3)})};
  int second = 0;
  for (const auto& ended : rounds) {
    Frame out = frame(++second, ended);
    journal->take(out);
    loop.run_for(100ms);
  }
  EXPECT_EQ(add(run_of(9)), RunKept::stored) << "and so is what was taken before it";
  EXPECT_EQ(board()->runs.size(), 4U);
  EXPECT_EQ(runs_total(), 4);
}

// What a Prometheus-compatible server knows of twelve runs like run_of(0), of another host.
std::string told_by_a_server() {
  std::string end, cpu, wall;
  for (int i = 1; i <= 12; ++i) {
    const RunValue run = run_of(-60 * i);
    const auto add = [&](std::string& points, double value) {
      if (!points.empty()) points += ',';
      points += fmt::format("[{},\"{}\"]", 1'700'000'000 - 60 * i, value);
    };
    add(end, 1'700'000'000 - 60 * i);
    add(cpu, run.figures[RunMetric::cpu_seconds]);
    add(wall, run.figures[RunMetric::wall_seconds]);
  }
  const auto series = [](std::string_view name, std::string_view points) {
    const BaselineKey key = key_of(run_of(0));
    return fmt::format(R"({{"metric":{{"__name__":"perfwatch_run_last_{}","component":"{}",)"
                       R"("operation":"{}","host_class":"{}"}},"values":[{}]}})",
                       name, key.component, key.operation, key.host_class, points);
  };
  return R"({"status":"success","data":{"resultType":"matrix","result":[)" +
         series("end_timestamp_seconds", end) + "," + series("cpu_seconds", cpu) + "," +
         series("duration_seconds", wall) + "]}}";
}

TEST_F(RunJournalTest, AsksForWhatOthersHaveMeasuredAndJudgesTheRunOnceMore) {
  Resolver resolver(loop);
  test::AnsweringServer server(loop);
  server.body = told_by_a_server();
  BaselineServer asked(loop, resolver, {server.url()}, {0ms, 1h});
  start().ask(asked);
  RunValue failed = run_of(1);
  failed.outcome = RunOutcome::failed;
  EXPECT_EQ(add(failed), RunKept::stored);
  RunValue cold = run_of(2);
  cold.cold = true;
  EXPECT_EQ(add(cold), RunKept::stored);
  EXPECT_EQ(asked.counts().asked, 0U) << "of such runs no server knows";
  EXPECT_EQ(add(run_of(3, 3)), RunKept::stored);
  for (int i = 0; i < 6000 && board()->runs[0]->verdict != "regressed"; ++i) loop.run_for(10ms);
  EXPECT_EQ(board()->runs[0]->verdict, "regressed");
  EXPECT_EQ(asked.counts().asked, 1U);
  EXPECT_EQ(asked.counts().failed, 0U);
  EXPECT_EQ(board()->runs[1]->verdict, "not_enough_data") << "cold ones are another baseline";
  EXPECT_TRUE(resolver.close());
}

// The runs of hosts that have not changed would count as newer ones of this one.
TEST_F(RunJournalTest, AsksNobodyOnceALevelIsAccepted) {
  Resolver resolver(loop);
  test::AnsweringServer server(loop);
  BaselineServer asked(loop, resolver, {server.url()}, {0ms, 1h});
  start();
  EXPECT_EQ(add(run_of(1, 3)), RunKept::stored);
  ASSERT_TRUE(accept_baseline(*reader, key_of(run_of(1)), run_id(1), "so be it",
                              std::chrono::system_clock::now()));
  journal->ask(asked);
  EXPECT_EQ(add(run_of(2, 3)), RunKept::stored);
  loop.run_for(50ms);
  EXPECT_EQ(asked.counts().asked, 0U);
  EXPECT_TRUE(resolver.close());
}

TEST_F(RunJournalTest, SaysThatAnAnswerIsNone) {
  Resolver resolver(loop);
  test::AnsweringServer server(loop);
  server.body = "<html>";
  BaselineServer asked(loop, resolver, {server.url()}, {0ms, 1h});
  start().ask(asked);
  EXPECT_EQ(add(run_of(1)), RunKept::stored);
  for (int i = 0; i < 6000 && asked.counts().failed == 0; ++i) loop.run_for(10ms);
  EXPECT_EQ(asked.counts().failed, 1U);
  EXPECT_EQ(board()->runs[0]->verdict, "not_enough_data");
  EXPECT_TRUE(resolver.close());
}

TEST_F(RunJournalTest, RunsOutliveTheDaemon) {
  start();
  EXPECT_EQ(add(run_of(1)), RunKept::stored);
  EXPECT_EQ(add(run_of(2, 3)), RunKept::stored);
  stop();
  start();
  const auto shown = board();
  ASSERT_EQ(shown->runs.size(), 2U);
  EXPECT_EQ(shown->runs[0]->run.id, run_id(2)) << "newest first";
}

TEST_F(RunJournalTest, ARunOfAnotherDoesNotReplaceOneThatIsThere) {
  start();
  EXPECT_EQ(add(run_of(1), false), RunKept::stored);
  RunValue forged = run_of(1, 50);
  EXPECT_EQ(add(forged, false), RunKept::known);
  EXPECT_LT(find_run(*reader, run_id(1))->figures[RunMetric::cpu_seconds], 200);
  EXPECT_LT(board()->runs[0]->run.figures[RunMetric::cpu_seconds], 200);
  EXPECT_EQ(add(forged, true), RunKept::stored) << "root's may";
}

TEST_F(RunJournalTest, AnOpenRunLeavesATraceThatTheNextDaemonCloses) {
  start();
  RunValue open = run_of(1);
  open.outcome = RunOutcome::running;
  Frame out = frame(0, nullptr, std::make_shared<const std::vector<RunValue>>(std::vector{open}));
  journal->take(out);
  for (int i = 0; i < 6000 && !find_run(*reader, run_id(1)); ++i) loop.run_for(10ms);
  ASSERT_TRUE(find_run(*reader, run_id(1)));
  EXPECT_EQ(find_run(*reader, run_id(1))->outcome, RunOutcome::running);
  RunValue another = run_of(2);
  another.outcome = RunOutcome::running;
  ASSERT_TRUE(begin_run(*reader, another, {{1 << 30, 1}, "another boot"}));
  stop();
  start();
  EXPECT_EQ(find_run(*reader, run_id(2))->outcome, RunOutcome::interrupted);
}

TEST_F(RunJournalTest, FindsARegressionWithItsEvidenceAndTheAlertsSeries) {
  start();
  for (int i = 1; i <= 12; ++i) ASSERT_EQ(add(run_of(i)), RunKept::stored);
  for (int i = 13; i <= 17; ++i) ASSERT_EQ(add(run_of(i, 2)), RunKept::stored);
  const auto shown = board();
  EXPECT_EQ(shown->runs[0]->verdict, "regressed");
  EXPECT_TRUE(shown->runs[0]->confirmed);
  ASSERT_FALSE(shown->worse.empty());
  const Labels subject{
      {"component", "kernel"}, {"metric", "cpu_seconds"}, {"operation", "make bzImage"}};
  const std::string evidence = run_evidence(*shown, subject);
  EXPECT_THAT(evidence, HasSubstr(", since run " + run_id(13) + " (commit c0ffee)"));
  EXPECT_THAT(evidence, HasSubstr("cc1"));
  stop();
  start();  // what was worse is worse still
  Frame out = frame(0);
  journal->take(out);
  for (int i = 0; i < 6000 && board()->worse.empty(); ++i) loop.run_for(10ms);
  EXPECT_EQ(run_evidence(*board(), subject), evidence);
}

TEST_F(RunJournalTest, TriesAgainWhatCouldNotBeWritten) {
  start();
  ASSERT_TRUE(database->execute("ALTER TABLE runs RENAME TO hidden"));
  EXPECT_EQ(add(run_of(1)), RunKept::waits);
  auto shown = board();
  EXPECT_EQ(shown->runs.size(), 1U) << "shown nevertheless";
  EXPECT_THAT(shown->not_durable, HasSubstr("no such table"));
  ASSERT_TRUE(database->execute("ALTER TABLE hidden RENAME TO runs"));
  const int later = static_cast<int>(JournalWriter::kTryAgain.count()) + 1;
  for (int i = 0; i < 3000 && !find_run(*reader, run_id(1)); ++i) {
    shown = board(later);
    loop.run_for(10ms);
  }
  EXPECT_TRUE(find_run(*reader, run_id(1)));
  EXPECT_EQ(board(later)->runs.size(), 1U);
}

TEST_F(RunJournalTest, WritesAtTheEndWhatWaitsStill) {
  start();
  journal->add(run_of(1), true, nullptr);
  journal->write(Instant::now());  // a worker is at it
  journal->add(run_of(2), true, nullptr);
  journal->add(run_of(3), true, nullptr);
  journal->finish(1min);
  for (int i = 1; i <= 3; ++i) EXPECT_TRUE(find_run(*reader, run_id(i))) << i;
}

TEST_F(RunJournalTest, QueuesSoManyAndCountsWhatItDrops) {
  start();
  ASSERT_TRUE(database->execute("ALTER TABLE runs RENAME TO hidden"));
  EXPECT_EQ(add(run_of(1)), RunKept::waits);
  const int many = static_cast<int>(RunJournal::kPendingLimit) + 10;
  int refused = 0;
  for (int i = 2; i <= many; ++i) {
    journal->add(run_of(i), true, [&](RunKept kept) { refused += kept == RunKept::refused; });
  }
  EXPECT_EQ(refused, 9) << "the first has nobody who listens any more";
  EXPECT_EQ(board()->runs.size(), 10U) << "of those that wait nobody knows yet";
}

TEST_F(RunJournalTest, ForgetsWhatIsTooMuch) {
  start({std::chrono::hours(24 * 36500), 3});
  for (int i = 1; i <= 5; ++i) ASSERT_EQ(add(run_of(i)), RunKept::stored);
  journal->set_retention({std::chrono::hours(24 * 36500), 2});
  for (int i = 0; i < 3000; ++i) {
    (void)board();
    const auto left = list_runs(*reader, {});
    if (left && left->size() == 2) return;
  }
  FAIL() << "five runs are kept still";
}

TEST_F(RunJournalTest, RemembersInMemoryWhereThereIsNoStore) {
  Storage none;
  none.problem = "no disk";
  journal = std::make_unique<RunJournal>(workers, none, RunRetention{});
  ASSERT_TRUE(journal->load());
  EXPECT_EQ(add(run_of(1)), RunKept::waits);
  const auto shown = board();
  EXPECT_EQ(shown->runs.size(), 1U);
  EXPECT_EQ(shown->not_durable, "no disk");
}

}  // namespace
}  // namespace perfwatch
