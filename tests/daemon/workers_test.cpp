// SPDX-License-Identifier: Apache-2.0
#include "daemon/workers.h"

#include <gtest/gtest.h>

#include <boost/asio/io_context.hpp>
#include <condition_variable>
#include <future>
#include <mutex>
#include <thread>

namespace perfwatch {
namespace {

using namespace std::chrono_literals;

TEST(Workers, HandsResultsBackOnTheLoop) {
  boost::asio::io_context loop;
  Workers workers(loop.get_executor(), 2);
  const auto here = std::this_thread::get_id();
  std::thread::id worked;
  std::thread::id done;
  workers.start([&] { worked = std::this_thread::get_id(); },
                [&] {
                  done = std::this_thread::get_id();
                  loop.stop();
                });
  const auto work = boost::asio::make_work_guard(loop);
  loop.run_for(10s);
  EXPECT_NE(worked, here);
  EXPECT_EQ(done, here);
}

TEST(Workers, AHangingJobIsReplacedAndStillReportsWhenItComesBack) {
  boost::asio::io_context loop;
  const auto work = boost::asio::make_work_guard(loop);
  Workers workers(loop.get_executor(), 1);
  std::promise<void> release;
  std::promise<void> started;
  bool back = false;
  const auto ticket = workers.start(
      [&, wait = release.get_future().share()] {
        started.set_value();
        wait.wait();
      },
      [&] { back = true; });
  started.get_future().wait();
  EXPECT_EQ(workers.give_up(ticket), Workers::GivenUp::hangs);
  EXPECT_EQ(workers.give_up(ticket), Workers::GivenUp::hangs) << "twice is once";
  EXPECT_EQ(workers.hanging(), 1U);

  bool other = false;
  workers.start([] {}, [&] { other = true; });
  for (int i = 0; i < 500 && !other; ++i) loop.run_for(20ms);
  EXPECT_TRUE(other) << "a new thread took the place";
  EXPECT_FALSE(back);

  release.set_value();
  for (int i = 0; i < 500 && !back; ++i) loop.run_for(20ms);
  EXPECT_TRUE(back);
  EXPECT_EQ(workers.hanging(), 0U);
}

TEST(Workers, AJobThatWaitsForItsTurnCanBeWithdrawn) {
  boost::asio::io_context loop;
  const auto work = boost::asio::make_work_guard(loop);
  Workers workers(loop.get_executor(), 1);
  std::promise<void> release;
  std::promise<void> started;
  workers.start(
      [&, wait = release.get_future().share()] {
        started.set_value();
        wait.wait();
      },
      [] {});
  started.get_future().wait();
  bool ran = false;
  const auto ticket = workers.start([&] { ran = true; }, [] {});
  EXPECT_EQ(workers.give_up(ticket), Workers::GivenUp::withdrawn);
  release.set_value();
  loop.run_for(50ms);
  EXPECT_FALSE(ran);
}

TEST(Workers, EndsWithoutTheJobThatHangs) {
  // What the thread touches must outlive this test: it is released at the very end.
  static std::promise<void> release;
  static std::promise<void> started;
  const auto begin = std::chrono::steady_clock::now();
  {
    boost::asio::io_context loop;
    Workers workers(loop.get_executor(), 1);
    workers.start(
        [wait = release.get_future().share()] {
          started.set_value();
          wait.wait();
        },
        [] { FAIL() << "the loop is gone"; });
    started.get_future().wait();
  }
  EXPECT_LT(std::chrono::steady_clock::now() - begin, 5s);
  release.set_value();
}

TEST(Workers, AJobThatIsBackAlreadyIsNotGivenUp) {
  boost::asio::io_context loop;
  const auto work = boost::asio::make_work_guard(loop);
  Workers workers(loop.get_executor(), 1);
  bool back = false;
  const auto ticket = workers.start([] {}, [&] { back = true; });
  for (int i = 0; i < 500 && !back; ++i) loop.run_for(20ms);
  EXPECT_EQ(workers.give_up(ticket), Workers::GivenUp::finished);
  EXPECT_TRUE(workers.close());
}

}  // namespace
}  // namespace perfwatch
