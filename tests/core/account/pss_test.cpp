// SPDX-License-Identifier: Apache-2.0
#include "core/account/pss.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <string>
#include <thread>
#include <utility>

#include "tests/core/collect/value_of.h"
#include "tests/support/temp_tree.h"

namespace perfwatch {
namespace {

using test::item_errors;
using test::TempTree;
using test::value_of;
using TimePoint = std::chrono::steady_clock::time_point;
using std::chrono::milliseconds;

constexpr std::string_view kMetric = "perfwatch_group_memory_proportional_bytes";

TimePoint at(double seconds) {
  return TimePoint(milliseconds(1'000'000 + static_cast<std::int64_t>(seconds * 1000)));
}

class Pss : public testing::Test {
 protected:
  static PssCollector::Settings settings(Pss& test) {
    PssCollector::Settings settings;
    settings.clock = [&test] { return test.clock_now += test.tick; };
    return settings;
  }
  // A process that started at 500, and what it holds.
  void write(std::int32_t pid, std::uint64_t kibibytes) const {
    const std::string folder = std::to_string(pid);
    tree.write(folder + "/stat",
               folder + " (make) S 1 1 1 0 -1 0 1 0 0 0 5 1 0 0 20 0 1 0 500 1000 200 184 1 1\n");
    tree.write(folder + "/smaps_rollup", "Rss: 99 kB\nPss: " + std::to_string(kibibytes) +
                                             " kB\nPrivate_Clean: 0 kB\nPrivate_Dirty: 2 kB\n");
  }
  void remove(std::int32_t pid) const {
    std::filesystem::remove_all(tree.path() + "/" + std::to_string(pid));
  }
  // A sweep that found these pids in the group "make", of which `living` are alive.
  void sweep(double seconds, const std::vector<std::int32_t>& pids, std::uint32_t living) {
    auto wish = std::make_unique<PssWish>();
    wish->at = at(seconds);
    wish->groups = {{"make", living}};
    for (const auto pid : pids) wish->members.push_back({{pid, 500}, resident_bytes, 0});
    inbox->put(std::move(wish));
  }
  void sweep(double seconds, const std::vector<std::int32_t>& pids) {
    sweep(seconds, pids, static_cast<std::uint32_t>(pids.size()));
  }
  Samples collect(double seconds) {
    auto samples = collector.collect({at(seconds), {}});
    EXPECT_TRUE(samples) << samples.error().text;
    return std::move(*samples);
  }
  std::optional<double> kibibytes(double seconds) {
    const auto value = value_of(collect(seconds), kMetric, {"make"});
    return value ? std::optional(*value / 1024) : std::nullopt;
  }

