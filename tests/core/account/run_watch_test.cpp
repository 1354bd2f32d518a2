// SPDX-License-Identifier: Apache-2.0
#include "core/account/run_watch.h"

#include <gmock/gmock.h>

#include <random>

#include "tests/core/account/run_watch_fixture.h"

namespace perfwatch {
namespace {

using namespace test;
using testing::HasSubstr;
using testing::StartsWith;

class MeasuredJob : public WatchedHost {
 protected:
  // A job's shell at 11 s.
  void begin() {
    now_ = 11;
    start(100, 50, "sh", kGitLab, 10);
  }
};

TEST_F(MeasuredJob, HasWhatItsProcessesSpent) {
  begin();
  start(101, 100, "cc", kGitLab, 11).user_seconds = 2;
  processes_[100].system_seconds = 0.5;
  (void)round(12);
  ASSERT_EQ(open(), 1U);
  EXPECT_EQ(accounting_.open_runs->front().figures[RunMetric::cpu_seconds], 2.5);
  EXPECT_EQ(accounting_.open_runs->front().outcome, RunOutcome::running);
  EXPECT_TRUE(watch_->is_measuring());

  processes_[101].user_seconds = 3;
  processes_[101].resident_bytes = 5000;
  now_ = 13;
  end(101);
  EXPECT_TRUE(round(13).empty());
  now_ = 15;
  end(100);
  const auto ended = finish();
  ASSERT_EQ(ended.size(), 1U);
  const perfwatch::Run& run = ended[0];
  EXPECT_EQ(run.outcome, RunOutcome::succeeded);
  EXPECT_DOUBLE_EQ(run.figures[RunMetric::cpu_seconds], 3.5);
  EXPECT_DOUBLE_EQ(run.figures[RunMetric::wall_seconds], 4);
  EXPECT_EQ(run.figures[RunMetric::processes], 2);
  EXPECT_EQ(run.figures[RunMetric::largest_process_bytes], 5000);
  EXPECT_FALSE(run.figures.has(RunMetric::concurrent_anonymous_bytes)) << "few looks tell nothing";
  EXPECT_FALSE(run.figures.has(RunMetric::io_stall_seconds));
  EXPECT_TRUE(run.exact) << run.reason;
  EXPECT_EQ(run.tier, AccountingTier::ebpf);
  EXPECT_THAT(run.method, StartsWith("perfwatchd, environment of GitLab (CI_JOB_ID): ebpf events, "
                                     "memory and timeline by "));
  ASSERT_FALSE(run.by_cpu.empty());
  EXPECT_EQ(run.by_cpu[0].comm, "cc");
  EXPECT_EQ(run.by_cpu[0].largest_arguments, "cc arguments");
  ASSERT_FALSE(run.timeline.empty());
  EXPECT_EQ(run.timeline[0].seconds, 1);
  EXPECT_EQ(run.timeline[0].cpu_cores, 2.5);
  EXPECT_EQ(open(), 0U);
  EXPECT_FALSE(watch_->is_measuring());
}

// Compilers under a make that has ended, too, before any sweep met the shell above.
TEST_F(MeasuredJob, HasWhatEndedBeforeItWasRecognised) {
  begin();
  start(101, 100, "make", kGitLab, 11);
  start(102, 101, "sh", kGitLab);
  start(103, 102, "cc", kGitLab, 12).user_seconds = 1;
  now_ = 11.5;
  end(103);
  end(102);
  end(101);
  start(104, 50, "other", "", 13).user_seconds = 100;
  end(104);
  (void)round(12);
  ASSERT_EQ(open(), 1U);
  EXPECT_EQ(accounting_.open_runs->front().figures[RunMetric::cpu_seconds], 1);
  EXPECT_EQ(accounting_.open_runs->front().figures[RunMetric::processes], 4);
}

TEST_F(MeasuredJob, KeepsWhoIsReparentedAndWhoeverThatStarts) {
  begin();
  start(101, 100, "nohup", kGitLab, 11);
  (void)round(12);
  processes_[101].parent = 1;
  (void)round(14);
  now_ = 15;
  start(102, 101, "sh", kGitLab).user_seconds = 4;
  processes_[102].parent = 1;  // nobody met it while its parent lived
  end(101);
  end(102);
  (void)round(16);
  EXPECT_EQ(accounting_.open_runs->front().figures[RunMetric::cpu_seconds], 4);
}

TEST_F(MeasuredJob, FollowsTheProgramsThatItStarts) {
  begin();
  (void)round(12);
  auto process = start(101, 100, "sh", kGitLab);
  process.image = 20;
  watch_->program_changed(process, {10, comm_of("sh")});
  process.parent = 1;  // and its parent, never met, has ended
  ProcessExit exit;
  exit.last = process;
  exit.last.user_seconds = 3;
  processes_.erase(101);
  watch_->ended(exit);
  watch_->ended(exit);  // told twice
  ExitSummary summary;
  summary.count = 5;
  summary.sum.image = 20;
  summary.sum.user_seconds = 1;
  watch_->ended_unseen(summary);
  (void)round(14);
  EXPECT_EQ(accounting_.open_runs->front().figures[RunMetric::cpu_seconds], 4);
  EXPECT_EQ(accounting_.open_runs->front().figures[RunMetric::processes], 7);
}

TEST_F(MeasuredJob, IsNotExactWhenEventsWereLost) {
  begin();
  (void)round(12);
  lost_ = 3;
  end(100, 2);
  const auto ended = finish();
  ASSERT_EQ(ended.size(), 1U);
  EXPECT_EQ(ended[0].outcome, RunOutcome::failed);
  EXPECT_EQ(ended[0].exit_code, 2);
  EXPECT_FALSE(ended[0].exact);
  EXPECT_EQ(ended[0].reason, "3 events were lost");
}

TEST_F(MeasuredJob, CountsWhoOutlivesIt) {
  begin();
  start(101, 100, "ccache", kGitLab, 11).user_seconds = 1;
  (void)round(12);
  processes_[101].parent = 1;
  now_ = 13;
  end(100);
  const auto ended = finish();
  ASSERT_EQ(ended.size(), 1U);
  EXPECT_EQ(ended[0].figures[RunMetric::cpu_seconds], 1);
  EXPECT_EQ(ended[0].figures[RunMetric::wall_seconds], 2);
  EXPECT_THAT(ended[0].reason, HasSubstr("1 processes outlived it"));
  EXPECT_FALSE(ended[0].exact);
  // It still has the job's environment, and so has what it starts.
  processes_[101].image = 30;
  start(102, 101, "cc", kGitLab, 31);
  (void)round(now_ + 2);
  EXPECT_EQ(open(), 0U);
}

TEST_F(MeasuredJob, IsSeenByThePollTier) {
  tier_ = AccountingTier::poll;
  begin();
  for (auto& [pid, process] : processes_) process.image = 0;
  start(101, 100, "cc", kGitLab).user_seconds = 2;
  processes_[101].forked = false;
  processes_[101].image = 0;
  (void)round(12);
  processes_.erase(101);
  (void)round(14);
  EXPECT_EQ(accounting_.open_runs->front().figures[RunMetric::cpu_seconds], 2);
  processes_.erase(100);
  const auto ended = finish();
  ASSERT_EQ(ended.size(), 1U);
  EXPECT_EQ(ended[0].outcome, RunOutcome::interrupted);
  EXPECT_EQ(ended[0].figures[RunMetric::processes], 2);
  EXPECT_FALSE(ended[0].exact);
  EXPECT_THAT(ended[0].reason, HasSubstr("poll tier"));
  EXPECT_THAT(ended[0].reason, HasSubstr("how it ended is not known"));
  EXPECT_THAT(ended[0].method, HasSubstr(": sweeps, "));
}

TEST_F(MeasuredJob, EndsWithoutAnEventWhenItIsGoneForLong) {
  begin();
  processes_[100].user_seconds = 1;
  (void)round(12);
  processes_.erase(100);
  const auto ended = finish();
  ASSERT_EQ(ended.size(), 1U);
  EXPECT_EQ(ended[0].figures[RunMetric::cpu_seconds], 1);
  EXPECT_EQ(ended[0].outcome, RunOutcome::interrupted);
  EXPECT_THAT(ended[0].reason, HasSubstr("the kernel did not tell of 1 ends"));
}

TEST_F(MeasuredJob, KeepsWhatCouldNotBeReadInASweep) {
  begin();
  (void)round(12);
  processes_.erase(100);
  for (int i = 0; i < 20; ++i) {
    now_ += 2;
    accounting_ = {};
    accounting_.tier = tier_;
    const std::vector<std::int32_t> unread{100};
    std::vector<ProcessRecord> records{processes_[1], processes_[50]};
    watch_->update(at(now_), records, unread, accounting_);
  }
  EXPECT_EQ(open(), 1U);
}

// The answer of a round that misses its deadline is dropped, and so would be what ended in it.
TEST_F(MeasuredJob, IsToldBySomeRoundsAsOneOfThemMayComeTooLate) {
  const auto told = [this] {
    std::vector<std::string> operations;
    if (!accounting_.ended_runs) return operations;
    for (const auto& run : *accounting_.ended_runs) operations.push_back(run.operation);
    return operations;
  };
  const auto job = [this](std::int32_t pid, const std::string& name) {
    start(pid, 50, "sh", "GITLAB_CI=1\nCI_JOB_ID=" + name + "\nCI_JOB_NAME=" + name + "\n",
          static_cast<std::uint64_t>(pid));
  };
  now_ = 11;
  job(100, "first");
  job(101, "second");
  (void)round(12);
  end(100);
  (void)round(14);
  end(101);
  (void)round(16);
  ASSERT_EQ(open(), 2U);
  (void)round(28);
  const auto first = accounting_.ended_runs;
  EXPECT_THAT(told(), testing::ElementsAre("first"));
  (void)round(28.5);
  EXPECT_EQ(accounting_.ended_runs, first) << "nothing is copied when nothing ended";
  (void)round(30);
  EXPECT_THAT(told(), testing::ElementsAre("first", "second"));
  (void)round(32);
  EXPECT_THAT(told(), testing::ElementsAre("first", "second"));
  (void)round(34);
  EXPECT_THAT(told(), testing::ElementsAre("second"));
  (void)round(36);
  (void)round(38);
  EXPECT_EQ(accounting_.ended_runs, nullptr);
}

// Any host: trees of jobs and of strangers, ends told late and out of order, orphans.
TEST_F(MeasuredJob, HasTheSumOfItsTreeOnAnyHost) {
  for (unsigned seed = 1; seed <= 30; ++seed) {
    std::mt19937 random(seed);
    const auto any = [&](int n) { return static_cast<int>(random() % static_cast<unsigned>(n)); };
    processes_.clear();
    told_.clear();
    now_ = 0;
    watch({});
    start(1, 0, "init", "", 1);
    start(50, 1, "runner", "", 2);
    (void)round(1);
    std::uint64_t image = 100;
    now_ = 2;
    start(100, 50, "sh", kGitLab, ++image);
    start(200, 50, "sh", "", ++image);
    std::map<std::int32_t, bool> of_job{{100, true}, {200, false}};
    double truth = 0;
    std::int32_t next = 300;
    for (int step = 0; step < 400; ++step) {
      now_ += 0.01;
      auto parent = of_job.begin();
      std::advance(parent, any(static_cast<int>(of_job.size())));
      if (any(3) != 0) {
        const bool job = parent->second;
        auto& made = start(next, parent->first, "cc", job ? kGitLab : "", any(2) ? ++image : 0);
        made.user_seconds = any(100);
        if (!made.forked) {
          watch_->program_changed(made, {processes_[parent->first].image, comm_of("sh")});
        }
        if (job) truth += made.user_seconds;
        of_job[next++] = job;
      } else if (parent->first > 200) {
        const std::int32_t gone = parent->first;
        end(gone);
        of_job.erase(gone);
        for (auto& [pid, process] : processes_) {
          if (process.parent == gone) process.parent = 1;
        }
      }
      if (any(20) == 0) {
        if (any(2) == 0) std::shuffle(told_.begin(), told_.end(), random);
        (void)round(now_);
      }
    }
    while (of_job.size() > 2) {
      end(of_job.rbegin()->first);
      of_job.erase(std::prev(of_job.end()));
    }
    end(100);
    const auto ended = finish();
    ASSERT_EQ(ended.size(), 1U) << seed;
    // An orphan of which nothing was heard before the job was recognised is all that may be missed.
    EXPECT_LE(ended[0].figures[RunMetric::cpu_seconds], truth) << seed;
    EXPECT_GE(ended[0].figures[RunMetric::cpu_seconds], truth * 0.95) << seed;
  }
}

}  // namespace
}  // namespace perfwatch
