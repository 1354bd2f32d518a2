// SPDX-License-Identifier: Apache-2.0
#include "core/analyse/wording.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

namespace perfwatch {
namespace {

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
constexpr double kInf = std::numeric_limits<double>::infinity();

// The cases of Prometheus' template_test.go.
TEST(Humanize, GivesWhatPrometheusGives) {
  EXPECT_EQ(humanize(0), "0");
  EXPECT_EQ(humanize(1), "1");
  EXPECT_EQ(humanize(1234567), "1.235M");
  EXPECT_EQ(humanize(0.12), "120m");
  EXPECT_EQ(humanize(-3.5e12), "-3.5T");
  EXPECT_EQ(humanize(1e-30), "1e-06y");
  EXPECT_EQ(humanize(kNan), "NaN");
  EXPECT_EQ(humanize(kInf), "+Inf");
}

TEST(Humanize1024, GivesWhatPrometheusGives) {
  EXPECT_EQ(humanize1024(0), "0");
  EXPECT_EQ(humanize1024(1), "1");
  EXPECT_EQ(humanize1024(0.5), "0.5");
  EXPECT_EQ(humanize1024(1048576), "1Mi");
  EXPECT_EQ(humanize1024(.12), "0.12");
  EXPECT_EQ(humanize1024(2048), "2ki");
  EXPECT_EQ(humanize1024(1e300), "8.272e+275Yi");
}

TEST(HumanizePercentage, GivesWhatPrometheusGives) {
  EXPECT_EQ(humanize_percentage(-0.22222), "-22.22%");
  EXPECT_EQ(humanize_percentage(0), "0%");
  EXPECT_EQ(humanize_percentage(0.1234567), "12.35%");
  EXPECT_EQ(humanize_percentage(1.23456), "123.5%");
}

TEST(HumanizeDuration, GivesWhatPrometheusGives) {
  EXPECT_EQ(humanize_duration(0), "0s");
  EXPECT_EQ(humanize_duration(1), "1s");
  EXPECT_EQ(humanize_duration(60), "1m 0s");
  EXPECT_EQ(humanize_duration(3600), "1h 0m 0s");
  EXPECT_EQ(humanize_duration(86400), "1d 0h 0m 0s");
  EXPECT_EQ(humanize_duration(86400 + 3600), "1d 1h 0m 0s");
  EXPECT_EQ(humanize_duration(-(86400 * 2 + 3600 * 3 + 60 * 4 + 5)), "-2d 3h 4m 5s");
  EXPECT_EQ(humanize_duration(899.99), "14m 59s");
  EXPECT_EQ(humanize_duration(.1), "100ms");
  EXPECT_EQ(humanize_duration(.0001), "100us");
  EXPECT_EQ(humanize_duration(.12345), "123.5ms");
  EXPECT_EQ(humanize_duration(12.3456), "12.35s");
  EXPECT_EQ(humanize_duration(kNan), "NaN");
  EXPECT_EQ(humanize_duration(kInf), "+Inf");
  EXPECT_FALSE(humanize_duration(1e300).empty()) << "a number beyond int64 must not overflow";
}

TEST(PlainNumber, HasNoMoreDigitsThanItNeeds) {
  EXPECT_EQ(plain_number(0.9), "0.9");
  EXPECT_EQ(plain_number(1), "1");
  EXPECT_EQ(plain_number(33554432), "33554432");
  EXPECT_EQ(plain_number(-kInf), "-Inf");
}

TEST(ShortBytes, HasOneDigitAfterThePoint) {
  EXPECT_EQ(short_bytes(0), "0B");
  EXPECT_EQ(short_bytes(1023), "1023B");
  EXPECT_EQ(short_bytes(1536), "1.5KiB");
  EXPECT_EQ(short_bytes(1288490188), "1.2GiB");
  EXPECT_EQ(short_bytes(1e30), "888178419700125.2PiB");
  EXPECT_EQ(spaced_bytes(1023), "1023 B");
  EXPECT_EQ(spaced_bytes(1288490188), "1.2 GiB");
}

TEST(Rfc3339, IsUtcWithMilliseconds) {
  using namespace std::chrono;
  EXPECT_EQ(rfc3339_millis(sys_days(2026y / March / 1) + 12h + 30min + 250ms),
            "2026-03-01T12:30:00.250Z");
  EXPECT_EQ(rfc3339_millis(sys_days(2024y / February / 29) + 999999us), "2024-02-29T00:00:00.999Z");
  EXPECT_EQ(rfc3339_millis(sys_days(1969y / December / 31) + 23h + 59min + 59s + 999900us),
            "1969-12-31T23:59:59.999Z");
}

TEST(CutUtf8, CutsBetweenCharacters) {
  EXPECT_EQ(shortened("short", 5), "short");
  EXPECT_EQ(shortened("longer", 5), "lo...");
  EXPECT_EQ(shortened("\u00e4\u00e4\u00e4\u00e4", 6), "\u00e4...") << "3 bytes left, 2 fit";
  EXPECT_EQ(shortened("\x80\x80\x80\x80\x80", 4), "...") << "not UTF-8 at all";
  EXPECT_EQ(shortened("long", 2), "..");
  EXPECT_EQ(shortened("x", 0), "");
}

}  // namespace
}  // namespace perfwatch
