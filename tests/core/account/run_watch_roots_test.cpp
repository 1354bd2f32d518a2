// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>

#include "core/account/run_watch.h"
#include "tests/core/account/run_watch_fixture.h"

namespace perfwatch {
namespace {

using namespace test;
using testing::HasSubstr;
using testing::StartsWith;
using testing::UnorderedElementsAre;

class RecognisedRuns : public WatchedHost {
 protected:
  [[nodiscard]] std::vector<std::string> operations() const {
    std::vector<std::string> all;
    if (!accounting_.open_runs) return all;
    for (const auto& run : *accounting_.open_runs) all.push_back(run.operation);
    return all;
  }
};

TEST_F(RecognisedRuns, HaveTheNamesOfTheJob) {
  now_ = 11;
  start(100, 50, "sh", kGitLab, 10);
  origins_->all[100].command = {"/bin/sh", "-e"};
  (void)round(12);
  ASSERT_EQ(open(), 1U);
  const perfwatch::Run& run = accounting_.open_runs->front();
  EXPECT_EQ(run.component, "acme/app");
  EXPECT_EQ(run.operation, "build");
  EXPECT_EQ(run.labels, (RunLabels{{"commit", "1a2b"}}));
  EXPECT_EQ(run.command, (std::vector<std::string>{"/bin/sh", "-e"}));
  EXPECT_EQ(run.host, "host");
  EXPECT_TRUE(is_ulid(run.id));
  EXPECT_EQ(run.reason, "");
}

TEST_F(RecognisedRuns, HaveNamesWhereCiGivesNone) {
  RunWatchSettings settings;
  settings.markers = {"MY_JOB"};
  watch_->configure(settings);
  now_ = 11;
  start(100, 50, "sh\x1b", "MY_JOB=7\n", 10);
  origins_->all[100].folder = "/srv/builds/kernel";
  (void)round(12);
  ASSERT_EQ(open(), 1U);
  EXPECT_EQ(accounting_.open_runs->front().component, "kernel");
  EXPECT_EQ(accounting_.open_runs->front().operation, "sh\\x1B");
  EXPECT_EQ(accounting_.open_runs->front().method, "perfwatchd, environment (MY_JOB)");
}

// A job's phase of half a second was between two sweeps, and in nobody's run.
TEST_F(RecognisedRuns, LiveBetweenTwoSweepsWhereTheirExecIsTold) {
  now_ = 11;
  const auto root = start(100, 50, "sh", kGitLab, 10);
  watch_->program_changed(root, {2, {}});
  watch_->job_seen(root, at(now_));
  start(101, 100, "cc", kGitLab, 11).user_seconds = 0.25;
  now_ = 11.5;
  end(101);
  end(100, 4);
  const auto ended = finish();
  ASSERT_EQ(ended.size(), 1U);
  EXPECT_EQ(ended[0].operation, "build");
  EXPECT_EQ(ended[0].outcome, RunOutcome::failed);
  EXPECT_EQ(ended[0].exit_code, 4);
  EXPECT_DOUBLE_EQ(ended[0].figures[RunMetric::wall_seconds], 0.5);
  EXPECT_DOUBLE_EQ(ended[0].figures[RunMetric::cpu_seconds], 0.25);
  EXPECT_EQ(ended[0].figures[RunMetric::processes], 2);
  EXPECT_TRUE(ended[0].exact) << ended[0].reason;
}

TEST_F(RecognisedRuns, AreTheOnesOfTheirLineWhereTheirExecIsTold) {
  now_ = 11;
  const auto root = start(100, 50, "sh", kGitLab, 10);
  watch_->job_seen(root, at(now_));
  // Told, too, as of a process that was there before the hooks: it stays within the run.
  const auto child = start(101, 100, "make", kGitLab, 11);
  watch_->program_changed(child, {10, {}});
  watch_->job_seen(child, at(now_));
  // Another job within it, as where a runner is tested, and a variable that only looks like a sign.
  const auto inner = start(102, 101, "sh", "CI_JOB_ID=78\nGITLAB_CI=1\nCI_JOB_NAME=inner\n", 12);
  watch_->program_changed(inner, {11, {}});
  watch_->job_seen(inner, at(now_));
  const auto other = start(103, 50, "sh", "CI_JOB_ID=\n", 13);
  watch_->job_seen(other, at(now_));
  (void)round(12);
  EXPECT_THAT(operations(), UnorderedElementsAre("build", "inner"));
}

TEST_F(RecognisedRuns, ReadNoMoreEnvironmentsBetweenTwoSweepsThanTheyMay) {
  now_ = 11;
  for (int i = 0; i < 1000; ++i) watch_->job_seen(start(100 + i, 50, "sh", "A=1\n", 10), at(now_));
  EXPECT_LE(origins_->reads, 2 * RunWatch::kMostReads);
  (void)round(12);
  EXPECT_EQ(open(), 0U);
}

// The sweep had read 256 environments of a large build, and nobody was looked at until the next
// one.
TEST_F(RecognisedRuns, BeginAtTheirExecBesideALargeBuild) {
  now_ = 11;
  start(100, 50, "make", kGitLab, 10);
  for (int i = 0; i < 400; ++i) {
    start(200 + i, 100, "cc", kGitLab, 1000U + static_cast<unsigned>(i));
  }
  (void)round(12);
  ASSERT_EQ(open(), 1U);
  // Nor do its own processes that are told of, as it was there before the tier.
  for (int i = 0; i < 400; ++i) watch_->job_seen(processes_[200 + i], at(now_));
  now_ = 12.5;
  const auto root = start(700, 50, "sh", "CI_JOB_ID=78\nGITLAB_CI=1\nCI_JOB_NAME=test\n", 2000);
  watch_->job_seen(root, at(now_));
  end(700);
  (void)round(14);
  EXPECT_THAT(operations(), UnorderedElementsAre("build", "test"));
}

TEST_F(RecognisedRuns, DoNotHangInWhatWaitsForADevice) {
  now_ = 11;
  const auto root = start(100, 50, "sh", kGitLab, 10);
  origins_->blocked = {100};
  watch_->job_seen(root, at(now_));
  EXPECT_FALSE(origins_->locked.contains(100));
  (void)round(12);
  EXPECT_THAT(operations(), UnorderedElementsAre("build")) << "the sweep finds it runnable";
}

// The child of one that has ended was pulled into the run of who got its pid.
TEST_F(RecognisedRuns, AreNotOfWhoHadThePidBefore) {
  now_ = 11;
  start(100, 50, "sh", "", 10);
  start(101, 100, "server", "", 11);
  (void)round(12);
  end(100);
  processes_[101].parent = 1;
  now_ = 14;
  watch_->ended(std::exchange(told_, {}).front());
  watch_->job_seen(start(100, 50, "sh", kGitLab, 12), at(now_));
  (void)round(15);
  ASSERT_EQ(open(), 1U);
  EXPECT_EQ(accounting_.open_runs->front().figures[RunMetric::processes], 1);
}

TEST_F(RecognisedRuns, AreNotToldOfWhereNoneAreWanted) {
  EXPECT_THAT(watch_->signs(), testing::Contains("CI_JOB_ID"));
  RunWatchSettings settings;
  settings.markers = {"MY_JOB"};
  watch_->configure(settings);
  EXPECT_THAT(watch_->signs(), testing::Contains("MY_JOB"));
  settings.automatic = false;
  watch_->configure(settings);
  EXPECT_THAT(watch_->signs(), testing::IsEmpty());
  now_ = 11;
  watch_->job_seen(start(100, 50, "sh", kGitLab, 10), at(now_));
  (void)round(12);
  EXPECT_EQ(open(), 0U);
}

TEST_F(RecognisedRuns, BeginWithTheTopmostProcessOfAJob) {
  now_ = 11;
  start(101, 102, "cc", kGitLab, 12);  // met before its parents
  start(102, 103, "make", kGitLab, 11);
  start(103, 50, "sh", kGitLab, 10);
  start(104, 50, "sh", "CI_JOB_ID=78\nGITLAB_CI=1\nCI_JOB_NAME=test\n", 13);
  (void)round(12);
  EXPECT_THAT(operations(), UnorderedElementsAre("build", "test"));
  const auto& runs = *accounting_.open_runs;
  EXPECT_EQ(runs[0].figures[RunMetric::processes], 3);
}

TEST_F(RecognisedRuns, AreOneForAllRootsOfAJob) {
  now_ = 11;
  start(100, 50, "sh", kGitLab, 10).user_seconds = 1;
  (void)round(12);
  now_ = 13;
  end(100, 3);
  (void)round(14);
  now_ = 16;
  start(101, 50, "sh", kGitLab, 11).user_seconds = 2;
  (void)round(18);
  EXPECT_EQ(open(), 1U);
  now_ = 21;
  end(101);
  const auto ended = finish();
  ASSERT_EQ(ended.size(), 1U);
  EXPECT_EQ(ended[0].figures[RunMetric::cpu_seconds], 3);
  EXPECT_EQ(ended[0].figures[RunMetric::wall_seconds], 10);
  EXPECT_EQ(ended[0].outcome, RunOutcome::failed);
  EXPECT_EQ(ended[0].exit_code, 3);
  // Long after, it is another one.
  start(102, 50, "sh", kGitLab, 12);
  (void)round(now_ + 2);
  EXPECT_EQ(open(), 1U);
}

// Anybody can write the sign of another's job into an environment.
TEST_F(RecognisedRuns, AreNotJoinedByAnotherUserWhoTakesTheSignOfTheJob) {
  now_ = 11;
  start(100, 50, "sh", kGitLab, 10);
  origins_->all[100].user = 1000;
  (void)round(12);
  now_ = 13;
  start(200, 50, "sleep", kGitLab, 20).user_seconds = 50;
  origins_->all[200].user = 1001;
  // A step of the job's own as another user is of the job.
  start(101, 100, "sudo", kGitLab, 11).user_seconds = 2;
  origins_->all[101].user = 0;
  (void)round(14);
  ASSERT_EQ(open(), 2U) << "theirs is one of its own";
  EXPECT_EQ((*accounting_.open_runs)[0].figures[RunMetric::cpu_seconds], 2);
  EXPECT_EQ((*accounting_.open_runs)[1].figures[RunMetric::cpu_seconds], 50);
  now_ = 15;
  end(101);
  end(100);
  const auto ended = finish();
  ASSERT_EQ(ended.size(), 1U) << "the stranger lives on";
  EXPECT_EQ(ended[0].outcome, RunOutcome::succeeded);
  EXPECT_EQ(ended[0].figures[RunMetric::wall_seconds], 4);
  EXPECT_EQ(ended[0].figures[RunMetric::cpu_seconds], 2);
}

TEST_F(RecognisedRuns, SayThatTheyHadBegunBefore) {
  watch({});
  processes_.clear();
  now_ = 5;
  start(100, 1, "sh", kGitLab, 10);
  (void)round(60);
  ASSERT_EQ(open(), 1U);
  EXPECT_THAT(accounting_.open_runs->front().reason, StartsWith("it had begun before perfwatchd"));
  EXPECT_EQ(accounting_.open_runs->front().figures[RunMetric::wall_seconds], 55);
}

TEST_F(RecognisedRuns, CostNoReadForWhoIsKnown) {
  const std::size_t before = origins_->reads;
  for (int i = 0; i < 5; ++i) (void)round(20 + i);
  EXPECT_EQ(origins_->reads, before);
  processes_[50].image = 77;  // another program
  (void)round(30);
  EXPECT_EQ(origins_->reads, before + 1);
  processes_[50].comm = comm_of("renamed");
  (void)round(31);
  EXPECT_EQ(origins_->reads, before + 1);
}

TEST_F(RecognisedRuns, ReadSoManyEnvironmentsASweep) {
  now_ = 11;
  for (std::int32_t pid = 1000; pid < 1600; ++pid) {
    start(pid, 1, "idle", "", static_cast<std::uint64_t>(pid));
  }
  start(1600, 50, "sh", kGitLab, 10);
  const std::size_t before = origins_->reads;
  (void)round(12);
  EXPECT_EQ(origins_->reads - before, RunWatch::kMostReads);
  (void)round(14);
  EXPECT_EQ(origins_->reads - before, 2 * RunWatch::kMostReads);
  (void)round(16);
  ASSERT_EQ(open(), 1U);
  EXPECT_THAT(accounting_.open_runs->front().reason, HasSubstr("recognised 5.0 s after it began"));
}

TEST_F(RecognisedRuns, AreToldOfAfterASweepThatReadAllItMay) {
  now_ = 11;
  for (std::int32_t pid = 1000; pid < 1600; ++pid) {
    start(pid, 1, "idle", "", static_cast<std::uint64_t>(pid));
  }
  (void)round(12);
  const auto root = start(1600, 50, "sh", kGitLab, 13);
  watch_->job_seen(root, at(now_));
  end(1600);
  (void)round(14);
  EXPECT_THAT(operations(), UnorderedElementsAre("build")) << "gone before the next sweep";
}

TEST_F(RecognisedRuns, LeaveWhoIsBlockedForLater) {
  now_ = 11;
  start(100, 50, "sh", kGitLab, 10).state = 'D';
  (void)round(12);
  EXPECT_EQ(open(), 0U);
  processes_[100].state = 'S';
  (void)round(13);
  EXPECT_EQ(open(), 1U);
}

// It was looked at before, and refused as too many went on.
TEST_F(RecognisedRuns, OfAJobWaitForARootThatIsBlockedWhenItsChildIsSeen) {
  now_ = 11;
  const auto mark = [](std::int32_t pid) { return "CI_JOB_ID=" + std::to_string(pid) + "\n"; };
  for (std::int32_t pid = 1000; pid <= 1000 + 64; ++pid) {
    start(pid, 50, "sh", mark(pid), static_cast<std::uint64_t>(pid));
    origins_->all[pid].user = 1000;
  }
  (void)round(12);
  ASSERT_EQ(open(), 64U);
  const std::int32_t refused = 1064;
  processes_[refused].state = 'D';
  end(1000);
  (void)finish();
  ASSERT_EQ(open(), 63U);
  origins_->locked.clear();
  start(2000, refused, "cc", mark(refused), 2000);
  for (int i = 0; i < 3; ++i) (void)round(now_ + 2);
  EXPECT_FALSE(origins_->locked.contains(refused));
  EXPECT_EQ(open(), 63U);
  processes_[refused].state = 'S';
  (void)round(now_ + 2);
  EXPECT_EQ(open(), 64U);
}

TEST_F(RecognisedRuns, OfCgroupsAndWorkersWaitForWhoIsBlocked) {
  RunWatchSettings settings;
  settings.cgroups = {"/runner.slice/*"};
  settings.workers = {"runner"};
  watch(settings);
  (void)round(10);
  now_ = 11;
  start(100, 50, "step", "", 10).state = 'D';
  start(101, 1, "cc", "", 11).state = 'D';
  origins_->all[101].cgroup = "/runner.slice/job-1.scope";
  for (int i = 0; i < 3; ++i) (void)round(12 + i);
  EXPECT_EQ(open(), 0U);
  EXPECT_FALSE(origins_->locked.contains(100));
  EXPECT_FALSE(origins_->locked.contains(101));
  processes_[100].state = processes_[101].state = 'S';
  (void)round(16);
  EXPECT_EQ(open(), 2U);
}

TEST_F(RecognisedRuns, AreRefusedAboveTheLimit) {
  now_ = 11;
  for (std::int32_t pid = 1000; pid < 1000 + 260; ++pid) {
    start(pid, 50, "sh", "CI_JOB_ID=" + std::to_string(pid) + "\n",
          static_cast<std::uint64_t>(pid));
  }
  for (int i = 0; i < 4; ++i) (void)round(12 + i);
  EXPECT_EQ(open(), RunWatch::kMostRuns);
  EXPECT_EQ(accounting_.runs_refused, 4U);
}

// Else a loop of processes with an invented CI_JOB_ID would take the places of all others.
TEST_F(RecognisedRuns, LeaveRoomForOthersWhenOneUserHasManyJobs) {
  now_ = 11;
  const auto job = [this](std::int32_t pid, std::uint32_t user) {
    start(pid, 50, "sh", "CI_JOB_ID=" + std::to_string(pid) + "\n",
          static_cast<std::uint64_t>(pid));
    origins_->all[pid].user = user;
  };
  for (std::int32_t pid = 1000; pid < 1070; ++pid) job(pid, 1000);
  (void)round(12);
  EXPECT_EQ(open(), RunWatch::kMostOfAUser);
  EXPECT_EQ(accounting_.runs_refused, 6U);
  job(2000, 1001);
  for (std::int32_t pid = 3000; pid < 3100; ++pid) job(pid, 0);
  (void)round(14);
  EXPECT_EQ(open(), RunWatch::kMostOfAUser + 101) << "another's and root's go on";
  EXPECT_EQ(accounting_.runs_refused, 6U);
  ASSERT_TRUE(inbox_->begin({kOrderId, "app", "step", {}, 1001, false, at(14).monotonic}));
  (void)round(16);
  EXPECT_EQ(accounting_.runs_refused, 7U) << "it is of the same user";
}

// Else short ones would push those of others out of the history.
TEST_F(RecognisedRuns, OfOneUserAreSoManyAnHour) {
  RunWatchSettings settings;
  settings.workers = {"runner"};
  watch(settings);
  (void)round(10);
  std::uint64_t image = 10;
  const auto begun_of = [&](std::uint32_t user, int many) {
    std::size_t begun = 0;
    for (int i = 0; i < many; ++i) {
      start(1000, 50, "step", "", ++image);
      origins_->all[1000].user = user;
      (void)round(now_ + 0.1);
      begun += open();
      end(1000);
      for (int rounds = 0; rounds < 3; ++rounds) (void)round(now_ + 0.1);
      EXPECT_EQ(open(), 0U);
    }
    return begun;
  };
  EXPECT_EQ(begun_of(0, 700), 700U) << "root's have no limit";
  EXPECT_EQ(accounting_.runs_refused, 0U);
  // One comes back every six seconds.
  const auto begun = begun_of(1000, 800);
  EXPECT_GE(begun, 600U);
  EXPECT_LE(begun, 660U);
  EXPECT_EQ(accounting_.runs_refused, 800 - begun);
  EXPECT_EQ(begun_of(1001, 1), 1U);
  now_ += 3600;
  EXPECT_EQ(begun_of(1000, 1), 1U);
}

TEST_F(RecognisedRuns, AreNoneWhenSwitchedOff) {
  RunWatchSettings settings;
  settings.automatic = false;
  watch(settings);
  start(100, 50, "sh", kGitLab, 10);
  (void)round(12);
  EXPECT_EQ(open(), 0U);
  EXPECT_EQ(origins_->reads, 0U);
}

TEST_F(RecognisedRuns, AreCgroupsThatMatch) {
  RunWatchSettings settings;
  settings.cgroups = {"/runner.slice/*"};
  watch(settings);
  (void)round(10);
  now_ = 11;
  start(100, 50, "sh", "", 10).user_seconds = 1;
  start(101, 1, "cc", "", 11).user_seconds = 2;
  start(102, 1, "cc", "", 12).user_seconds = 50;
  start(103, 1, "cc", "", 13).user_seconds = 50;
  origins_->all[100].cgroup = "/runner.slice/job-1.scope";
  origins_->all[101].cgroup = "/runner.slice/job-1.scope/inner";
  origins_->all[102].cgroup = "/runner.slice";
  origins_->all[103].cgroup = "/other.slice/job-1.scope";
  (void)round(12);
  ASSERT_EQ(open(), 1U);
  EXPECT_EQ(accounting_.open_runs->front().figures[RunMetric::cpu_seconds], 3);
  now_ = 13;
  end(100, 1);
  (void)round(14);
  EXPECT_EQ(open(), 1U);
  now_ = 15;
  end(101);
  const auto ended = finish();
  ASSERT_EQ(ended.size(), 1U);
  EXPECT_EQ(ended[0].outcome, RunOutcome::failed);
  EXPECT_EQ(ended[0].figures[RunMetric::wall_seconds], 4);
  EXPECT_THAT(ended[0].method, StartsWith("perfwatchd, cgroup /runner.slice/*: "));
  EXPECT_EQ(ended[0].labels, (RunLabels{{"cgroup", "/runner.slice/job-1.scope"}}));
}

TEST_F(RecognisedRuns, AreTheChildrenOfAWorker) {
  RunWatchSettings settings;
  settings.workers = {"runner"};
  watch(settings);
  (void)round(10);
  now_ = 11;
  start(100, 50, "runner");  // forked, about to run something
  (void)round(12);
  EXPECT_EQ(open(), 0U);
  processes_[100].forked = false;
  processes_[100].image = 10;
  processes_[100].comm = comm_of("step");
  start(101, 50, "step2", "", 11);
  (void)round(13);
  EXPECT_THAT(operations(), UnorderedElementsAre("step", "step2"));
  EXPECT_THAT(accounting_.open_runs->front().method, StartsWith("perfwatchd, child of runner"));
}

}  // namespace
}  // namespace perfwatch
