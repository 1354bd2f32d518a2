// SPDX-License-Identifier: Apache-2.0
#include "core/account/exit_kinds.h"

#include <gtest/gtest.h>

#include <cstring>
#include <string>

namespace perfwatch {
namespace {

Comm comm(std::string_view text) {
  Comm out{};
  std::memcpy(out.data(), text.data(), std::min(text.size(), out.size()));
  return out;
}

const ExitKind* find(const ExitKinds& kinds, std::string_view name, std::string_view group) {
  for (const ExitKind& kind : kinds.all()) {
    if (view(kind.comm) == name && kind.group == group) return &kind;
  }
  return nullptr;
}

std::uint64_t sum_of_counts(const ExitKinds& kinds) {
  std::uint64_t sum = 0;
  for (const ExitKind& kind : kinds.all()) sum += kind.count;
  return sum;
}

TEST(ExitKinds, KeepsOneKindForEachCommAndGroup) {
  ExitKinds kinds;
  kinds.at(comm("sh"), "make").count = 1;
  kinds.at(comm("sh"), "cron").count = 2;
  kinds.at(comm("cc1plus"), "make").count = 4;
  kinds.at(comm("sh"), "make").count += 8;
  ASSERT_EQ(kinds.all().size(), 3U);
  EXPECT_EQ(find(kinds, "sh", "make")->count, 9U);
  EXPECT_EQ(find(kinds, "sh", "cron")->count, 2U);
  EXPECT_EQ(view(kinds.all()[2].comm), "cc1plus") << "in order of first appearance";
}

TEST(ExitKinds, DoesNotLookBehindTheEndOfAName) {
  ExitKinds kinds;
  kinds.at(comm(std::string_view("sh\0junk", 7)), "g").count = 1;
  kinds.at(comm("sh"), "g").count += 1;
  kinds.at(comm("sixteen-bytes-xx"), "g").count = 5;
  ASSERT_EQ(kinds.all().size(), 2U);
  EXPECT_EQ(kinds.all()[0].count, 2U);
  EXPECT_EQ(view(kinds.all()[1].comm), "sixteen-bytes-xx");
}

TEST(ExitKinds, TakesTheNamesOfTheLightestWhenThereAreTooMany) {
  ExitKinds kinds;
  for (std::size_t i = 0; i < ExitKinds::kLimit; ++i) {
    ExitKind& kind = kinds.at(comm("k" + std::to_string(i)), i % 2 == 0 ? "even" : "odd");
    kind.count = 1;
    kind.user_seconds = static_cast<double>(i);
  }
  EXPECT_EQ(kinds.limited(), 0U);
  kinds.at(comm("late"), "even").count = 1;
  EXPECT_EQ(kinds.all().size(), ExitKinds::kKept + 2 + 1);
  EXPECT_NE(find(kinds, "k255", "odd"), nullptr);
  EXPECT_NE(find(kinds, "k128", "even"), nullptr);
  EXPECT_EQ(find(kinds, "k127", "odd"), nullptr);
  EXPECT_EQ(find(kinds, "other", "even")->count, 64U);
  EXPECT_EQ(find(kinds, "other", "odd")->user_seconds, 64 * 64);
  EXPECT_EQ(find(kinds, "late", "even")->count, 1U);
  EXPECT_EQ(kinds.limited(), 128U);
}

TEST(ExitKinds, LosesNoExitAndStaysBoundedInAFloodOfNames) {
  ExitKinds kinds;
  kinds.at(comm("cc1plus"), "make").user_seconds = 1000;
  for (int i = 0; i < 100'000; ++i) {
    ++kinds.at(comm("x" + std::to_string(i)), "g" + std::to_string(i % 777)).count;
    ASSERT_LE(kinds.all().size(), ExitKinds::kLimit);
  }
  EXPECT_EQ(sum_of_counts(kinds), 100'000U);
  EXPECT_EQ(find(kinds, "cc1plus", "make")->user_seconds, 1000) << "the heavy keep their names";
  EXPECT_GT(find(kinds, "other", "other")->count, 0U);
  EXPECT_LT(kinds.limited(), 100'000U);
  EXPECT_GT(kinds.limited(), 99'000U);
}

TEST(ExitKinds, StaysBoundedWhenEverythingIsCalledOther) {
  ExitKinds kinds;
  for (int i = 0; i < 10'000; ++i) {
    ++kinds.at(comm("other"), "g" + std::to_string(i)).count;
    ASSERT_LE(kinds.all().size(), ExitKinds::kLimit);
  }
  EXPECT_EQ(sum_of_counts(kinds), 10'000U);
  EXPECT_EQ(kinds.limited(), 0U) << "their comm is what it was";
}

TEST(ExitKinds, ForgetsTheKindsOfAMinuteAndGoesOnCountingTheLimited) {
  ExitKinds kinds;
  for (int i = 0; i < 300; ++i) kinds.at(comm("k" + std::to_string(i)), "g").count = 1;
  const auto limited = kinds.limited();
  EXPECT_GT(limited, 0U);
  kinds.clear();
  EXPECT_TRUE(kinds.all().empty());
  EXPECT_EQ(kinds.at(comm("k1"), "g").count, 0U);
  EXPECT_EQ(kinds.limited(), limited);
}

}  // namespace
}  // namespace perfwatch
