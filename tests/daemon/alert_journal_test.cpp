// SPDX-License-Identifier: Apache-2.0
#include "daemon/alert_journal.h"

#include <gtest/gtest.h>

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "daemon/resolver.h"
#include "tests/core/analyse/frames.h"
#include "tests/support/temp_tree.h"

namespace perfwatch {
namespace {

using namespace std::chrono_literals;

RuleSet make_rules() {
  Rule rule;
  rule.name = "High";
  rule.metric = "test_memory_bytes";
  rule.raise = {Bound::Side::above, 0.9};
  rule.clear = {Bound::Side::below, 0.8};
  Rule slow = rule;
  slow.name = "Slow";
  slow.hold = 1h;
  auto made = RuleSet::make({rule, slow});
  EXPECT_TRUE(made);
  return std::move(*made);
}

class AlertJournalTest : public testing::Test {
 protected:
  void open() {
    storage = {};  // the daemon before has ended
    auto opened = open_storage(tree.path(), true);
    ASSERT_TRUE(opened) << opened.error().text;
    storage = *opened;
  }
  void judge(std::string_view rule, Level level, int second) {
    Frame frame;
    frame.at = test::moment(std::chrono::seconds(second));
    (void)book.update(rules, {{rule, {{"group", "a"}}, level, 0.95}}, frame);
  }
  KeptAlerts stored() {
    auto database = Database::open(tree.path());
    EXPECT_TRUE(database);
    auto kept = read_alerts(*database);
    EXPECT_TRUE(kept);
    return *kept;
  }
  template <class Condition>
  bool turn_until(Condition done) {
    for (int i = 0; i < 1000 && !done(); ++i) loop.run_for(10ms);
    return done();
  }
  bool in_state(AlertState state) {
    const auto kept = stored().alerts;
    const bool known = !storage.turn->taken;  // the journal has heard of it, too
    return known && kept.size() == 1 && kept[0].alert.state == state;
  }

