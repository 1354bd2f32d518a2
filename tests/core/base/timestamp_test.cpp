// SPDX-License-Identifier: Apache-2.0
#include "core/base/timestamp.h"

#include <gtest/gtest.h>

namespace perfwatch {
namespace {

TEST(ParseTimestamp, ReadsEpochSeconds) {
  EXPECT_EQ(parse_timestamp("0"), 0);
  EXPECT_EQ(parse_timestamp("1700000000.25"), 1700000000.25);
  EXPECT_EQ(parse_timestamp("-5"), -5);
}

TEST(ParseTimestamp, ReadsDatesAsUtc) {
  EXPECT_EQ(parse_timestamp("1970-01-01 00:00:00"), 0);
  EXPECT_EQ(parse_timestamp("2023-11-14 22:13:20"), 1700000000);
  EXPECT_EQ(parse_timestamp("2023-11-14T22:13:20.5Z"), 1700000000.5);
  EXPECT_EQ(parse_timestamp("2024-02-29 00:00:00"), 1709164800);
  EXPECT_EQ(parse_timestamp("1969-12-31 23:59:59"), -1);
}

TEST(ParseTimestamp, RefusesWhatIsNoTime) {
  for (const auto* text : {"",
                           " ",
                           "now",
                           "nan",
                           "inf",
                           "1e999",
                           "2023-02-29 00:00:00",
                           "2023-13-01 00:00:00",
                           "2023-01-01 24:00:00",
                           "2023-01-01 00:60:00",
                           "0000-01-01 00:00:00",
                           "2023-01-01",
                           "2023-01-01 00:00:00 ",
                           "2023-01-01 00:00:00.",
                           "2023-01-01 00:00:00.x",
                           "2023-01-01 00:00:00+01:00",
                           "+023-01-01 00:00:00",
                           "20 3-01-01 00:00:00",
                           "2023-01-01x00:00:00",
                           "5 "}) {
    EXPECT_FALSE(parse_timestamp(text)) << text;
  }
}

}  // namespace
}  // namespace perfwatch
