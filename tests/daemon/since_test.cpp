// SPDX-License-Identifier: Apache-2.0
#include "daemon/since.h"

#include <gtest/gtest.h>

#include <limits>

namespace perfwatch {
namespace {

using std::chrono::hours;
using std::chrono::seconds;
using std::chrono::system_clock;
using namespace std::chrono_literals;

constexpr system_clock::time_point kNow{seconds(1'800'000'000)};

TEST(ParseSince, ReadsDurationsAndDates) {
  EXPECT_EQ(parse_since("7d", kNow), kNow - hours(7 * 24));
  EXPECT_EQ(parse_since("1h30m", kNow), kNow - seconds(5400));
  EXPECT_EQ(parse_since("2023-11-14", kNow), system_clock::time_point(seconds(1'699'920'000)));
  EXPECT_EQ(parse_since("2023-11-14 22:13:20", kNow),
            system_clock::time_point(seconds(1'700'000'000)));
  EXPECT_EQ(parse_since("2023-11-14T22:13:20Z", kNow),
            system_clock::time_point(seconds(1'700'000'000)));
}

TEST(ParseSince, RefusesEverythingElse) {
  for (const char* text : {"", "7", "yesterday", "2023-13-01", "9999-01-01", "0001-01-01", "-7d",
                           "-5", "2023-11-14x", "1e-5"}) {
    EXPECT_EQ(parse_since(text, kNow), std::nullopt) << text;
  }
}

TEST(TimeSince1970, IsNoneThatTheClockCannotSay) {
  EXPECT_EQ(time_since_1970(1'700'000'000.25), system_clock::time_point(1'700'000'000'250ms));
  EXPECT_EQ(time_since_1970(0), system_clock::time_point());
  for (const double wrong : {-1.0, 1e300, std::numeric_limits<double>::quiet_NaN()}) {
    EXPECT_EQ(time_since_1970(wrong), std::nullopt) << wrong;
  }
}

}  // namespace
}  // namespace perfwatch
