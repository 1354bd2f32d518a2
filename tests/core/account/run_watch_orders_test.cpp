// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>

#include "core/account/run_watch.h"
#include "tests/core/account/run_watch_fixture.h"

namespace perfwatch {
namespace {

using namespace test;
using testing::HasSubstr;
using testing::StartsWith;

// Runs that `perfwatch run begin` asks for.
class OrderedRuns : public WatchedHost {
 protected:
  [[nodiscard]] double cpu_of(std::string_view operation) const {
    for (const auto& run : *accounting_.open_runs) {
      if (run.operation == operation) return run.figures[RunMetric::cpu_seconds];
    }
    return -1;
  }
};

TEST_F(OrderedRuns, BeginAndEndByOrder) {
  processes_[50].user_seconds = 100;
  (void)round(12);
  now_ = 13;
  ASSERT_TRUE(
      inbox_->begin({kOrderId, "app", "nightly", {{"a", "b"}}, 50, true, at(13).monotonic}));
  start(100, 50, "cc", "", 10).user_seconds = 1;
  now_ = 13.5;
  end(100);
  processes_[50].user_seconds = 101;
  (void)round(14);
  ASSERT_EQ(open(), 1U);
  EXPECT_EQ(accounting_.open_runs->front().id, kOrderId);
  EXPECT_EQ(accounting_.open_runs->front().operation, "nightly");
  EXPECT_TRUE(accounting_.open_runs->front().cold);
  EXPECT_EQ(accounting_.open_runs->front().figures[RunMetric::cpu_seconds], 1);
  processes_[50].user_seconds = 104;
  (void)round(16);
  ASSERT_TRUE(inbox_->end({kOrderId, 4, at(17).monotonic}));
  const auto ended = finish();
  ASSERT_EQ(ended.size(), 1U);
  EXPECT_EQ(ended[0].outcome, RunOutcome::failed);
  EXPECT_EQ(ended[0].exit_code, 4);
  EXPECT_EQ(ended[0].figures[RunMetric::cpu_seconds], 4);
  EXPECT_EQ(ended[0].figures[RunMetric::wall_seconds], 4);
  EXPECT_THAT(ended[0].method, StartsWith("perfwatchd, run begin: "));
  EXPECT_THAT(ended[0].reason, HasSubstr("1 processes that were there before count from 1.0 s on"));
  EXPECT_EQ(open(), 0U);
}

TEST_F(OrderedRuns, MayBeWithinOthers) {
  now_ = 11;
  start(100, 50, "sh", kGitLab, 10);
  start(101, 100, "make", kGitLab, 11).user_seconds = 1;
  (void)round(12);
  ASSERT_TRUE(inbox_->begin({kOrderId, "app", "step", {}, 101, false, at(12).monotonic}));
  now_ = 12.5;
  start(102, 101, "cc", kGitLab, 12).user_seconds = 5;
  (void)round(14);
  ASSERT_EQ(open(), 2U);
  EXPECT_EQ((*accounting_.open_runs)[0].figures[RunMetric::cpu_seconds], 6);
  EXPECT_EQ((*accounting_.open_runs)[1].figures[RunMetric::cpu_seconds], 5);
  ASSERT_TRUE(inbox_->end({kOrderId, 0, at(14).monotonic}));
  now_ = 15;
  end(102);
  (void)round(16);
  (void)round(18);
  ASSERT_EQ(open(), 1U);
  processes_[101].user_seconds = 2;
  end(101);
  end(100);
  const auto ended = finish();
  ASSERT_EQ(ended.size(), 1U);
  EXPECT_EQ(ended[0].figures[RunMetric::cpu_seconds], 7);
  EXPECT_TRUE(ended[0].exact) << ended[0].reason;
}

TEST_F(OrderedRuns, AreOfTheProcessThatWasMeantAndOfNoneThatHasItsPidSince) {
  now_ = 11;
  start(100, 50, "sh", "", 10);
  (void)round(12);
  const auto start_ticks = processes_[100].key.start_ticks;
  const auto begin = [&](const std::string& id, std::uint64_t meant) {
    RunOrder order{id, "app", "step", {}, 100, false, at(now_).monotonic, meant};
    ASSERT_TRUE(inbox_->begin(std::move(order)));
  };
  now_ = 13;
  begin(kOrderId, start_ticks);
  end(100);
  start(100, 50, "theirs", "", 20).user_seconds = 50;
  origins_->all[100].user = 1001;
  // The order is taken when nobody has told of the end yet, and none of it comes any more.
  told_.clear();
  begin(kInnerId, processes_[100].key.start_ticks);
  (void)round(14);
  ASSERT_EQ(open(), 2U);
  EXPECT_EQ(accounting_.open_runs->front().figures[RunMetric::cpu_seconds], 0);
  (void)finish();
  ASSERT_EQ(open(), 1U) << "that of the new one, which lives on";
  EXPECT_EQ(accounting_.open_runs->front().id, kInnerId);
  now_ += 1;
  begin(kOrderId, start_ticks);
  (void)round(now_ + 1);
  (void)round(now_ + 1);
  EXPECT_EQ(open(), 1U);
  EXPECT_EQ(accounting_.runs_refused, 1U);
}

// In all of them the outer run has what the inner one spends.
TEST_F(OrderedRuns, LieWithinARunThatBeganInTheSameInterval) {
  start(100, 50, "sh", "", 10);
  start(101, 100, "make", "", 11);
  (void)round(12);
  ASSERT_TRUE(inbox_->begin({kOrderId, "app", "outer", {}, 100, false, at(12.5).monotonic}));
  ASSERT_TRUE(inbox_->begin({kInnerId, "app", "inner", {}, 101, false, at(13).monotonic}));
  now_ = 13.5;
  start(102, 101, "cc", "", 12).user_seconds = 5;
  (void)round(14);
  ASSERT_EQ(open(), 2U);
  EXPECT_EQ(cpu_of("outer"), 5);
  EXPECT_EQ(cpu_of("inner"), 5);
  ASSERT_TRUE(inbox_->end({kInnerId, 0, at(14).monotonic}));
  now_ = 15;
  end(102);
  end(101);
  (void)round(16);
  (void)round(18);
  EXPECT_EQ(open(), 1U);
  EXPECT_EQ(cpu_of("outer"), 5);
}

TEST_F(OrderedRuns, LieWithinEachOtherWithinAJob) {
  now_ = 11;
  start(100, 50, "sh", kGitLab, 10);
  start(101, 100, "sh", kGitLab, 11);
  start(102, 101, "make", kGitLab, 12);
  (void)round(12);
  ASSERT_TRUE(inbox_->begin({kOrderId, "app", "outer", {}, 101, false, at(12.5).monotonic}));
  ASSERT_TRUE(inbox_->begin({kInnerId, "app", "inner", {}, 102, false, at(13).monotonic}));
  now_ = 13.5;
  start(103, 102, "cc", kGitLab, 13).user_seconds = 5;
  (void)round(14);
  ASSERT_EQ(open(), 3U);
  for (const auto* operation : {"build", "outer", "inner"}) EXPECT_EQ(cpu_of(operation), 5);
}

TEST_F(OrderedRuns, LieWithinARunThatTheSameSweepFinds) {
  now_ = 11;
  ASSERT_TRUE(inbox_->begin({kOrderId, "app", "outer", {}, 101, false, at(11.5).monotonic}));
  ASSERT_TRUE(inbox_->begin({kInnerId, "app", "inner", {}, 102, false, at(11.6).monotonic}));
  start(100, 50, "sh", kGitLab, 10).user_seconds = 1;
  start(101, 100, "sh", kGitLab, 11);
  start(102, 101, "make", kGitLab, 12);
  now_ = 11.7;
  start(103, 102, "cc", kGitLab, 13).user_seconds = 5;
  (void)round(12);
  ASSERT_EQ(open(), 3U);
  EXPECT_EQ(cpu_of("build"), 6);
  EXPECT_EQ(cpu_of("outer"), 5);
  EXPECT_EQ(cpu_of("inner"), 5);
  (void)round(14);
  EXPECT_EQ(open(), 3U);
}

TEST_F(OrderedRuns, WaitForAProcessThatNoSweepHasMet) {
  now_ = 11;
  ASSERT_TRUE(inbox_->begin({kOrderId, "app", "step", {}, 100, false, at(11.5).monotonic}));
  ASSERT_TRUE(inbox_->begin({"no id", "app", "step", {}, 100, false, at(11.5).monotonic}));
  start(100, 50, "sh", "", 10);
  (void)round(12);
  EXPECT_EQ(open(), 1U);
  EXPECT_EQ(accounting_.runs_refused, 1U);
  ASSERT_TRUE(inbox_->begin({kOrderId, "app", "step", {}, 4711, false, at(12).monotonic}));
  (void)round(14);
  EXPECT_EQ(accounting_.runs_refused, 2U);
}

TEST_F(OrderedRuns, HaveNoCommandWhenTheirRootIsBlocked) {
  start(100, 50, "sh", "", 10).state = 'D';
  origins_->all[100].command = {"sh"};
  (void)round(12);
  ASSERT_TRUE(inbox_->begin({kOrderId, "app", "step", {}, 100, false, at(12).monotonic}));
  (void)round(14);
  ASSERT_EQ(open(), 1U);
  EXPECT_TRUE(accounting_.open_runs->front().command.empty());
  // Nor are the arguments of who is left behind.
  ASSERT_TRUE(inbox_->end({kOrderId, 0, at(15).monotonic}));
  const auto ended = finish();
  ASSERT_EQ(ended.size(), 1U);
  ASSERT_EQ(ended[0].by_memory.size(), 1U);
  EXPECT_EQ(ended[0].by_memory[0].largest_arguments, "");
  EXPECT_FALSE(origins_->locked.contains(100));
}

}  // namespace
}  // namespace perfwatch
