// SPDX-License-Identifier: Apache-2.0
#include "core/account/run_inbox.h"

#include <gtest/gtest.h>

#include <string>
#include <thread>

namespace perfwatch {
namespace {

RunOrder order(std::string id) {
  RunOrder made;
  made.id = std::move(id);
  return made;
}

TEST(RunInbox, HandsOutOrdersAsTheyCame) {
  RunInbox inbox;
  EXPECT_TRUE(inbox.take().empty());
  EXPECT_TRUE(inbox.begin(order("a")));
  EXPECT_TRUE(inbox.end({"a", 3}));
  EXPECT_TRUE(inbox.begin(order("b")));
  const auto orders = inbox.take();
  ASSERT_EQ(orders.size(), 3U);
  EXPECT_EQ(std::get<RunOrder>(orders[0]).id, "a");
  EXPECT_EQ(std::get<RunEndOrder>(orders[1]).exit_code, 3);
  EXPECT_EQ(std::get<RunOrder>(orders[2]).id, "b");
  EXPECT_NE(std::get<RunOrder>(orders[2]).at, std::chrono::steady_clock::time_point{});
  EXPECT_TRUE(inbox.take().empty());
}

TEST(RunInbox, TurnsAwayWhatIsTooMuch) {
  RunInbox inbox;
  for (std::size_t i = 0; i < RunInbox::kMostPending; ++i) EXPECT_TRUE(inbox.begin(order("a")));
  EXPECT_FALSE(inbox.begin(order("b")));
  EXPECT_FALSE(inbox.end({"a", 0}));
  EXPECT_EQ(inbox.take().size(), RunInbox::kMostPending);
  EXPECT_TRUE(inbox.end({"a", 0}));
}

TEST(RunInbox, LosesNothingBetweenTwoThreads) {
  constexpr int kOrders = 20'000;
  RunInbox inbox;
  std::thread sender([&] {
    for (int i = 0; i < kOrders; ++i) {
      while (!inbox.begin(order(std::to_string(i)))) std::this_thread::yield();
    }
  });
  int next = 0;
  while (next < kOrders) {
    for (const auto& one : inbox.take()) {
      ASSERT_EQ(std::get<RunOrder>(one).id, std::to_string(next));
      ++next;
    }
  }
  sender.join();
}

}  // namespace
}  // namespace perfwatch
