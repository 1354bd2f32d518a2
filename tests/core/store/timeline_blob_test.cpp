// SPDX-License-Identifier: Apache-2.0
#include "core/store/timeline_blob.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "core/model/run_limits.h"
#include "tests/support/sample_run.h"

namespace perfwatch {
namespace {

constexpr double kUnknown = std::numeric_limits<double>::quiet_NaN();

bool same(double a, double b) { return std::isnan(a) ? std::isnan(b) : a == b; }

TEST(TimelineBlob, GivesBackWhatWasWritten) {
  const auto points = test::sample_run(0).timeline;
  const auto read = decode_timeline(encode_timeline(points));
  ASSERT_TRUE(read) << read.error().text;
  ASSERT_EQ(read->size(), points.size());
  for (std::size_t i = 0; i < points.size(); ++i) {
    EXPECT_EQ((*read)[i].seconds, points[i].seconds);
    EXPECT_TRUE(same((*read)[i].cpu_cores, points[i].cpu_cores));
    EXPECT_TRUE(same((*read)[i].anonymous_bytes, points[i].anonymous_bytes));
    EXPECT_TRUE(same((*read)[i].processes, points[i].processes));
  }
}

TEST(TimelineBlob, IsTheSameOnEveryMachine) {
  const std::vector<RunPoint> points{{1, 2.5, 0, kUnknown}};
  EXPECT_EQ(encode_timeline(points),
            (std::vector<std::uint8_t>{1, 0, 0, 0x80, 0x3F, 0, 0, 0x20, 0x40, 0, 0, 0, 0, 0, 0,
                                       0xC0, 0x7F}));
  EXPECT_EQ(encode_timeline({}).size(), 1U);
}

TEST(TimelineBlob, AlwaysWritesWhatItCanRead) {
  std::vector<RunPoint> points{{kUnknown, -1, HUGE_VAL, 1e300}, {5, 1, 1, 1}, {4, 1, 1, 1}};
  points.resize(2 * kRunTimeline, {HUGE_VAL, -HUGE_VAL, -0.0, 7});
  const auto read = decode_timeline(encode_timeline(points));
  ASSERT_TRUE(read) << read.error().text;
  ASSERT_EQ(read->size(), kRunTimeline);
  EXPECT_EQ((*read)[0].seconds, 0);
  EXPECT_TRUE(std::isnan((*read)[0].cpu_cores)) << "less than nothing is not known";
  EXPECT_EQ((*read)[2].seconds, 5) << "time does not go back";
}

TEST(TimelineBlob, RefusesWhatItDidNotWrite) {
  const auto good = encode_timeline(test::sample_run(0).timeline);
  EXPECT_FALSE(decode_timeline({}));
  for (std::size_t size = 1; size < good.size(); ++size) {
    const auto read = decode_timeline(std::span(good).first(size));
    EXPECT_EQ(read.has_value(), size % 16 == 1) << size;
  }
  auto bad = good;
  bad[0] = 2;
  ASSERT_FALSE(decode_timeline(bad));
  EXPECT_EQ(decode_timeline(bad).error().text, "a timeline of version 2, only 1 is known");
  bad = good;
  bad[20] = 0xFF;  // the second point's moment: negative
  EXPECT_FALSE(decode_timeline(bad));
  std::vector<std::uint8_t> huge(1 + 16 * (kRunTimeline + 1));
  huge[0] = 1;
  EXPECT_FALSE(decode_timeline(huge));
}

TEST(TimelineBlob, SurvivesEveryBitThatFlips) {
  const auto good = encode_timeline(test::sample_run(0).timeline);
  for (std::size_t bit = 0; bit < good.size() * 8; ++bit) {
    auto bad = good;
    bad[bit / 8] ^= static_cast<std::uint8_t>(1U << bit % 8);
    const auto read = decode_timeline(bad);
    if (!read) continue;
    for (const auto& point : *read) EXPECT_TRUE(std::isfinite(point.seconds));
  }
}

}  // namespace
}  // namespace perfwatch
