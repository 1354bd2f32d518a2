// SPDX-License-Identifier: Apache-2.0
#include "exporters/page/html.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>

namespace perfwatch {
namespace {

using ::testing::HasSubstr;
constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
constexpr double kInfinity = std::numeric_limits<double>::infinity();

TEST(HtmlText, ShowsWhatIsNotKnownAsADash) {
  const std::string dash(kDash);
  for (const std::optional<double> value : {std::optional<double>{}, std::optional(kNan),
                                            std::optional(kInfinity), std::optional(-kInfinity)}) {
    EXPECT_EQ(bytes_text(value), dash);
    EXPECT_EQ(percent_text(value), dash);
    EXPECT_EQ(number_text(value), dash);
    EXPECT_EQ(hundredths_text(value), dash);
    EXPECT_EQ(duration_text(value), dash);
    EXPECT_THAT(bar(value, 0.75, 0.9), HasSubstr("width=\"0.0\""));
  }
}

TEST(HtmlText, ScalesBytesToBinaryUnits) {
  EXPECT_EQ(bytes_text(0), "0 B");
  EXPECT_EQ(bytes_text(1023), "1023 B");
  EXPECT_EQ(bytes_text(1024), "1.0 KiB");
  EXPECT_EQ(bytes_text(1.5 * 1024 * 1024 * 1024), "1.5 GiB");
  EXPECT_EQ(bytes_text(512.0 * 1024 * 1024), "512 MiB");
  EXPECT_EQ(bytes_text(1048575), "1.0 MiB");
  EXPECT_EQ(bytes_text(1e30), "888178419700125 PiB");
}

TEST(HtmlText, ShowsSharesAsPercent) {
  EXPECT_EQ(percent_text(0), "0.0 %");
  EXPECT_EQ(percent_text(0.042), "4.2 %");
  EXPECT_EQ(percent_text(0.42), "42 %");
  EXPECT_EQ(percent_text(1), "100 %");
}

TEST(HtmlText, ShowsDurationsInTheUnitThatFits) {
  EXPECT_EQ(duration_text(0), "0 s");
  EXPECT_EQ(duration_text(0.00012), "120 µs");
  EXPECT_EQ(duration_text(0.0021), "2.1 ms");
  EXPECT_EQ(duration_text(0.0551), "55 ms");
  EXPECT_EQ(duration_text(2), "2 s");
  EXPECT_EQ(duration_text(2.25), "2.3 s");
  EXPECT_EQ(duration_text(90), "90 s");
  EXPECT_EQ(duration_text(150), "2 min");
  EXPECT_EQ(duration_text(3 * 3600 + 60), "3 h 1 min");
  EXPECT_EQ(duration_text(93'000), "25 h 50 min");
  EXPECT_EQ(duration_text(9.2e5), "10 d 15 h");
  EXPECT_EQ(duration_text(-5), "0 s") << "the clock was set back";
}

TEST(HtmlText, WritesTimesInUtc) {
  EXPECT_EQ(time_text(std::chrono::system_clock::time_point(std::chrono::seconds(1'700'000'000))),
            "2023-11-14 22:13:20 UTC");
}

TEST(Bar, IsColouredByHowFullItIs) {
  EXPECT_THAT(bar(0.5, 0.75, 0.9), HasSubstr("class=\"bar good\""));
  EXPECT_THAT(bar(0.75, 0.75, 0.9), HasSubstr("class=\"bar warn\""));
  EXPECT_THAT(bar(0.9, 0.75, 0.9), HasSubstr("class=\"bar bad\""));
  EXPECT_THAT(bar(7, 0.75, 0.9), HasSubstr("width=\"100.0\""));
  EXPECT_THAT(bar(-1, 0.75, 0.9), HasSubstr("width=\"0.0\""));
}

}  // namespace
}  // namespace perfwatch
