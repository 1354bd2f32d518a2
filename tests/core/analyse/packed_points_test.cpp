// SPDX-License-Identifier: Apache-2.0
#include "core/analyse/packed_points.h"

#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <deque>
#include <random>
#include <vector>

namespace perfwatch {
namespace {

using std::chrono::milliseconds;

constexpr double kInfinity = std::numeric_limits<double>::infinity();
constexpr auto kLong = std::numeric_limits<std::int64_t>::max();

// Values by their bits: NaN equals itself, 0 is not -0.
bool same(const HistoryPoint& a, const HistoryPoint& b) {
  return a.at == b.at &&
         std::bit_cast<std::uint64_t>(a.value) == std::bit_cast<std::uint64_t>(b.value);
}

std::vector<HistoryPoint> read(const PointRange& range) {
  std::vector<HistoryPoint> points;
  for (const HistoryPoint& point : range) points.push_back(point);
  return points;
}

void expect_same(const std::vector<HistoryPoint>& got, const std::vector<HistoryPoint>& expected) {
  ASSERT_EQ(got.size(), expected.size());
  for (std::size_t i = 0; i < got.size(); ++i) {
    ASSERT_TRUE(same(got[i], expected[i]))
        << "point " << i << ": " << got[i].value << " at " << got[i].at.count() << ", not "
        << expected[i].value << " at " << expected[i].at.count();
  }
}

void expect_round_trip(const std::vector<HistoryPoint>& points) {
  PackedPoints packed(points.size());
  for (const auto& point : points) packed.append(point);
  expect_same(read(packed.all()), points);
  if (points.empty()) return;
  EXPECT_TRUE(same(packed.last(), points.back()));
}

HistoryPoint at(std::int64_t milliseconds_, double value) {
  return {milliseconds(milliseconds_), value};
}

TEST(PackedPoints, HoldsNothingAtFirst) {
  const PackedPoints points(10);
  EXPECT_TRUE(points.empty());
  EXPECT_TRUE(read(points.all()).empty());
  EXPECT_EQ(points.bytes(), 0U);
}

TEST(PackedPoints, KeepsValuesToTheLastBit) {
  const double payload = std::bit_cast<double>(std::uint64_t{0x7ff8dead0000beef});
  const double denormal = std::numeric_limits<double>::denorm_min();
  const std::vector<double> odd = {
      0,         -0.0,       payload,  std::bit_cast<double>(~std::uint64_t{0}),
      kInfinity, -kInfinity, denormal, -denormal,
      1e308,     -1e308,     1,        payload,
      0.1,       0.1,        -0.0,     0,
      payload,   kInfinity};
  std::vector<HistoryPoint> points;
  for (const double first : odd) {
    for (const double second : odd) {
      points.push_back(at(static_cast<std::int64_t>(points.size()) * 1000, first));
      points.push_back(at(static_cast<std::int64_t>(points.size()) * 1000, second));
    }
  }
  expect_round_trip(points);
}

TEST(PackedPoints, KeepsTimesThatStandStillGoBackAndLeap) {
  expect_round_trip({at(0, 1), at(0, 2), at(5000, 3), at(-7, 4), at(kLong, 5), at(-kLong - 1, 6),
                     at(kLong, 7), at(kLong, 8), at(0, 9), at(1, 10), at(2, 11), at(2, 12)});
}

TEST(PackedPoints, KeepsEveryStepOfTime) {
  std::vector<HistoryPoint> points = {at(0, 0)};
  std::int64_t now = 0;
  for (int power = 0; power < 62; ++power) {
    for (const std::int64_t off : {-1, 0, 1}) {
      for (const std::int64_t sign : {-1, 1}) {
        now += sign * ((std::int64_t{1} << power) + off);
        points.push_back(at(now, static_cast<double>(power)));
      }
    }
  }
  expect_round_trip(points);
}

TEST(PackedPoints, KeepsEveryDifferenceOfBits) {
  std::vector<HistoryPoint> points;
  std::uint64_t bits = 0;
  for (unsigned leading = 0; leading < 64; ++leading) {
    for (unsigned width = 1; leading + width <= 64; ++width) {
      bits ^= (~std::uint64_t{0} >> (64 - width)) << (64 - leading - width);
      points.push_back(at(0, std::bit_cast<double>(bits)));
    }
  }
  expect_round_trip(points);
}

// Any mixture of steps of time and values, from tame to any bits.
std::vector<HistoryPoint> random_points(std::mt19937_64& random, std::size_t count) {
  std::vector<HistoryPoint> points;
  std::uint64_t time = random();
  double value = 0;
  for (std::size_t i = 0; i < count; ++i) {
    time += random() >> (random() % 8 == 0 ? random() % 64 : 53);
    if (random() % 16 == 0) time -= random() % 5000;
    switch (random() % 5) {
      case 0:
        value = std::bit_cast<double>(random());
        break;
      case 1:
        value = static_cast<double>(random() % 1000);
        break;
      case 2:
        value += 0.01;
        break;
      case 3:
        value = std::bit_cast<double>(std::bit_cast<std::uint64_t>(value) ^
                                      (std::uint64_t{1} << (random() % 64)));
        break;
      default:
        break;
    }
    points.push_back(at(static_cast<std::int64_t>(time), value));
  }
  return points;
}

TEST(PackedPoints, KeepsRandomPoints) {
  std::mt19937_64 random(1);
  for (std::size_t round = 0; round < 200; ++round) {
    ASSERT_NO_FATAL_FAILURE(expect_round_trip(random_points(random, round * 7))) << round;
  }
}

TEST(PackedPoints, HoldsAtLeastTheLastPointsAndAtMostAChunkMore) {
  std::mt19937_64 random(2);
  for (const std::size_t keep : {0U, 1U, 10U, 1000U}) {
    PackedPoints packed(keep);
    std::deque<HistoryPoint> all;
    for (const auto& point : random_points(random, 5000)) {
      packed.append(point);
      all.push_back(point);
      ASSERT_GE(packed.size(), std::min(all.size(), std::max<std::size_t>(keep, 1)));
      ASSERT_LE(packed.size(), keep + PointChunk::kBits / 2);
    }
    const auto kept = static_cast<std::ptrdiff_t>(packed.size());
    expect_same(read(packed.all()), {all.end() - kept, all.end()});
  }
}

TEST(PackedPoints, StaysSmallForWhatDoesNotChange) {
  PackedPoints packed(1000);
  for (int i = 0; i < 100'000; ++i) packed.append(at(i * 2000, 0.25));
  EXPECT_LE(packed.bytes(), 3 * 512U + 64U);
}

TEST(PackedPoints, NeverTakesMuchMoreThanTheBareBits) {
  std::mt19937_64 random(3);
  PackedPoints packed(1000);
  for (int i = 0; i < 10'000; ++i) {
    packed.append(at(static_cast<std::int64_t>(random()), std::bit_cast<double>(random())));
  }
  EXPECT_LE(packed.bytes(), 1000U * 22U);
}

TEST(PackedPoints, ReadsARangeWithBothEnds) {
  PackedPoints packed(5000);
  for (int i = 0; i < 5000; ++i) packed.append(at(i * 10, std::sqrt(i)));
  for (const auto& [from, to] : {std::pair{0, 49990},
                                 {100, 100},
                                 {101, 109},
                                 {-5, 0},
                                 {49990, 1'000'000},
                                 {12345, 23456},
                                 {50, 40},
                                 {60'000, 70'000}}) {
    std::vector<HistoryPoint> expected;
    for (int i = 0; i < 5000; ++i) {
      if (i * 10 >= from && i * 10 <= to) expected.push_back(at(i * 10, std::sqrt(i)));
    }
    expect_same(read(packed.between(milliseconds(from), milliseconds(to))), expected);
  }
}

TEST(PackedPoints, FindsARangeAlsoWhereTimesGoBack) {
  std::mt19937_64 random(4);
  const auto points = random_points(random, 3000);
  PackedPoints packed(points.size());
  for (const auto& point : points) packed.append(point);
  for (int i = 0; i < 50; ++i) {
    const auto [from, to] =
        std::minmax(points[random() % points.size()].at, points[random() % points.size()].at);
    std::vector<HistoryPoint> expected;
    for (const auto& point : points) {
      if (point.at >= from && point.at <= to) expected.push_back(point);
    }
    expect_same(read(packed.between(from, to)), expected);
  }
}

TEST(PointDecoder, EndsWhereItsBitsEnd) {
  PointChunk chunk;
  PointContext context;
  std::mt19937_64 random(5);
  for (const auto& point : random_points(random, 5000)) {
    if (!chunk.append(context, point)) break;
  }
  for (std::size_t bits = 0; bits <= chunk.bits; ++bits) {
    PointDecoder decoder(chunk.words, bits, chunk.points);
    HistoryPoint point;
    std::size_t points = 0;
    while (decoder.next(point)) ++points;
    ASSERT_LE(points, chunk.points);
    ASSERT_EQ(points == chunk.points, bits == chunk.bits);
    ASSERT_FALSE(decoder.next(point));
  }
}

TEST(PointDecoder, IsBoundedWhateverItsBitsAre) {
  std::mt19937_64 random(6);
  for (int round = 0; round < 2000; ++round) {
    std::vector<std::uint64_t> words(random() % 8);
    for (auto& word : words) word = random() & (round % 3 == 0 ? random() & random() : ~0ULL);
    PointDecoder decoder(words, random() % 600, round % 2 == 0 ? 10 : SIZE_MAX);
    HistoryPoint point;
    std::size_t points = 0;
    while (decoder.next(point)) ++points;
    ASSERT_LE(points, round % 2 == 0 ? 10 : words.size() * 64 / 2);
  }
}

}  // namespace
}  // namespace perfwatch
