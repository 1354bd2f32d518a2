// SPDX-License-Identifier: Apache-2.0
#include "core/base/user_rate.h"

#include <gtest/gtest.h>

namespace perfwatch {
namespace {

using namespace std::chrono_literals;

TEST(UserRate, LetsEachUserDoSoManyThingsAnHour) {
  UserRate rate(10);
  const UserRate::Clock::time_point begin{};
  for (int i = 0; i < 10; ++i) EXPECT_TRUE(rate.take(7, begin));
  EXPECT_FALSE(rate.take(7, begin));
  EXPECT_TRUE(rate.take(8, begin));
  EXPECT_FALSE(rate.take(7, begin + 5min));
  EXPECT_TRUE(rate.take(7, begin + 12min)) << "two came back";
  EXPECT_TRUE(rate.take(7, begin + 12min));
  EXPECT_FALSE(rate.take(7, begin + 12min));
  for (int i = 0; i < 10; ++i) EXPECT_TRUE(rate.take(7, begin + 10h));
  EXPECT_FALSE(rate.take(7, begin + 10h)) << "no more is saved up";
}

TEST(UserRate, KnowsSoManyUsersAndForgetsThoseWhoRested) {
  UserRate rate(2);
  const UserRate::Clock::time_point begin{};
  for (std::uint32_t uid = 0; uid < UserRate::kUsers; ++uid) EXPECT_TRUE(rate.take(uid, begin));
  EXPECT_FALSE(rate.take(99'999, begin));
  EXPECT_TRUE(rate.take(99'999, begin + 1h));
}

}  // namespace
}  // namespace perfwatch
