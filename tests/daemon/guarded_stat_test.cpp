// SPDX-License-Identifier: Apache-2.0
#include "daemon/guarded_stat.h"

#include <gtest/gtest.h>

#include <atomic>
#include <future>

namespace perfwatch {
namespace {

using namespace std::chrono_literals;

TEST(GuardedStat, PassesAnswersThrough) {
  const auto stat = guard(
      [](const std::string& path) -> Result<FilesystemUsage> {
        if (path == "/gone") return fail(ErrorKind::gone, "was unmounted");
        FilesystemUsage usage;
        usage.size_bytes = path.size();
        return usage;
      },
      10s);
  EXPECT_EQ(stat("/four")->size_bytes, 5U);
  EXPECT_EQ(stat("/gone").error().kind, ErrorKind::gone);
  EXPECT_EQ(stat("/a")->size_bytes, 2U);
}

TEST(GuardedStat, ADeadMountIsLeftBehindAndAskedAgainOnlyAfterItsCallReturned) {
  struct Shared {
    std::promise<void> release;
    std::shared_future<void> released = release.get_future().share();
    std::atomic<int> dead_calls{0};
  };
  const auto shared = std::make_shared<Shared>();
  const auto stat = guard(
      [shared](const std::string& path) -> Result<FilesystemUsage> {
        if (path == "/dead") {
          ++shared->dead_calls;
          shared->released.wait();
        }
        return FilesystemUsage{};
      },
      20ms);
  const auto first = stat("/dead");
  ASSERT_FALSE(first);
  EXPECT_EQ(first.error().kind, ErrorKind::io);
  EXPECT_EQ(first.error().text, "no answer within 20 ms");
  EXPECT_TRUE(stat("/alive")) << "the others are answered meanwhile";
  EXPECT_FALSE(stat("/dead"));
  EXPECT_FALSE(stat("/dead"));
  EXPECT_EQ(shared->dead_calls, 1);
  shared->release.set_value();
  const auto deadline = std::chrono::steady_clock::now() + 10s;
  while (!stat("/dead") && std::chrono::steady_clock::now() < deadline) {
  }
  EXPECT_TRUE(stat("/dead"));
}

// A file server with the homes of a hundred users dies: each dead mount once took a thread, until
// the limit of tasks ended the daemon.
TEST(GuardedStat, ManyDeadMountsTakeFewThreadsAndLeaveTheGoodOnesWatched) {
  struct Shared {
    std::promise<void> release;
    std::shared_future<void> released = release.get_future().share();
    std::atomic<int> dead_calls{0};
  };
  const auto shared = std::make_shared<Shared>();
  const auto stat = guard(
      [shared](const std::string& path) -> Result<FilesystemUsage> {
        if (path.starts_with("/dead")) {
          ++shared->dead_calls;
          shared->released.wait();
        }
        return FilesystemUsage{};
      },
      20ms);
  EXPECT_TRUE(stat("/good"));
  for (int i = 0; i < 100; ++i) EXPECT_FALSE(stat("/dead" + std::to_string(i)));
  EXPECT_EQ(shared->dead_calls, 16);
  EXPECT_TRUE(stat("/good"));
  EXPECT_EQ(stat("/new").error().text, "not asked, too many mounts do not answer");
  shared->release.set_value();
}

}  // namespace
}  // namespace perfwatch
