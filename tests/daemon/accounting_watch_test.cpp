// SPDX-License-Identifier: Apache-2.0
#include "daemon/accounting_watch.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace perfwatch {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;

Accounting at(AccountingTier tier, std::uint64_t lost = 0) {
  Accounting accounting;
  accounting.tier = tier;
  accounting.note = "No ebpf tier: denied.";
  accounting.lost = {{"exit", "ring_full", lost}, {"exec", "malformed", 0}};
  return accounting;
}

TEST(AccountingWatch, IsSilentWhenItIsAsGoodAsCanBe) {
  AccountingWatch watch(std::nullopt);
  EXPECT_TRUE(watch.see(at(AccountingTier::ebpf), {}).empty());
  EXPECT_TRUE(watch.see(at(AccountingTier::ebpf), {}).empty());
}

TEST(AccountingWatch, WarnsOnceWhenTheTierIsBelowWhatWasAskedFor) {
  AccountingWatch watch(AccountingTier::ebpf);
  const auto remarks = watch.see(at(AccountingTier::poll), {});
  ASSERT_EQ(remarks.size(), 1U);
  EXPECT_TRUE(remarks[0].warning);
  EXPECT_EQ(remarks[0].detail, "tier poll. No ebpf tier: denied.");
  EXPECT_TRUE(watch.see(at(AccountingTier::poll), {}).empty());
}

TEST(AccountingWatch, OnlyTellsWhereNothingWasAskedFor) {
  AccountingWatch watch(std::nullopt);
  const auto remarks = watch.see(at(AccountingTier::taskstats), {});
  ASSERT_EQ(remarks.size(), 1U);
  EXPECT_FALSE(remarks[0].warning);
}

TEST(AccountingWatch, IsContentWithTheTierThatWasAskedFor) {
  AccountingWatch watch(AccountingTier::poll);
  EXPECT_TRUE(watch.see(at(AccountingTier::poll), {}).empty());
}

TEST(AccountingWatch, WarnsWhenTheTierBreaksLater) {
  AccountingWatch watch(std::nullopt);
  EXPECT_TRUE(watch.see(at(AccountingTier::ebpf), {}).empty());
  const auto worse = watch.see(at(AccountingTier::poll), {});
  ASSERT_EQ(worse.size(), 1U);
  EXPECT_TRUE(worse[0].warning);
  const auto better = watch.see(at(AccountingTier::ebpf), {});
  ASSERT_EQ(better.size(), 1U);
  EXPECT_FALSE(better[0].warning);
}

TEST(AccountingWatch, NamesFeaturesThatAreLessThanTheTierPromises) {
  AccountingWatch watch(std::nullopt);
  Accounting accounting = at(AccountingTier::ebpf);
  accounting.features = {{"sweep", "task iterator", ""}, {"oom", "tracepoint", "no /dev/kmsg"}};
  const auto remarks = watch.see(accounting, {});
  ASSERT_EQ(remarks.size(), 1U);
  EXPECT_EQ(remarks[0].detail, "oom: no /dev/kmsg");
  EXPECT_TRUE(watch.see(accounting, {}).empty());
}

TEST(AccountingWatch, SaysThatEventsGetLostOnceAndWhenItIsOver) {
  AccountingWatch watch(std::nullopt);
  AccountingWatch::Time now{100s};
  EXPECT_TRUE(watch.see(at(AccountingTier::ebpf), now).empty());
  const auto begin = watch.see(at(AccountingTier::ebpf, 7), now += 2s);
  ASSERT_EQ(begin.size(), 1U);
  EXPECT_TRUE(begin[0].warning);
  EXPECT_THAT(begin[0].detail, HasSubstr("7 exit events (ring_full)"));
  for (std::uint64_t lost = 8; lost < 40; ++lost) {
    EXPECT_TRUE(watch.see(at(AccountingTier::ebpf, lost), now += 30s).empty()) << "goes on";
  }
  EXPECT_TRUE(watch.see(at(AccountingTier::ebpf, 39), now += 59s).empty());
  const auto end = watch.see(at(AccountingTier::ebpf, 39), now += 1s);
  ASSERT_EQ(end.size(), 1U);
  EXPECT_FALSE(end[0].warning);
  EXPECT_EQ(watch.see(at(AccountingTier::ebpf, 40), now += 1s).size(), 1U) << "anew";
}

}  // namespace
}  // namespace perfwatch
