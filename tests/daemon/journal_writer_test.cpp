// SPDX-License-Identifier: Apache-2.0
#include "daemon/journal_writer.h"

#include <gtest/gtest.h>

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <future>
#include <utility>

#include "tests/support/temp_tree.h"

namespace perfwatch {
namespace {

using namespace std::chrono_literals;
using Clock = JournalWriter::Clock;

class JournalWriterTest : public testing::Test {
 protected:
  JournalWriterTest() {
    auto opened = open_storage(tree.path(), true);
    EXPECT_TRUE(opened);
    storage = *opened;
  }
  JournalWriter::Work insert(int number) {
    return [number](Database& database) {
      const std::string sql =
          "CREATE TABLE IF NOT EXISTS t (x); INSERT INTO t VALUES (" + std::to_string(number) + ")";
      return database.execute(sql.c_str());
    };
  }
  // A job that waits until it is let go.
  JournalWriter::Work wait() {
    return [gate = gate.get_future().share()](Database&) -> Result<void> {
      gate.wait();
      return {};
    };
  }
  std::int64_t sum() {
    auto statement = storage.database->prepare("SELECT sum(x) FROM t");
    if (!statement || !statement->step()) return -1;
    return statement->integer(0);
  }
  template <class Condition>
  bool turn_until(Condition done) {
    for (int i = 0; i < 1000 && !done(); ++i) loop.run_for(10ms);
    return done();
  }

  test::TempTree tree;
  std::promise<void> gate;
  boost::asio::io_context loop;
  boost::asio::executor_work_guard<boost::asio::io_context::executor_type> work =
      boost::asio::make_work_guard(loop);
  Workers workers{loop.get_executor(), 2};
  Storage storage;
  int written = 0;
  int failed = 0;
  JournalWriter::Done count = [this](bool good) { ++(good ? written : failed); };
};

TEST_F(JournalWriterTest, TwoJournalsTakeTurns) {
  JournalWriter one(workers, storage, "ones");
  JournalWriter two(workers, storage, "twos");
  one.write(wait(), count, Clock::now());
  EXPECT_FALSE(one.ready(Clock::now()));
  EXPECT_FALSE(two.ready(Clock::now())) << "the other one uses the database";
  gate.set_value();
  ASSERT_TRUE(turn_until([&] { return written == 1; }));
  EXPECT_TRUE(two.ready(Clock::now()));
  two.write(insert(7), count, Clock::now());
  ASSERT_TRUE(turn_until([&] { return written == 2; }));
  EXPECT_EQ(sum(), 7);
}

TEST_F(JournalWriterTest, WaitsAWhileAfterAFailureAndLetsTheOtherJournalGoOn) {
  JournalWriter one(workers, storage, "ones");
  JournalWriter two(workers, storage, "twos");
  one.write([](Database& database) { return database.execute("NO SQL"); }, count, Clock::now());
  ASSERT_TRUE(turn_until([&] { return failed == 1; }));
  EXPECT_NE(one.trouble().find("syntax error"), std::string::npos) << one.trouble();
  EXPECT_EQ(two.trouble(), "");
  EXPECT_FALSE(one.ready(Clock::now()));
  EXPECT_TRUE(one.ready(Clock::now() + JournalWriter::kTryAgain));
  EXPECT_TRUE(two.ready(Clock::now()));
  one.write(insert(1), count, Clock::now());
  ASSERT_TRUE(turn_until([&] { return written == 1; }));
  EXPECT_EQ(one.trouble(), "");
}

TEST_F(JournalWriterTest, SaysThatTheDiskHangsUntilTheJobIsBack) {
  JournalWriter one(workers, storage, "ones");
  JournalWriter two(workers, storage, "twos");
  const auto begin = Clock::now();
  bool runs = false;
  one.write(
      [&runs, gate = gate.get_future().share()](Database&) -> Result<void> {
        runs = true;
        gate.wait();
        return {};
      },
      count, begin);
  loop.run_for(50ms);
  one.watch_deadline(begin + JournalWriter::kDeadline - 1s);
  EXPECT_EQ(one.trouble(), "");
  one.watch_deadline(begin + JournalWriter::kDeadline);
  EXPECT_NE(two.trouble().find("hangs"), std::string::npos) << "it is the disk of both";
  EXPECT_FALSE(two.ready(begin + 1h));
  gate.set_value();
  ASSERT_TRUE(turn_until([&] { return written == 1; }));
  EXPECT_TRUE(runs);
  EXPECT_EQ(one.trouble(), "");
  EXPECT_EQ(two.trouble(), "");
  EXPECT_TRUE(two.ready(Clock::now()));
}

TEST_F(JournalWriterTest, WritesTheLastOfAllAfterWhatIsUnderWay) {
  JournalWriter one(workers, storage, "ones");
  JournalWriter two(workers, storage, "twos");
  one.write(insert(1), count, Clock::now());
  const auto until = Clock::now() + 10s;
  ASSERT_TRUE(two.await_turn(until)) << "of the other journal";
  EXPECT_TRUE(two.write_by(insert(2), until));
  EXPECT_EQ(sum(), 3);
}

TEST_F(JournalWriterTest, ToldOfItsOwnJobBeforeItWritesTheLast) {
  JournalWriter one(workers, storage, "ones");
  one.write([](Database& database) { return database.execute("NO SQL"); }, count, Clock::now());
  const auto until = Clock::now() + 10s;
  ASSERT_TRUE(one.await_turn(until));
  EXPECT_EQ(failed, 1) << "the journal knows that this was not kept";
  EXPECT_TRUE(one.write_by(insert(2), until));
  EXPECT_FALSE(one.await_turn(until) &&
               one.write_by([](Database& database) { return database.execute("NO SQL"); }, until));
}

TEST_F(JournalWriterTest, DoesNotWaitForEverAtTheEnd) {
  JournalWriter one(workers, storage, "ones");
  one.write(wait(), count, Clock::now());
  EXPECT_FALSE(one.await_turn(Clock::now() + 20ms));
  EXPECT_FALSE(one.write_by(insert(1), Clock::now() + 10s)) << "it is not free";
  gate.set_value();
}

TEST_F(JournalWriterTest, HasNothingToWriteToWithoutAStore) {
  Storage none;
  none.problem = "no disk";
  JournalWriter one(workers, none, "ones");
  EXPECT_FALSE(one.ready(Clock::now()));
  EXPECT_FALSE(one.await_turn(Clock::now() + 10s));
  EXPECT_FALSE(one.write_by(insert(1), Clock::now() + 10s));
  EXPECT_EQ(one.trouble(), "no disk");
}

TEST_F(JournalWriterTest, IsNotToldWhenItIsGone) {
  {
    JournalWriter one(workers, storage, "ones");
    one.write(wait(), count, Clock::now());
  }
  gate.set_value();
  loop.run_for(50ms);
  EXPECT_EQ(written + failed, 0);
  EXPECT_FALSE(storage.turn->taken) << "others may go on";
}

}  // namespace
}  // namespace perfwatch
