// SPDX-License-Identifier: Apache-2.0
#include "daemon/cli/human.h"

#include <gtest/gtest.h>

#include <limits>

namespace perfwatch {
namespace {

TEST(Human, WritesNumbersAsPeopleReadThem) {
  EXPECT_EQ(human_bytes(512), "512 B");
  EXPECT_EQ(human_bytes(1536), "1.5 KiB");
  EXPECT_EQ(human_bytes(1048575), "1.0 MiB") << "never 1024 KiB";
  EXPECT_EQ(human_bytes(963.0 * 1048576), "963 MiB");
  EXPECT_EQ(short_bytes(1536), "1.5K");
  EXPECT_EQ(human_ratio(0.041), "4.1%");
  EXPECT_EQ(human_ratio(0.83), "83%");
  EXPECT_EQ(human_cores(12.314), "12.31");
  EXPECT_EQ(human_count(51234), "51234");
}

TEST(Human, WritesDurationsInTwoUnits) {
  EXPECT_EQ(human_duration(0.44), "0.4s");
  EXPECT_EQ(human_duration(59), "59s");
  EXPECT_EQ(human_duration(125), "2m 5s");
  EXPECT_EQ(human_duration(3661), "1h 1m");
  EXPECT_EQ(human_duration(271804), "3d 3h");
}

TEST(Human, SaysMinusForWhatIsNotKnown) {
  EXPECT_EQ(human_bytes(std::nullopt), "-");
  EXPECT_EQ(human_ratio(std::numeric_limits<double>::quiet_NaN()), "-");
  EXPECT_EQ(human_duration(std::numeric_limits<double>::infinity()), "-");
}

TEST(Human, StaysShortForAbsurdValues) {
  for (const double value : {1e308, -1e308, 1e18, 5e9, -5.0, 1e-300, 9.9999e9, 999999999.0}) {
    for (const auto show :
         {human_bytes, short_bytes, human_ratio, human_cores, human_count, human_duration}) {
      EXPECT_LE(show(value).size(), 14U) << show(value);
    }
  }
}

TEST(ParseRfc3339, TakesUtcAndNothingElse) {
  EXPECT_EQ(parse_rfc3339("1970-01-01T00:01:00Z"), 60);
  EXPECT_EQ(parse_rfc3339("1970-01-01T00:00:00.250Z"), 0.25);
  EXPECT_EQ(parse_rfc3339("1970-01-01T00:00:00+01:00"), std::nullopt);
  EXPECT_EQ(parse_rfc3339("yesterday"), std::nullopt);
  EXPECT_EQ(parse_rfc3339(""), std::nullopt);
}

TEST(FineDuration, ShowsWhatLivedShorterThanATenthOfASecond) {
  EXPECT_EQ(fine_duration(0.00004), "40us");
  EXPECT_EQ(fine_duration(0.0009999), "1.0ms");
  EXPECT_EQ(fine_duration(0.001), "1.0ms");
  EXPECT_EQ(fine_duration(0.0082), "8.2ms");
  EXPECT_EQ(fine_duration(0.12), "120ms");
  EXPECT_EQ(fine_duration(0.9999), "1.0s");
  EXPECT_EQ(fine_duration(75), "1m 15s");
  EXPECT_EQ(fine_duration(0), "0.0s");
  EXPECT_EQ(fine_duration(1e-30), "0us");
  EXPECT_EQ(fine_duration(-1), "-1s");
  EXPECT_EQ(fine_duration(std::nullopt), "-");
}

}  // namespace
}  // namespace perfwatch
