// SPDX-License-Identifier: Apache-2.0
#include "core/account/run_members.h"

#include <gtest/gtest.h>

#include <vector>

#include "tests/core/account/ledger_fixture.h"

namespace perfwatch {
namespace {

using test::comm_of;

ProcessRecord process(std::int32_t pid, std::int32_t parent, std::uint64_t image) {
  auto made = test::record(pid, static_cast<std::uint64_t>(pid), "x");
  made.parent = parent;
  made.image = image;
  return made;
}

class Members : public testing::Test {
 protected:
  // All others have ended, and nobody told. Who was lost in it.
  std::vector<std::int32_t> sweep(const std::vector<ProcessRecord>& records,
                                  std::uint32_t patience = 2) {
    members.begin_sweep();
    for (const auto& record : records) members.meet(record).settled = true;
    std::vector<std::int32_t> lost;
    members.end_sweep(patience,
                      [&](const auto& entry, auto /*run*/) { lost.push_back(entry.key.pid); });
    return lost;
  }
  RunMembers members;
};

TEST_F(Members, HandTheirProcessesToTheRunAround) {
  (void)sweep({process(10, 1, 5), process(11, 10, 6), process(12, 11, 7), process(13, 1, 8)});
  members.open(1, RunMembers::kNone, 0);
  members.adopt(*members.find(10), 1);
  members.pull(1, RunMembers::kNone);
  EXPECT_EQ(members.find(12)->run, 1);
  EXPECT_EQ(members.find(13)->run, RunMembers::kNone);
  members.open(2, 1, 0);
  members.adopt(*members.find(11), 2);
  members.pull(2, 1);
  EXPECT_EQ(members.find(12)->run, 2);
  EXPECT_EQ(members.find(10)->run, 1);
  EXPECT_EQ(members.outer(2), 1);
  members.close(2, [](const auto&, auto) { FAIL(); });
  EXPECT_EQ(members.find(12)->run, 1);
  EXPECT_EQ(members.run_of_image(7), 1);
  EXPECT_FALSE(members.find(12)->spent);
  members.close(1, [](const auto&, auto) { FAIL(); });
  EXPECT_EQ(members.find(12)->run, RunMembers::kNone);
  EXPECT_TRUE(members.find(12)->spent);
  EXPECT_EQ(members.run_of_image(7), RunMembers::kNone);
}

TEST_F(Members, DoNotClaimTheProgramOfWhoStartedTheRun) {
  auto root = process(11, 10, 5);
  root.forked = true;
  (void)sweep({process(10, 1, 5), root});
  members.open(1, RunMembers::kNone, 5);
  members.adopt(*members.find(11), 1);
  EXPECT_EQ(members.run_of_image(5), RunMembers::kNone);
  (void)sweep({process(10, 1, 5), root, process(12, 10, 5)});
  EXPECT_EQ(members.run_of_image(5), RunMembers::kNone);
}

TEST_F(Members, AreLostOnlyWhenTheyAreMissingForLong) {
  const auto root = process(10, 1, 5);
  (void)sweep({root, process(11, 1, 6)});
  members.open(1, RunMembers::kNone, 0);
  members.adopt(*members.find(10), 1);
  (void)sweep({root, process(11, 1, 6)});
  EXPECT_TRUE(sweep({}).empty());
  EXPECT_EQ(members.judge(root), 1) << "its end may still be told";
  EXPECT_EQ(sweep({}), std::vector<std::int32_t>{10});
  EXPECT_EQ(members.find(11), nullptr);
}

TEST_F(Members, AreLostWhenTheirPidIsGivenAway) {
  (void)sweep({process(10, 1, 5)});
  members.open(1, RunMembers::kNone, 0);
  members.adopt(*members.find(10), 1);
  auto other = process(10, 1, 9);
  other.key.start_ticks = 999;
  EXPECT_EQ(sweep({other}), std::vector<std::int32_t>{10});
  EXPECT_EQ(members.find(10)->run, RunMembers::kNone);
}

TEST_F(Members, ForgetTheEndedAfterTwoSweeps) {
  (void)sweep({process(10, 1, 5)});
  members.open(1, RunMembers::kNone, 0);
  members.adopt(*members.find(10), 1);
  auto child = process(11, 10, 5);
  EXPECT_EQ(members.judge(child), 1);
  (void)members.end(child, 1);
  EXPECT_EQ(members.remembered(), 1U);
  EXPECT_EQ(members.judge(process(12, 11, 0)), 1) << "a child of it, told later";
  (void)sweep({process(10, 1, 5)});
  EXPECT_NE(members.find(11), nullptr);
  (void)sweep({process(10, 1, 5)});
  EXPECT_EQ(members.find(11), nullptr);
}

TEST_F(Members, AskAnewAfterAnExec) {
  (void)sweep({process(10, 1, 5)});
  EXPECT_TRUE(members.find(10)->settled);
  members.changed(process(10, 1, 6), {5, comm_of("x")});
  EXPECT_FALSE(members.find(10)->settled);
  EXPECT_EQ(members.judge(process(11, 10, 0)), std::nullopt) << "its parent may be a root by now";
  EXPECT_EQ(members.judge(process(11, 1, 0)), RunMembers::kNone);
}

}  // namespace
}  // namespace perfwatch
