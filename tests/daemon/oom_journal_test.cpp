// SPDX-License-Identifier: Apache-2.0
#include "daemon/oom_journal.h"

#include <gtest/gtest.h>

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>

#include "core/store/oom_kills.h"
#include "tests/support/temp_tree.h"

namespace perfwatch {
namespace {

using namespace std::chrono_literals;
using Kills = std::vector<OomKill>;

OomKill make_kill(std::uint64_t sequence, std::string group = "gcc") {
  OomKill kill;
  kill.boot_id = "boot";
  kill.sequence = sequence;
  kill.pid = 7;
  kill.at += std::chrono::hours(1) + std::chrono::seconds(sequence);
  kill.comm = "cc1plus";
  kill.group = std::move(group);
  return kill;
}

class OomJournalTest : public testing::Test {
 protected:
  // A frame `second` seconds on, in which these were found so far.
  Frame frame(int second, const Kills& kills) {
    Frame out;
    out.at.monotonic += std::chrono::seconds(second);
    auto table = std::make_shared<ProcessTable>();
    table->new_oom_kills = std::make_shared<const Kills>(kills);
    out.processes = table;
    return out;
  }
  void run_until_written(std::size_t count) {
    for (int i = 0; i < 6000 && stored().size() < count; ++i) loop.run_for(10ms);
    loop.run_for(50ms);  // the journal hears of it
  }
  Kills stored() {
    auto database = Database::open(tree.path());
    EXPECT_TRUE(database);
    auto kills = last_oom_kills(*database, 1000);
    EXPECT_TRUE(kills);
    return *kills;
  }
  Storage storage() {
    auto opened = open_storage(tree.path(), true);
    EXPECT_TRUE(opened);
    return *opened;
  }

  test::TempTree tree;
  boost::asio::io_context loop;
  boost::asio::executor_work_guard<boost::asio::io_context::executor_type> work =
      boost::asio::make_work_guard(loop);
  Workers workers{loop.get_executor(), 2};
};

TEST_F(OomJournalTest, ShowsAtOnceAndWritesOnAWorker) {
  OomJournal journal(workers, storage());
  ASSERT_TRUE(journal.load());
  auto first = frame(1, {make_kill(1), make_kill(2)});
  journal.take(first);
  ASSERT_EQ(first.oom->kills.size(), 2U);
  EXPECT_EQ(first.oom->kills[0].sequence, 2U) << "newest first";
  EXPECT_EQ(first.oom->not_durable, "");
  run_until_written(2);
  EXPECT_EQ(stored().size(), 2U);
  auto second = frame(3, {make_kill(1), make_kill(2), make_kill(3)});
  journal.take(second);
  EXPECT_EQ(second.oom->kills.size(), 3U);
  run_until_written(3);
  EXPECT_EQ(stored().size(), 3U);
}

TEST_F(OomJournalTest, ShowsWhatAnEarlierDaemonWroteAndKeepsWhatThatKnew) {
  {
    auto before = storage();
    ASSERT_TRUE(insert_oom_kills(*before.database, Kills{make_kill(1)}));
  }
  OomJournal journal(workers, storage());
  ASSERT_TRUE(journal.load());
  auto again = make_kill(1, "unknown");
  again.before_start = true;
  auto shown = frame(1, {again});
  journal.take(shown);
  ASSERT_EQ(shown.oom->kills.size(), 1U);
  EXPECT_EQ(shown.oom->kills[0].group, "gcc");
}

TEST_F(OomJournalTest, RemembersInMemoryWhereThereIsNoStore) {
  Storage none;
  none.problem = "no disk";
  OomJournal journal(workers, none);
  ASSERT_TRUE(journal.load());
  auto shown = frame(1, {make_kill(1)});
  journal.take(shown);
  EXPECT_EQ(shown.oom->kills.size(), 1U);
  EXPECT_EQ(shown.oom->not_durable, "no disk");
}

TEST_F(OomJournalTest, KeepsTheLatestOnly) {
  OomJournal journal(workers, storage());
  Kills many;
  for (std::uint64_t i = 1; i <= 100; ++i) many.push_back(make_kill(i));
  auto shown = frame(1, many);
  journal.take(shown);
  EXPECT_EQ(shown.oom->kills.size(), OomJournal::kShown);
  EXPECT_EQ(shown.oom->kills[0].sequence, 100U);
  run_until_written(100);
  EXPECT_EQ(stored().size(), 100U) << "all are kept";
}

TEST_F(OomJournalTest, TriesAgainWhatCouldNotBeWritten) {
  auto broken = storage();
  ASSERT_TRUE(broken.database->execute("ALTER TABLE oom_kills RENAME TO hidden"));
  OomJournal journal(workers, broken);
  auto first = frame(1, {make_kill(1)});
  journal.take(first);
  Frame later;
  for (int i = 0; i < 6000; ++i) {
    loop.run_for(10ms);
    later.at.monotonic = {};
    journal.take(later);
    if (!later.oom->not_durable.empty()) break;
  }
  EXPECT_NE(later.oom->not_durable.find("no such table"), std::string::npos);
  EXPECT_EQ(later.oom->kills.size(), 1U) << "shown nevertheless";
  ASSERT_TRUE(broken.database->execute("ALTER TABLE hidden RENAME TO oom_kills"));
  later.at.monotonic = std::chrono::steady_clock::now() + JournalWriter::kTryAgain;
  journal.take(later);
  run_until_written(1);
  EXPECT_EQ(stored().size(), 1U);
  journal.take(later);
  EXPECT_EQ(later.oom->not_durable, "");
}

TEST(OpenStorage, MakesTheLastPartOfItsPath) {
  const test::TempTree tree;
  const auto storage = open_storage(tree.path() + "/new", true);
  ASSERT_TRUE(storage) << storage.error().text;
  EXPECT_NE(storage->database, nullptr);
}

TEST(OpenStorage, GivesUpOnlyWhatWasAskedFor) {
  EXPECT_FALSE(open_storage("/nonexistent/folder", true));
  const auto memory_only = open_storage("/nonexistent/folder", false);
  ASSERT_TRUE(memory_only);
  EXPECT_EQ(memory_only->database, nullptr);
  EXPECT_NE(memory_only->problem, "");
}

}  // namespace
}  // namespace perfwatch