  test::TempTree tree;
  boost::asio::io_context loop;
  boost::asio::executor_work_guard<boost::asio::io_context::executor_type> work =
      boost::asio::make_work_guard(loop);
  Workers workers{loop.get_executor(), 2};
  Resolver resolver{loop};
  Storage storage;
  RuleSet rules = make_rules();
  AlertBook book{{}};
  AlertJournal::Senders senders;
};

// Two on one folder resolved each other's alerts.
TEST_F(AlertJournalTest, HasItsFolderForItself) {
  open();
  const auto second = open_storage(tree.path(), true);
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().text,
            tree.path() + " is in use by another perfwatchd: give each its own");
  const auto unasked = open_storage(tree.path(), false);
  ASSERT_TRUE(unasked);
  EXPECT_EQ(unasked->database, nullptr);
  EXPECT_EQ(unasked->problem, second.error().text);
  open();
}

TEST_F(AlertJournalTest, HasWrittenWhatFiresForTheNextDaemon) {
  open();
  {
    AlertJournal journal(workers, storage, book, senders);
    ASSERT_TRUE(journal.load());
    judge("High", Level::raised, 0);
    journal.take(test::moment(0s));
    ASSERT_TRUE(turn_until([&] { return in_state(AlertState::firing); }));
  }
  open();
  AlertJournal next(workers, storage, book, senders);
  auto kept = next.load();
  ASSERT_TRUE(kept);
  AlertBook again({});
  EXPECT_EQ(again.restore(std::move(kept->alerts), test::moment(9s)), 0U);
  ASSERT_EQ(again.alerts().size(), 1U);
  EXPECT_EQ(again.alerts()[0]->fingerprint, book.alerts()[0]->fingerprint);
  EXPECT_EQ(again.alerts()[0]->fired_at, book.alerts()[0]->fired_at);
}

TEST_F(AlertJournalTest, WritesWhatChangedMeanwhileOnceTheDatabaseIsFree) {
  open();
  AlertJournal journal(workers, storage, book, senders);
  judge("High", Level::raised, 0);
  journal.take(test::moment(0s));
  judge("High", Level::cleared, 2);
  journal.take(test::moment(2s));
  EXPECT_TRUE(turn_until([&] { return in_state(AlertState::resolved); })) << "without a frame";
}

TEST_F(AlertJournalTest, WritesEverythingOnceItCanBeWrittenAgain) {
  open();
  ASSERT_TRUE(storage.database->execute("ALTER TABLE alerts RENAME TO hidden"));
  AlertJournal journal(workers, storage, book, senders);
  judge("High", Level::raised, 0);
  journal.take(Instant::now());
  ASSERT_TRUE(turn_until([&] { return !storage.turn->taken; }));
  ASSERT_TRUE(storage.database->execute("ALTER TABLE hidden RENAME TO alerts"));
  journal.take(Instant::now());
  EXPECT_FALSE(storage.turn->taken) << "not at once";
  Instant later = Instant::now();
  later.monotonic += JournalWriter::kTryAgain;
  journal.take(later);
  EXPECT_TRUE(turn_until([&] { return in_state(AlertState::firing); }));
}

TEST_F(AlertJournalTest, WritesTheExactStateAtTheEnd) {
  open();
  AlertJournal journal(workers, storage, book, senders);
  judge("Slow", Level::raised, 0);
  journal.take(test::moment(0s));
  ASSERT_TRUE(turn_until([&] { return in_state(AlertState::pending); }));
  judge("Slow", Level::raised, 3);
  journal.take(test::moment(3s));
  EXPECT_FALSE(storage.turn->taken) << "three seconds of `for` are not worth a write";
  journal.finish(test::moment(3s), 1min);
  EXPECT_EQ(stored().alerts.at(0).clocks.raised_for, 3s);
}

TEST_F(AlertJournalTest, LeavesEverythingAsItIsWhenItEndsBeforeTheFirstFrame) {
  open();
  AlertChanges before;
  judge("High", Level::raised, 0);
  before.deliveries = {{"webhook", "hook", *book.alerts()[0], false}};
  ASSERT_TRUE(write_alerts(*storage.database, before));
  AlertBook empty({});
  AlertJournal journal(workers, storage, empty, senders);
  journal.finish(test::moment(1s));
  EXPECT_EQ(stored().deliveries.size(), 1U);
}

TEST_F(AlertJournalTest, DoesNothingWithoutAStore) {
  storage.problem = "no disk";
  AlertJournal journal(workers, storage, book, senders);
  const auto kept = journal.load();
  ASSERT_TRUE(kept);
  EXPECT_TRUE(kept->alerts.empty());
  judge("High", Level::raised, 0);
  journal.take(test::moment(0s));
  journal.finish(test::moment(0s));
  EXPECT_FALSE(storage.turn->taken);
}

TEST_F(AlertJournalTest, KeepsWhatATargetHasNotHeardAndNeverItsUrl) {
  open();
  senders.push_back(std::make_unique<AlertSender>(
      loop, resolver, AlertSender::Kind::webhook,
      AlertTarget{"http://me:pass-word@127.0.0.1:1/secret-hook", "hook", 5s},
      AlertQueue::Settings{0ns, 100}, "http://host/"));
  AlertJournal journal(workers, storage, book, senders);
  judge("High", Level::raised, 0);
  senders[0]->change(*book.alerts()[0]);
  journal.take(test::moment(0s));
  ASSERT_TRUE(turn_until([&] { return in_state(AlertState::firing); }));
  const auto kept = stored().deliveries;
  ASSERT_EQ(kept.size(), 1U);
  EXPECT_EQ(kept[0].kind, "webhook");
  EXPECT_EQ(kept[0].target, "hook");
  EXPECT_FALSE(kept[0].taken);
  EXPECT_EQ(kept[0].alert.labels, book.alerts()[0]->labels);
  for (const auto& file : std::filesystem::directory_iterator(tree.path())) {
    std::ifstream in(file.path(), std::ios::binary);
    const std::string bytes{std::istreambuf_iterator<char>(in), {}};
    EXPECT_EQ(bytes.find("pass-word"), std::string::npos) << file.path();
    EXPECT_EQ(bytes.find("secret-hook"), std::string::npos) << file.path();
  }
}

}  // namespace
}  // namespace perfwatch
