// SPDX-License-Identifier: Apache-2.0
#include "core/analyse/history.h"

#include <gtest/gtest.h>

#include <cmath>
#include <string>
#include <vector>

#include "tests/core/analyse/frames.h"

namespace perfwatch {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;
using test::Frames;

constexpr Metric kMemory{"memory_bytes", MetricType::gauge, "", {"group"}};
constexpr Metric kLoad{"load", MetricType::gauge, ""};

bool watch_memory(const Series& series) { return series.metric == &kMemory; }
const History::Watch kMemoryOnly = watch_memory;

std::string key_of(std::string group) { return series_key({&kMemory, {}, {std::move(group)}}); }

milliseconds after(std::chrono::nanoseconds since_start) {
  return std::chrono::duration_cast<milliseconds>(test::kStart + since_start);
}

std::vector<double> values(const PackedPoints* points) {
  std::vector<double> values;
  if (points == nullptr) return values;
  for (const auto& point : points->all()) values.push_back(point.value);
  return values;
}

TEST(SeriesKey, TellsSeriesApart) {
  EXPECT_EQ(series_key({&kLoad, {}, {}}), "load");
  EXPECT_EQ(key_of("cc"), std::string("memory_bytes\0cc", 15));
  EXPECT_NE(series_key({&kLoad, "_sum", {}}), series_key({&kLoad, {}, {}}));
}

TEST(History, TakesTheWatchedSeriesOfEachFrame) {
  Frames frames;
  History history({}, kMemoryOnly);
  history.take(
      frames.make(seconds(0), {{{kLoad, 1}, {kMemory, 10, {"cc"}}}, {{kMemory, 5, {"ld"}}}}));
  history.take(
      frames.make(seconds(2), {{{kLoad, 2}, {kMemory, 11, {"cc"}}}, {{kMemory, 6, {"ld"}}}}));
  EXPECT_EQ(history.series(), 2U);
  EXPECT_EQ(values(history.find(key_of("cc"))), (std::vector<double>{10, 11}));
  EXPECT_EQ(values(history.find(key_of("ld"))), (std::vector<double>{5, 6}));
  EXPECT_EQ(history.find("load"), nullptr);
  EXPECT_EQ(history.find(key_of("cc"))->last().at, after(seconds(2)));
}

TEST(History, TakesARoundOnceHoweverOftenItIsPublished) {
  Frames frames;
  History history({}, kMemoryOnly);
  Frame frame = frames.make(seconds(0), {{{kMemory, 10, {"cc"}}}});
  history.take(frame);
  frame.at = test::moment(seconds(1));
  history.take(frame);
  EXPECT_EQ(values(history.find(key_of("cc"))), (std::vector<double>{10}));
}

TEST(History, KeepsSeriesThroughAChangeOfSchema) {
  Frames frames;
  History history({}, kMemoryOnly);
  history.take(frames.make(seconds(0), {{{kMemory, 1, {"a"}}, {kMemory, 10, {"b"}}}}));
  history.take(frames.make(seconds(2), {{{kMemory, 11, {"b"}}, {kMemory, 100, {"c"}}}}));
  EXPECT_EQ(values(history.find(key_of("a"))), (std::vector<double>{1}));
  EXPECT_EQ(values(history.find(key_of("b"))), (std::vector<double>{10, 11}));
  EXPECT_EQ(values(history.find(key_of("c"))), (std::vector<double>{100}));
}

TEST(History, TakesNoAbsentValuesButInfiniteOnes) {
  Frames frames;
  History history({}, kMemoryOnly);
  history.take(frames.make(seconds(0), {{{kMemory, kAbsent, {"a"}}}}));
  EXPECT_TRUE(values(history.find(key_of("a"))).empty());
  history.take(frames.make(seconds(2), {{{kMemory, HUGE_VAL, {"a"}}}}));
  EXPECT_EQ(values(history.find(key_of("a"))), (std::vector<double>{HUGE_VAL}));
}

TEST(History, TurnsAwayWhatIsBeyondTheLimitAndCountsIt) {
  Frames frames;
  History history({.points = 10, .series = 2}, kMemoryOnly);
  const auto frame = frames.make(
      seconds(0),
      {{{kMemory, 1, {"a"}}, {kMemory, 2, {"b"}}, {kMemory, 3, {"c"}}, {kMemory, 4, {"d"}}}});
  history.take(frame);
  EXPECT_EQ(history.series(), 2U);
  EXPECT_EQ(history.limited(), 2U);
  history.take(frame);
  EXPECT_EQ(history.limited(), 2U) << "the same series asked nothing new";
  EXPECT_EQ(history.find(key_of("c")), nullptr);
  EXPECT_EQ(history.open("e", after(seconds(1))), std::nullopt);
  EXPECT_EQ(history.limited(), 3U);
}

TEST(History, ForgetsSeriesThatVanished) {
  Frames frames;
  History history({}, kMemoryOnly);
  history.take(frames.make(seconds(0), {{{kMemory, 1, {"a"}}, {kMemory, 2, {"b"}}}}));
  for (int m = 1; m <= 60; ++m) history.take(frames.make(minutes(m), {{{kMemory, 2, {"b"}}}}));
  EXPECT_NE(history.find(key_of("a")), nullptr);
  history.take(frames.make(minutes(61), {{{kMemory, 2, {"b"}}}}));
  EXPECT_EQ(history.find(key_of("a")), nullptr);
  EXPECT_EQ(values(history.find(key_of("b"))).size(), 62U);
}

TEST(History, BeginsAnewWithASeriesThatWasAbsentForLong) {
  Frames frames;
  History history({}, kMemoryOnly);
  history.take(frames.make(seconds(0), {{{kMemory, 1, {"a"}}}}));
  for (int m = 1; m < 70; ++m) history.take(frames.make(minutes(m), {{{kMemory, kAbsent, {"a"}}}}));
  EXPECT_TRUE(values(history.find(key_of("a"))).empty());
  history.take(frames.make(minutes(70), {{{kMemory, 7, {"a"}}}}));
  EXPECT_EQ(values(history.find(key_of("a"))), (std::vector<double>{7}));
}

TEST(History, MakesRoomOfTheVanishedBeforeItTurnsAnybodyAway) {
  Frames frames;
  History history({.points = 10, .series = 2}, kMemoryOnly);
  history.take(frames.make(seconds(0), {{{kMemory, 1, {"a"}}, {kMemory, 2, {"b"}}}}));
  history.take(frames.make(minutes(4), {{{kMemory, 2, {"b"}}, {kMemory, 3, {"c"}}}}));
  EXPECT_EQ(history.limited(), 1U) << "a may come back";
  history.take(frames.make(
      minutes(6), {{{kMemory, 2, {"b"}}, {kMemory, 3, {"c"}}, {kMemory, kAbsent, {"d"}}}}));
  EXPECT_EQ(values(history.find(key_of("c"))), (std::vector<double>{3}));
  EXPECT_EQ(history.find(key_of("a")), nullptr);
}

TEST(History, TurnsAwayOnceWhatLostItsPlaceWhileItWasAbsent) {
  Frames frames;
  History history({.points = 10, .series = 1}, kMemoryOnly);
  history.take(frames.make(seconds(0), {{{kMemory, 1, {"a"}}}}));
  history.take(frames.make(minutes(6), {{{kMemory, kAbsent, {"a"}}, {kMemory, 2, {"b"}}}}));
  EXPECT_EQ(values(history.find(key_of("b"))), (std::vector<double>{2}));
  for (int m = 7; m < 10; ++m) {
    history.take(frames.make(minutes(m), {{{kMemory, 1, {"a"}}, {kMemory, 2, {"b"}}}}));
  }
  EXPECT_EQ(history.find(key_of("a")), nullptr);
  EXPECT_EQ(history.limited(), 1U);
  EXPECT_EQ(values(history.find(key_of("b"))).size(), 4U);
}

TEST(History, OffersAgainWhatWasTurnedAwayOnceOthersAreForgotten) {
  Frames frames;
  History history(
      {.points = 10, .series = 1, .forget_after = minutes(2), .spare_after = minutes(2)},
      kMemoryOnly);
  history.take(frames.make(seconds(0), {{{kMemory, 1, {"a"}}, {kMemory, 2, {"b"}}}}));
  for (int m = 1; m <= 3; ++m) {
    history.take(frames.make(minutes(m), {{{kMemory, kAbsent, {"a"}}, {kMemory, 2, {"b"}}}}));
  }
  EXPECT_EQ(history.series(), 1U);
}

TEST(History, KnowsAnOldIdFromANewOneInItsPlace) {
  History history({.points = 10, .series = 1}, {});
  const auto old = history.open("ratio", after(seconds(0)));
  ASSERT_TRUE(old);
  EXPECT_EQ(history.open("ratio", after(seconds(1))), old);
  EXPECT_TRUE(history.append(*old, {after(seconds(1)), 0.5}));
  history.forget(after(hours(2)));
  EXPECT_FALSE(history.append(*old, {after(hours(2)), 0.5}));
  const auto young = history.open("another", after(hours(2)));
  ASSERT_TRUE(young);
  EXPECT_EQ(young->slot, old->slot);
  EXPECT_EQ(history.points(*old), nullptr);
  EXPECT_TRUE(history.append(*young, {after(hours(2)), 1}));
  EXPECT_FALSE(history.append(*old, {after(hours(2)), 0.5}));
  EXPECT_FALSE(history.append({.slot = 99, .generation = 0}, {after(hours(2)), 0.5}));
  EXPECT_EQ(values(history.find("another")), (std::vector<double>{1}));
}

TEST(History, KeepsWhatComesWithAnEarlierTime) {
  History history({}, {});
  const auto id = history.open("x", after(seconds(0)));
  for (const int t : {10, 5, 5, 20})
    history.append(*id, {after(seconds(t)), static_cast<double>(t)});
  EXPECT_EQ(values(history.points(*id)), (std::vector<double>{10, 5, 5, 20}));
}

TEST(History, RoundsWhatIsNoiseAndNothingElse) {
  const double largest = std::numeric_limits<double>::max();
  const double denormal = std::numeric_limits<double>::denorm_min();
  const std::vector<double> exact = {
      0, -0.0, 0.5, HUGE_VAL, -HUGE_VAL, 1e11 + 1, -7.0, 0x1p-1000, 4096.0 * 123'456'789};
  History history({}, {});
  const auto id = history.open("x", after(seconds(0)));
  for (const double value : exact) {
    ASSERT_TRUE(history.append(*id, {after(seconds(1)), value}));
    const double kept = values(history.points(*id)).back();
    EXPECT_TRUE(kept == value && std::signbit(kept) == std::signbit(value)) << value;
  }
  for (const double value : {0.1, -1.0 / 3, 1e300 / 7, largest, -largest, 30182.91}) {
    ASSERT_TRUE(history.append(*id, {after(seconds(1)), value}));
    EXPECT_NEAR(values(history.points(*id)).back() / value, 1, 8e-12) << value;
  }
  ASSERT_TRUE(history.append(*id, {after(seconds(1)), denormal}));
  EXPECT_LE(std::abs(values(history.points(*id)).back()), 0x1p-1022);
  ASSERT_TRUE(history.append(*id, {after(seconds(1)), std::nan("1")}));
  EXPECT_TRUE(std::isnan(values(history.points(*id)).back()));

  History whole({.significant_bits = 53}, {});
  const auto other = whole.open("x", after(seconds(0)));
  ASSERT_TRUE(whole.append(*other, {after(seconds(1)), 0.1}));
  EXPECT_EQ(values(whole.points(*other)), (std::vector<double>{0.1}));
}

// Watched values as hosts have them: memory in pages, ratios of ticks, counters of bytes and of
// seconds, at rounds that are a few milliseconds off.
double realistic(std::size_t series, int round) {
  const auto noise = static_cast<double>(
                         (static_cast<std::size_t>(round) * 2654435761U + series * 40503U) % 1000) /
                     1000;
  switch (series % 4) {
    case 0:
      return 4096 * std::floor(100'000 + 50.0 * round + 5000 * noise);
    case 1:
      return std::floor(1 + 199 * noise) / std::floor(200.5 + noise);
    case 2:
      return std::floor(1e9 + 123456.0 * round + 100'000 * noise);
    default:
      return std::floor(3e6 + 37.0 * round + 20 * noise) / 100;
  }
}

TEST(History, HoldsAThousandSeriesOfAThousandPointsInEightMegabytes) {
  History history;
  for (int round = 0; round < 1300; ++round) {
    const auto now = after(milliseconds(2000 * round + round * 7 % 3));
    for (std::size_t series = 0; series < 1000; ++series) {
      const auto id =
          history.open(key_of("a group with a name of some length " + std::to_string(series)), now);
      ASSERT_TRUE(id);
      ASSERT_TRUE(history.append(*id, {now, realistic(series, round)}));
    }
  }
  EXPECT_EQ(history.series(), 1000U);
  EXPECT_GE(history.find(key_of("a group with a name of some length 999"))->size(), 1000U);
  EXPECT_LE(history.bytes(), 8'000'000U);
  EXPECT_GE(history.bytes(), 2'000'000U) << "is it counted?";
}

}  // namespace
}  // namespace perfwatch
