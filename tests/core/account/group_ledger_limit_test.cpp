// SPDX-License-Identifier: Apache-2.0
// Whose name has a place, and what becomes of those that have none.
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "tests/core/account/ledger_fixture.h"

namespace perfwatch {
namespace {

using test::at;
using test::by_comm;
using test::find;
using test::record;

TEST(GroupLedger, CapsTheNamesAndCountsTheRest) {
  GroupLedger ledger(100);
  std::vector<ProcessRecord> records;
  for (int i = 0; i < 10'000; ++i) {
    records.push_back(record(i + 1, 1, "n" + std::to_string(i), 0));
  }
  ledger.begin_round(at(0));
  ledger.update(records, by_comm);
  EXPECT_EQ(ledger.groups().size(), 102U);
  EXPECT_EQ(ledger.limited(), 9'900U);
  EXPECT_EQ(find(ledger, "other")->living.processes, 9'900U);
  ledger.begin_round(at(1));
  ledger.update(records, by_comm);
  EXPECT_EQ(ledger.limited(), 9'900U);  // turned away once each
}

// A process that renamed itself a hundred times once took the place of the group whose memory was
// to be watched.
TEST(GroupLedger, AGroupThatARuleNamesOutrightHasItsPlaceWhateverTheLimit) {
  GroupLedger ledger(2);
  const auto classify = [](const ProcessRecord& process) {
    const bool victim = view(process.comm) == "victim";
    return GroupRules::Match{victim ? "victims" : std::string(view(process.comm)),
                             victim ? std::optional<std::uint64_t>(5) : std::nullopt, victim};
  };
  std::vector<ProcessRecord> records;
  for (int i = 0; i < 10; ++i) records.push_back(record(i + 1, 1, "n" + std::to_string(i), 0));
  ledger.begin_round(at(0));
  ledger.update(records, classify);
  records.push_back(record(99, 9, "victim", 1));
  ledger.begin_round(at(1));
  ledger.update(records, classify);
  ASSERT_NE(find(ledger, "victims"), nullptr);
  EXPECT_EQ(find(ledger, "victims")->memory_limit_bytes, 5U);
  EXPECT_EQ(ledger.groups().size(), 5U) << "kernel, other, two names, the reserved one";
  ledger.begin_round(at(2));
  ledger.update({}, classify);
  ledger.begin_round(at(100'000));
  ledger.update(records, classify);
  EXPECT_NE(find(ledger, "victims"), nullptr) << "never displaced";
  ledger.reclassify(1);
  ledger.begin_round(at(100'001));
  ledger.update(records, classify);
  EXPECT_NE(find(ledger, "victims"), nullptr);
  EXPECT_EQ(ledger.groups().size(), 4U);
}

// Names that anybody makes up kept a server in `other` until it was started again.
TEST(GroupLedger, WhoWasTurnedAwayGetsItsGroupOnceThereIsAPlace) {
  GroupLedger ledger(1);
  const auto sweep = [&](double seconds, const std::vector<ProcessRecord>& records) {
    ledger.begin_round(at(seconds));
    ledger.update(records, by_comm);
  };
  sweep(0, {});
  sweep(1, {record(1, 1, "made up", 0.1)});
  sweep(2, {record(2, 2, "server", 5)});
  EXPECT_EQ(find(ledger, "server"), nullptr);
  EXPECT_EQ(find(ledger, "other")->totals.user_seconds, 5);
  sweep(63, {record(2, 2, "server", 8.9)});
  const Group* server = find(ledger, "server");
  ASSERT_NE(server, nullptr);
  EXPECT_EQ(server->totals.user_seconds, 8.9 - 5);
  EXPECT_EQ(server->started, 0U) << "it did not start now";
  EXPECT_EQ(server->members(), 1);
  const Group& other = *find(ledger, "other");
  EXPECT_EQ(other.totals.user_seconds, 5);
  EXPECT_EQ(other.exited, 0U) << "nobody ended";
  EXPECT_EQ(other.members(), 0);
  EXPECT_EQ(ledger.limited(), 1U);
  EXPECT_DOUBLE_EQ(ledger.attributed_cpu_seconds(), 0.1 + 8.9);
}

TEST(GroupLedger, AsksOnceForAProcessThatBelongsToOther) {
  GroupLedger ledger(10);
  int asked = 0;
  const auto classify = [&](const ProcessRecord&) {
    ++asked;
    return GroupRules::Match{std::string(kOtherGroup), std::nullopt};
  };
  for (int i = 0; i < 5; ++i) {
    ledger.begin_round(at(i));
    const auto process = record(1, 1, "a");
    ledger.update({&process, 1}, classify);
  }
  EXPECT_EQ(asked, 1);
}

TEST(GroupLedger, GivesThePlaceOfAGroupThatRestsToANewName) {
  GroupLedger ledger(1);
  const auto sweep = [&](double seconds, const std::vector<ProcessRecord>& records) {
    ledger.begin_round(at(seconds));
    ledger.update(records, by_comm);
  };
  sweep(0, {});
  sweep(1, {record(1, 1, "old", 5)});
  sweep(2, {});
  sweep(500, {record(2, 2, "early", 1)});
  EXPECT_EQ(find(ledger, "early"), nullptr);
  EXPECT_NE(find(ledger, "old"), nullptr);
  EXPECT_EQ(ledger.limited(), 1U);
  sweep(3700, {record(3, 3, "new", 2)});
  EXPECT_EQ(find(ledger, "old"), nullptr);
  ASSERT_NE(find(ledger, "new"), nullptr);
  EXPECT_EQ(find(ledger, "new")->totals.user_seconds, 2);
}

// A user who ran a hundred programs of made-up names kept every new group out for ten minutes.
TEST(GroupLedger, AGroupThatSpentNextToNothingGivesItsPlaceSooner) {
  GroupLedger ledger(2);
  const auto sweep = [&](double seconds, const std::vector<ProcessRecord>& records) {
    ledger.begin_round(at(seconds));
    ledger.update(records, by_comm);
  };
  sweep(0, {});
  sweep(1, {record(1, 1, "work", 5), record(2, 2, "made up", 0.1)});
  sweep(2, {});
  sweep(60, {record(3, 3, "early", 1)});
  EXPECT_EQ(find(ledger, "early"), nullptr);
  sweep(63, {record(4, 4, "new", 2), record(5, 5, "newer", 3)});
  EXPECT_EQ(find(ledger, "made up"), nullptr);
  EXPECT_NE(find(ledger, "new"), nullptr);
  EXPECT_NE(find(ledger, "work"), nullptr);
  EXPECT_EQ(find(ledger, "newer"), nullptr);
}

TEST(GroupLedger, AGroupThatLosesItsPlaceDoesNotMoveOtherAndStartsAt0WhenItReturns) {
  GroupLedger ledger(1);
  const auto sweep = [&](double seconds, const std::vector<ProcessRecord>& records) {
    ledger.begin_round(at(seconds));
    ledger.update(records, by_comm);
  };
  sweep(0, {});
  sweep(1, {record(1, 1, "old", 5000)});
  sweep(2, {});
  sweep(4000, {record(2, 2, "new", 1)});
  ASSERT_EQ(find(ledger, "old"), nullptr);
  const Group& other = *find(ledger, "other");
  EXPECT_EQ(other.totals.user_seconds, 0);  // rate(other) would show 5000 seconds of work
  EXPECT_EQ(other.started, 0U);
  EXPECT_EQ(other.exited, 0U);
  EXPECT_EQ(other.members(), 0);
  sweep(4002, {});
  sweep(8000, {record(3, 3, "old", 2)});
  ASSERT_NE(find(ledger, "old"), nullptr);
  EXPECT_EQ(find(ledger, "old")->totals.user_seconds, 2);
  EXPECT_EQ(find(ledger, "old")->started, 1U);
}

TEST(GroupLedger, NeverReplacesAGroupWithMembersHoweverLongTheSweepTook) {
  GroupLedger ledger(1);
  ledger.begin_round(at(0));
  ledger.update(std::vector{record(1, 1, "old")}, by_comm);
  // `old` has not been looked at yet when `new` asks for a place.
  ledger.begin_round(at(9000));
  ledger.update(std::vector{record(2, 2, "new"), record(1, 1, "old")}, by_comm);
  ASSERT_NE(find(ledger, "old"), nullptr);
  EXPECT_EQ(find(ledger, "old")->living.processes, 1U);
  EXPECT_EQ(find(ledger, "new"), nullptr);
}

TEST(GroupLedger, SortsAnewWithoutInventingStartsAndExits) {
  GroupLedger ledger(10);
  const std::vector records{record(1, 1, "a", 1), record(2, 2, "b", 1)};
  ledger.begin_round(at(0));
  ledger.update({}, by_comm);
  ledger.begin_round(at(1));
  ledger.update(records, by_comm);
  ledger.reclassify(10);
  const auto together = [](const ProcessRecord&) { return GroupRules::Match{"all", 5}; };
  ledger.begin_round(at(2));
  ledger.update(records, together);
  const Group& all = *find(ledger, "all");
  EXPECT_EQ(all.living.processes, 2U);
  EXPECT_EQ(all.started, 0U);
  EXPECT_EQ(all.base, 2);
  EXPECT_EQ(all.memory_limit_bytes, 5U);
  EXPECT_EQ(all.totals.user_seconds, 0);  // spent before, elsewhere
  EXPECT_EQ(find(ledger, "a")->totals.user_seconds, 1);
  EXPECT_EQ(find(ledger, "a")->members(), 0);
}

TEST(GroupLedger, ALowerLimitMovesTheMembersOfGroupsOverItToOther) {
  GroupLedger ledger(4);
  const auto sweep = [&](double seconds, const std::vector<ProcessRecord>& records) {
    ledger.begin_round(at(seconds));
    ledger.update(records, by_comm);
  };
  sweep(0, {});
  sweep(2, {record(1, 1, "a", 10), record(2, 2, "idle", 20), record(3, 3, "b", 30),
            record(4, 4, "c", 40)});
  sweep(4, {record(1, 1, "a", 10), record(3, 3, "b", 30), record(4, 4, "c", 40)});
  ledger.reclassify(2);
  sweep(6, {record(1, 1, "a", 11), record(3, 3, "b", 31), record(4, 4, "c", 42)});
  EXPECT_EQ(ledger.groups().size(), 4U);
  EXPECT_EQ(find(ledger, "idle"), nullptr) << "without members it goes first";
  EXPECT_EQ(find(ledger, "c"), nullptr) << "then the youngest";
  EXPECT_EQ(find(ledger, "a")->totals.user_seconds, 11);
  EXPECT_EQ(find(ledger, "b")->totals.user_seconds, 31) << "in another place now";
  EXPECT_EQ(find(ledger, "b")->living.processes, 1U);
  const Group& other = *find(ledger, "other");
  EXPECT_EQ(other.living.processes, 1U);
  EXPECT_EQ(other.totals.user_seconds, 2) << "only what `c` spent since";
  EXPECT_EQ(other.started, 0U);
  EXPECT_EQ(other.members(), 1);
  EXPECT_EQ(ledger.limited(), 1U);
  sweep(8, {record(1, 1, "a", 11), record(3, 3, "b", 32)});
  EXPECT_EQ(find(ledger, "b")->totals.user_seconds, 32);
  EXPECT_EQ(find(ledger, "other")->exited, 1U);
}

}  // namespace
}  // namespace perfwatch