  TempTree tree;
  std::uint64_t resident_bytes = 4096;
  TimePoint clock_now = at(1);
  milliseconds tick{0};  // what one reading takes
  std::shared_ptr<PssInbox> inbox = std::make_shared<PssInbox>();
  PssCollector collector{{.procfs = tree.path()}, inbox, settings(*this)};
};

TEST_F(Pss, IsTheSumOverTheMembers) {
  write(7, 100);
  write(8, 20);
  sweep(0, {7, 8});
  EXPECT_EQ(kibibytes(0), 120);
}

TEST_F(Pss, HasNoSeriesUntilAGroupWantsIt) {
  EXPECT_TRUE(collect(0).schema->series.empty());
  inbox->put(std::make_unique<PssWish>());
  EXPECT_TRUE(collect(2).schema->series.empty());
  sweep(4, {});
  EXPECT_EQ(kibibytes(4), 0) << "a group without members holds nothing";
  inbox->put(std::make_unique<PssWish>());
  EXPECT_TRUE(collect(6).schema->series.empty());
}

TEST_F(Pss, ReadsAProcessAtMostEveryHalfMinute) {
  write(7, 100);
  sweep(0, {7});
  EXPECT_EQ(kibibytes(0), 100);
  write(7, 50);
  sweep(28, {7});
  EXPECT_EQ(kibibytes(29), 100);
  EXPECT_EQ(kibibytes(30), 50);
}

TEST_F(Pss, IsAbsentUntilAllMembersWereRead) {
  write(7, 100);
  write(8, 20);
  write(9, 3);
  sweep(0, {7, 8, 9});
  tick = milliseconds(60);  // two fill a round's budget
  EXPECT_EQ(kibibytes(0), std::nullopt);
  EXPECT_EQ(kibibytes(2), std::nullopt) << "the rest has to wait until it was earned";
  sweep(30, {7, 8, 9});
  EXPECT_EQ(kibibytes(30), 123) << "who was never read goes first";
}

TEST_F(Pss, SpendsNoMoreThanItsShare) {
  for (std::int32_t pid = 1; pid <= 50; ++pid) write(pid, 1);
  std::vector<std::int32_t> pids;
  for (std::int32_t pid = 1; pid <= 50; ++pid) pids.push_back(pid);
  tick = milliseconds(10);
  const TimePoint start = clock_now;
  double seconds = 0;
  for (; seconds < 600; seconds += 2) {
    sweep(seconds, pids);
    (void)collect(seconds);
  }
  const double spent = Seconds(clock_now - start).count();
  // Each round looks at the clock once more than it reads.
  EXPECT_LT(spent - seconds / 2 * 0.01, 0.1 + seconds * 0.005 + 0.01);
  EXPECT_GT(spent - seconds / 2 * 0.01, seconds * 0.004);
}

TEST_F(Pss, LeavesOutWhoHasEnded) {
  write(7, 100);
  write(8, 20);
  sweep(0, {7, 8});
  remove(8);
  EXPECT_EQ(kibibytes(0), 100);
}

TEST_F(Pss, DoesNotTakeAnotherProcessOfThatPid) {
  write(7, 100);
  tree.write("7/stat", "7 (sh) S 1 1 1 0 -1 0 1 0 0 0 5 1 0 0 20 0 1 0 501 1000 200 184 1 1\n");
  sweep(0, {7});
  EXPECT_EQ(kibibytes(0), 0);
}

TEST_F(Pss, SkipsTheLargeAndSaysSo) {
  write(7, 100);
  resident_bytes = (std::uint64_t{4} << 30U) + 1;
  sweep(0, {7});
  const auto samples = collect(0);
  EXPECT_EQ(value_of(samples, kMetric, {"make"}), std::nullopt);
  EXPECT_EQ(value_of(samples, "perfwatch_pss_skipped_total", {"too_large"}), 1);
  sweep(2, {7});
  EXPECT_EQ(value_of(collect(2), "perfwatch_pss_skipped_total", {"too_large"}), 1)
      << "once for each process";
  resident_bytes = 4096;
  sweep(4, {7});
  EXPECT_EQ(kibibytes(4), 100) << "it has shrunk";
}

TEST_F(Pss, IsAbsentWhenAMemberIsNotReadable) {
  write(7, 100);
  write(8, 20);
  tree.write("8/smaps_rollup", "Rss: 1 kB\n");
  sweep(0, {7, 8});
  const auto samples = collect(0);
  EXPECT_EQ(value_of(samples, kMetric, {"make"}), std::nullopt);
  EXPECT_EQ(item_errors(samples, ErrorKind::malformed), 1U);
  EXPECT_NE(samples.item_error_text.find("/8/smaps_rollup"), std::string::npos);
}

TEST_F(Pss, IsAbsentWhenTheSweepCouldNotReadAMember) {
  write(7, 100);
  sweep(0, {7}, 2);
  EXPECT_EQ(kibibytes(0), std::nullopt);
}

TEST_F(Pss, CountsAZombieAsNothing) {
  write(7, 100);
  sweep(0, {7});
  resident_bytes = 0;
  remove(7);
  sweep(31, {7});
  EXPECT_EQ(kibibytes(31), 0);
}

TEST_F(Pss, IsAbsentRatherThanStale) {
  write(7, 100);
  sweep(0, {7});
  EXPECT_EQ(kibibytes(0), 100);
  tree.write("7/smaps_rollup", "");
  sweep(40, {7});
  EXPECT_EQ(kibibytes(40), std::nullopt) << "the last try failed";
  write(7, 100);
  sweep(80, {7});
  EXPECT_EQ(kibibytes(80), 100);
  EXPECT_EQ(kibibytes(139), 100);
  EXPECT_TRUE(collect(171).schema->series.empty()) << "nobody has swept for a minute and a half";
}

TEST(PssWish, HasTheMembersOfTheGroupsThatWantIt) {
  GroupLedger ledger(100);
  std::vector<ProcessRecord> records(3);
  for (std::int32_t i = 0; i < 3; ++i) {
    auto& record = records[static_cast<std::size_t>(i)];
    record.key = {i + 7, 500};
    record.comm = i < 2 ? Comm{'j', 'a', 'v', 'a'} : Comm{'s', 'h'};
    record.resident_bytes = 1000U * static_cast<std::uint64_t>(i + 1);
  }
  GroupRule java;
  java.name = "java";
  java.comm = {"java"};
  java.pss = true;
  auto rules = GroupRules::make({java, GroupRule{}});
  ASSERT_TRUE(rules);
  const auto classify = [&](const ProcessRecord& record) {
    ProcessIdentity identity;
    identity.comm = view(record.comm);
    return rules->classify(identity);
  };
  ledger.begin_round({at(5), {}});
  ledger.update(records, classify);
  const auto wish = make_pss_wish(ledger, records, {at(5), {}});
  EXPECT_EQ(wish->at, at(5));
  ASSERT_EQ(wish->groups.size(), 1U);
  EXPECT_EQ(wish->groups[0].name, "java");
  EXPECT_EQ(wish->groups[0].living, 2U);
  ASSERT_EQ(wish->members.size(), 2U);
  EXPECT_EQ(wish->members[1].key, (ProcessKey{8, 500}));
  EXPECT_EQ(wish->members[1].resident_bytes, 2000U);

  rules = GroupRules::make({});
  ledger.reclassify(100);
  ledger.begin_round({at(7), {}});
  ledger.update(records, classify);
  EXPECT_TRUE(make_pss_wish(ledger, records, {at(7), {}})->groups.empty()) << "no rule wants it";
}

TEST(PssInbox, KeepsTheLatest) {
  PssInbox inbox;
  EXPECT_EQ(inbox.take(), nullptr);
  for (const double seconds : {1.0, 2.0}) {
    auto wish = std::make_unique<PssWish>();
    wish->at = at(seconds);
    inbox.put(std::move(wish));
  }
  EXPECT_EQ(inbox.take()->at, at(2));
  EXPECT_EQ(inbox.take(), nullptr);
}

TEST(PssInbox, IsSafeBetweenTwoThreads) {
  PssInbox inbox;
  constexpr int kRounds = 10'000;
  std::thread giver([&] {
    for (int i = 1; i <= kRounds; ++i) {
      auto wish = std::make_unique<PssWish>();
      wish->at = at(i);
      wish->groups.resize(3);
      inbox.put(std::move(wish));
    }
  });
  TimePoint last{};
  while (last < at(kRounds)) {
    if (const auto wish = inbox.take()) {
      EXPECT_GT(wish->at, last);
      EXPECT_EQ(wish->groups.size(), 3U);
      last = wish->at;
    }
  }
  giver.join();
}

}  // namespace
}  // namespace perfwatch
