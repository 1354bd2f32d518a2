// SPDX-License-Identifier: Apache-2.0
#include "core/analyse/process_leaks.h"

#include <gtest/gtest.h>

#include <cstring>
#include <memory>
#include <string>
#include <vector>

#include "tests/core/analyse/frames.h"

namespace perfwatch {
namespace {

using std::chrono::seconds;

constexpr std::uint64_t kMB = 1'000'000;

Rule process_rule() {
  Rule rule;
  rule.name = "ProcessLeak";
  rule.metric = kProcessMemory;
  rule.kind = RuleKind::leak;
  rule.raise = {Bound::Side::above, 1};
  rule.clear = {Bound::Side::below, 0};
  return rule;
}

ProcessView process(std::int32_t pid, std::string_view comm, std::uint64_t anonymous,
                    std::uint64_t start_ticks = 1) {
  ProcessView view;
  view.key = {pid, start_ticks};
  std::memcpy(view.comm.data(), comm.data(), comm.size());
  view.anonymous_bytes = anonymous;
  view.resident_bytes = anonymous + 5 * kMB;
  return view;
}

class ProcessLeakRule : public testing::Test {
 protected:
  std::vector<Finding> sweep(seconds at, std::vector<ProcessView> processes) {
    auto table = std::make_shared<ProcessTable>();
    table->groups.push_back({});
    table->groups.back().name = "servers";
    table->processes = std::move(processes);
    Frame frame;
    frame.at = test::moment(at);
    frame.processes = table;
    auto block = std::make_shared<Block>();
    block->collector = "processes";
    block->taken = frame.at;
    frame.blocks.push_back(block);
    return rules.judge(frame);
  }
  RuleSet rules = *RuleSet::make({process_rule()});
};

TEST_F(ProcessLeakRule, AreNoFindingsUntilOneLeaks) {
  std::vector<Finding> findings;
  int at = 0;
  for (; at < 3600 && findings.empty(); at += 2) {
    findings = sweep(seconds(at), {process(1, "steady", 500 * kMB),
                                   process(2, "leaks", 100 * kMB + 200'000ULL * unsigned(at)),
                                   process(3, "small", 1000 + 1000ULL * unsigned(at))});
  }
  ASSERT_EQ(findings.size(), 1U);
  EXPECT_LT(at, 720);
  EXPECT_EQ(findings[0].rule, "ProcessLeak");
  EXPECT_EQ(findings[0].level, Level::raised);
  EXPECT_NEAR(findings[0].value, 200'000, 20'000);
  EXPECT_EQ(findings[0].subject, (Labels{{"comm", "leaks"}, {"group", "servers"}, {"pid", "2"}}));
}

TEST_F(ProcessLeakRule, AreClearedWhenTheyEndAndForgottenLater) {
  int at = 0;
  while (sweep(seconds(at), {process(2, "leaks", 100 * kMB + 200'000ULL * unsigned(at))}).empty()) {
    ASSERT_LT(at += 2, 3600);
  }
  const auto ended = sweep(seconds(at + 2), {process(9, "other", 100 * kMB)});
  ASSERT_EQ(ended.size(), 1U);
  EXPECT_EQ(ended[0].level, Level::cleared);
  EXPECT_TRUE(ended[0].over) << "no keep_firing_for for who is gone";
  EXPECT_EQ(sweep(seconds(at + 30), {process(9, "other", 100 * kMB)}).size(), 1U);
  EXPECT_TRUE(sweep(seconds(at + 700), {process(9, "other", 100 * kMB)}).empty());
}

// A pid that is used again is another process, with a past of its own.
TEST_F(ProcessLeakRule, AreTheirPidAndTheirStart) {
  std::size_t raised = 0;
  for (unsigned i = 0; i < 40; ++i) {  // each lives for 80 s
    for (unsigned at = 0; at < 80; at += 2) {
      const auto findings =
          sweep(seconds(80 * i + at), {process(2, "cc1plus", 100 * kMB + at * kMB, i + 1)});
      raised += findings.size();
    }
  }
  EXPECT_EQ(raised, 0U);
}

// One that renamed itself after its start was told under its old name for ever, and twice after a
// restart.
TEST_F(ProcessLeakRule, AreCalledWhatTheyAreCalledNow) {
  unsigned at = 0;
  const auto grown = [&] { return 100 * kMB + 200'000ULL * at; };
  while (sweep(seconds(at), {process(2, "python3", grown())}).empty()) ASSERT_LT(at += 2, 3600U);
  at += 2;
  const auto findings = sweep(seconds(at), {process(2, "server", grown())});
  ASSERT_EQ(findings.size(), 2U);
  EXPECT_EQ(find_label(findings[0].subject, "comm"), "server");
  EXPECT_EQ(findings[0].level, Level::raised) << "with all that is known of it";
  EXPECT_EQ(find_label(findings[1].subject, "comm"), "python3");
  EXPECT_TRUE(findings[1].over);
}

// A reload that excluded a process went on calling it a leak.
TEST_F(ProcessLeakRule, AreOverOnceAReloadLeavesThemOut) {
  unsigned at = 0;
  const auto grown = [&] { return 100 * kMB + 200'000ULL * at; };
  while (sweep(seconds(at), {process(2, "python3", grown())}).empty()) ASSERT_LT(at += 2, 3600U);
  Rule narrower = process_rule();
  narrower.except = {{"comm", "python3"}};
  RuleSet fresh = *RuleSet::make({narrower});
  fresh.adopt_history(std::move(rules));
  rules = std::move(fresh);
  at += 2;
  const auto findings = sweep(seconds(at), {process(2, "python3", grown())});
  ASSERT_EQ(findings.size(), 1U);
  EXPECT_TRUE(findings[0].over);
  EXPECT_EQ(findings[0].level, Level::cleared);
  EXPECT_TRUE(sweep(seconds(at + 120), {process(2, "python3", grown())}).empty());
}

TEST_F(ProcessLeakRule, AreWatchedUpToALimitTheLargestFirst) {
  std::vector<ProcessView> many;
  for (std::int32_t pid = 1; pid <= 256; ++pid) many.push_back(process(pid, "small", 20 * kMB));
  (void)sweep(seconds(0), many);
  EXPECT_EQ(rules.processes_limited(), 0U);
  many.push_back(process(1000, "as large", 21 * kMB));
  (void)sweep(seconds(2), many);
  EXPECT_EQ(rules.processes_limited(), 1U);
  many.back() = process(1001, "leaks", 100 * kMB);
  std::vector<Finding> findings;
  for (unsigned at = 4; at < 3600 && findings.empty(); at += 2) {
    many.back().anonymous_bytes = 100 * kMB + 200'000ULL * at;
    findings = sweep(seconds(at), many);
  }
  ASSERT_EQ(findings.size(), 1U) << "it took a small one's place";
  EXPECT_EQ(find_label(findings[0].subject, "comm"), "leaks");
}

}  // namespace
}  // namespace perfwatch
