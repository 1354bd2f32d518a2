// SPDX-License-Identifier: Apache-2.0
#include "core/analyse/exit_window.h"

#include <gtest/gtest.h>

#include <cstring>
#include <string>

namespace perfwatch {
namespace {

using std::chrono::minutes;
using std::chrono::seconds;
using std::chrono::system_clock;

constexpr system_clock::time_point kNoon{seconds(1'700'000'040)};  // a whole minute

ExitKind kind(std::string_view name, std::string_view group, std::uint64_t count, double user) {
  ExitKind out;
  std::memcpy(out.comm.data(), name.data(), std::min(name.size(), kCommSize));
  out.group = group;
  out.count = count;
  out.user_seconds = user;
  return out;
}

void add_minute(ExitTable& table, system_clock::time_point start, std::vector<ExitKind> kinds) {
  table.minutes.push_back(std::make_shared<const ExitMinute>(ExitMinute{start, std::move(kinds)}));
}

std::string names(const ExitWindow& window) {
  std::string out;
  for (const ExitKind& one : window.kinds) out.append(view(one.comm)).append(" ");
  return out;
}

TEST(ExitWindow, MergesTheMinutesByName) {
  ExitTable table;
  table.since = kNoon - minutes(60);
  add_minute(table, kNoon - minutes(6), {kind("old", "g", 100, 100)});
  add_minute(table, kNoon - minutes(5), {kind("cc1plus", "make", 1, 2), kind("sh", "make", 3, 1)});
  add_minute(table, kNoon, {kind("sh", "cron", 1, 0), kind("cc1plus", "make", 2, 3)});
  const auto window = exit_window(table, kNoon + seconds(10), minutes(5), ExitSort::cpu);
  EXPECT_EQ(names(window), "cc1plus sh sh ");
  EXPECT_EQ(window.kinds[0].count, 3U);
  EXPECT_EQ(window.kinds[0].user_seconds, 5);
  EXPECT_EQ(window.kinds[1].group, "make");
  EXPECT_EQ(window.total.count, 7U);
  EXPECT_EQ(cpu_ratio(window.kinds[0], window), 5.0 / 6);
  EXPECT_EQ(window.from, kNoon - minutes(5)) << "a whole minute";
  EXPECT_EQ(window.to, kNoon + seconds(10));
}

TEST(ExitWindow, DoesNotSayToHaveListenedBeforeItDid) {
  ExitTable table;
  table.since = kNoon - seconds(90);
  EXPECT_EQ(exit_window(table, kNoon, minutes(5), ExitSort::cpu).from, table.since);
  table.since = kNoon + minutes(9);
  EXPECT_EQ(exit_window(table, kNoon, minutes(5), ExitSort::cpu).from, kNoon)
      << "a clock that was set back";
}

TEST(ExitWindow, SortsByWhatIsAskedAndEqualsByName) {
  ExitTable table;
  ExitKind a = kind("a", "g", 5, 1);
  ExitKind b = kind("b", "g", 1, 5);
  ExitKind c = kind("c", "g", 1, 0);
  a.largest_peak_bytes = 1;
  c.largest_peak_bytes = 9;
  b.lived_seconds = 10;
  b.lived_known = 1;
  a.lived_seconds = 20;
  a.lived_known = 5;
  add_minute(table, kNoon, {c, b, a});
  const auto by = [&](ExitSort sort) { return names(exit_window(table, kNoon, minutes(1), sort)); };
  EXPECT_EQ(by(ExitSort::cpu), "b a c ");
  EXPECT_EQ(by(ExitSort::count), "a b c ");
  EXPECT_EQ(by(ExitSort::memory), "c a b ");
  EXPECT_EQ(by(ExitSort::time), "b a c ") << "how long one lived on average";
}

TEST(ExitWindow, KnowsNoMeanOfNothing) {
  const ExitWindow window;
  EXPECT_EQ(cpu_ratio({}, window), std::nullopt);
  EXPECT_EQ(mean_lived_seconds({}), std::nullopt);
  EXPECT_EQ(mean_peak_bytes({}), std::nullopt);
  EXPECT_EQ(largest_peak_bytes({}), std::nullopt);
  ExitKind known;
  known.lived_seconds = 3;
  known.lived_known = 2;
  known.peak_bytes_sum = 10;
  known.peak_known = 4;
  EXPECT_EQ(mean_lived_seconds(known), 1.5);
  EXPECT_EQ(mean_peak_bytes(known), 2.5);
}

TEST(ParseExitSort, KnowsItsOwnNames) {
  for (const char* name : {"cpu", "count", "memory", "time"}) {
    ASSERT_TRUE(parse_exit_sort(name)) << name;
    EXPECT_EQ(to_string(*parse_exit_sort(name)), name);
  }
  EXPECT_EQ(parse_exit_sort("size"), std::nullopt);
}

// A list said to be exact again a round after some of its exits were lost.
TEST(ExitWindow, IsCompleteOnlyWhenNothingWasMissedInIt) {
  ExitTable table;
  table.since = kNoon - minutes(60);
  EXPECT_TRUE(exit_window(table, kNoon, minutes(5), ExitSort::cpu).complete);
  table.missed = kNoon - minutes(4);
  EXPECT_FALSE(exit_window(table, kNoon, minutes(5), ExitSort::cpu).complete);
  EXPECT_TRUE(exit_window(table, kNoon, minutes(3), ExitSort::cpu).complete);
  EXPECT_TRUE(exit_window(table, kNoon + minutes(9), minutes(5), ExitSort::cpu).complete);
}

}  // namespace
}  // namespace perfwatch
