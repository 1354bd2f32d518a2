// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <random>
#include <string>
#include <vector>

#include "core/account/group_ledger.h"

namespace perfwatch {
namespace {

Instant at(double seconds) {
  return {std::chrono::steady_clock::time_point(
              std::chrono::milliseconds(static_cast<std::int64_t>(seconds * 1000))),
          {}};
}

Comm comm_of(std::string_view name) {
  Comm comm{};
  std::copy_n(name.begin(), std::min(name.size(), comm.size()), comm.begin());
  return comm;
}

ProcessRecord record(std::int32_t pid, std::string_view comm, double user_seconds,
                     std::uint64_t image = 1) {
  ProcessRecord made;
  made.key = {pid, 10};
  made.comm = comm_of(comm);
  made.image = image;
  made.state = 'S';
  made.threads = 1;
  made.user_seconds = user_seconds;
  return made;
}

ProcessExit exit_of(const ProcessRecord& last) {
  ProcessExit exit;
  exit.last = last;
  return exit;
}

Program program(std::string_view comm, std::uint64_t image) { return {image, comm_of(comm)}; }

GroupRules::Match by_comm(const ProcessRecord& process) {
  return {std::string(view(process.comm)), std::nullopt};
}

class LedgerEvents : public testing::Test {
 protected:
  LedgerEvents() { sweep({}); }
  void begin() { ledger.begin_round(at(++seconds_)); }
  void sweep(const std::vector<ProcessRecord>& records) {
    begin();
    ledger.update(records, by_comm);
  }
  const Group& group(std::string_view name) {
    for (const auto& group : ledger.groups()) {
      if (group.name == name) return group;
    }
    ADD_FAILURE() << "no group " << name;
    return ledger.groups().front();
  }
  GroupLedger ledger{100, GroupLedger::Absence::awaits_event};

 private:
  double seconds_ = 0;
};

TEST_F(LedgerEvents, CountAProcessThatNoSweepSaw) {
  ledger.ended(exit_of(record(7, "cc1plus", 0.008)), by_comm);
  sweep({});
  EXPECT_EQ(group("cc1plus").totals.user_seconds, 0.008);
  EXPECT_EQ(group("cc1plus").started, 1U);
  EXPECT_EQ(group("cc1plus").exited, 1U);
  EXPECT_EQ(group("cc1plus").living.cpu_seconds_spent, 0.008);
  EXPECT_EQ(ledger.processes_ended(), 1U);
}

TEST_F(LedgerEvents, AddWhatAProcessSpentAfterItsLastSweep) {
  sweep({record(7, "make", 1)});
  ledger.ended(exit_of(record(7, "make", 1.25)), by_comm);
  sweep({});
  EXPECT_EQ(group("make").totals.user_seconds, 1.25);
  EXPECT_EQ(group("make").exited, 1U);
  EXPECT_EQ(ledger.attributed_cpu_seconds(), 1.25);
}

TEST_F(LedgerEvents, AddTheLastCountersThatComeAfterASweepWithoutTheProcess) {
  sweep({record(7, "make", 1)});
  sweep({});
  EXPECT_EQ(group("make").exited, 1U);
  EXPECT_EQ(group("make").living.processes, 0U);
  ledger.ended(exit_of(record(7, "make", 1.25)), by_comm);
  sweep({});
  EXPECT_EQ(group("make").totals.user_seconds, 1.25);
  EXPECT_EQ(group("make").exited, 1U);
  EXPECT_EQ(group("make").started, 1U);
  EXPECT_EQ(ledger.processes_ended(), 1U);
}

TEST_F(LedgerEvents, CountLastCountersThatNeverCome) {
  sweep({record(7, "make", 1)});
  for (int i = 0; i < GroupLedger::kPatience.count(); ++i) sweep({});
  EXPECT_EQ(ledger.unseen_ends(), 0U);
  sweep({});
  sweep({});
  EXPECT_EQ(ledger.unseen_ends(), 1U);
  EXPECT_EQ(ledger.processes_ended(), 1U);
}

TEST_F(LedgerEvents, SplitWhatWasSpentAtTheMomentOfExec) {
  sweep({record(7, "bash", 1, 1)});
  ledger.program_changed(record(7, "cc1plus", 1.5, 2), program("bash", 1), by_comm);
  sweep({record(7, "cc1plus", 4, 2)});
  EXPECT_EQ(group("bash").totals.user_seconds, 1.5);
  EXPECT_EQ(group("bash").exited, 1U);
  EXPECT_EQ(group("cc1plus").totals.user_seconds, 2.5);
  EXPECT_EQ(group("cc1plus").started, 1U);
}

TEST_F(LedgerEvents, LeaveWhatAForkSpentBeforeExecWithItsParentsProgram) {
  ledger.program_changed(record(7, "cc1plus", 0.5, 2), program("make", 1), by_comm);
  ledger.ended(exit_of(record(7, "cc1plus", 0.75, 2)), by_comm);
  sweep({});
  EXPECT_EQ(group("make").totals.user_seconds, 0.5);
  EXPECT_EQ(group("make").started, 1U);
  EXPECT_EQ(group("make").exited, 1U);
  EXPECT_EQ(group("cc1plus").totals.user_seconds, 0.25);
  EXPECT_EQ(group("cc1plus").exited, 1U);
  EXPECT_EQ(ledger.processes_ended(), 1U);
}

TEST_F(LedgerEvents, FollowAProcessThatExecsTwice) {
  ledger.program_changed(record(7, "sh", 1, 2), program("make", 1), by_comm);
  ledger.program_changed(record(7, "ld", 3, 3), program("sh", 2), by_comm);
  ledger.ended(exit_of(record(7, "ld", 7, 3)), by_comm);
  sweep({});
  EXPECT_EQ(group("make").totals.user_seconds, 1);
  EXPECT_EQ(group("sh").totals.user_seconds, 2);
  EXPECT_EQ(group("ld").totals.user_seconds, 4);
}

TEST_F(LedgerEvents, WaitOneSweepForTheExecEventThatTheSweepOvertook) {
  sweep({record(7, "bash", 1, 1)});
  sweep({record(7, "cc1plus", 2, 2)});
  EXPECT_EQ(group("bash").totals.user_seconds, 1);
  EXPECT_EQ(group("bash").living.processes, 1U);
  ledger.program_changed(record(7, "cc1plus", 1.5, 2), program("bash", 1), by_comm);
  sweep({record(7, "cc1plus", 2, 2)});
  EXPECT_EQ(group("bash").totals.user_seconds, 1.5);
  EXPECT_EQ(group("cc1plus").totals.user_seconds, 0.5);
}

TEST_F(LedgerEvents, DoWithoutAnExecEventThatWasLost) {
  sweep({record(7, "bash", 1, 1)});
  sweep({record(7, "cc1plus", 2, 2)});
  sweep({record(7, "cc1plus", 3, 2)});
  EXPECT_EQ(group("cc1plus").living.processes, 1U);
  EXPECT_EQ(group("bash").totals.user_seconds + group("cc1plus").totals.user_seconds, 3);
}

TEST_F(LedgerEvents, KeepAZombieWhoseEndIsToldButNobodyWaitedFor) {
  auto exit = exit_of(record(7, "make", 1.25));
  exit.lingers = true;
  ledger.ended(exit, by_comm);
  auto zombie = record(7, "make", 1.26);
  zombie.state = 'Z';
  sweep({zombie});
  EXPECT_EQ(group("make").living.processes, 1U);
  EXPECT_EQ(group("make").exited, 0U);
  sweep({zombie});
  sweep({});
  EXPECT_EQ(group("make").started, 1U);
  EXPECT_EQ(group("make").exited, 1U);
  EXPECT_EQ(group("make").totals.user_seconds, 1.26);
  EXPECT_EQ(ledger.processes_ended(), 1U);
  sweep({});
  EXPECT_EQ(ledger.unseen_ends(), 0U);
}

TEST_F(LedgerEvents, CountTheSumOfThoseForWhomThereWasNoRoom) {
  ExitSummary summary;
  summary.count = 1000;
  summary.sum = record(0, "storm", 2);
  ledger.ended_unseen(summary, by_comm);
  sweep({});
  EXPECT_EQ(group("storm").started, 1000U);
  EXPECT_EQ(group("storm").exited, 1000U);
  EXPECT_EQ(group("storm").totals.user_seconds, 2);
  EXPECT_EQ(ledger.processes_ended(), 1000U);
}

TEST_F(LedgerEvents, AskOnceForAStormOfOneProgram) {
  int asked = 0;
  const auto classify = [&](const ProcessRecord& process) {
    ++asked;
    return by_comm(process);
  };
  for (int pid = 1; pid < 1000; ++pid) ledger.ended(exit_of(record(pid, "storm", 0.001)), classify);
  EXPECT_EQ(asked, 1);
  EXPECT_EQ(group("storm").exited, 999U);
}

TEST_F(LedgerEvents, TakeTheSplitOfUserAndSystemTimeAsTheKernelDoes) {
  auto process = record(7, "make", 1);
  sweep({process});
  process.user_seconds = 0.5;  // the estimate shifts, the sum is 1.1
  process.system_seconds = 0.6;
  sweep({process});
  EXPECT_DOUBLE_EQ(group("make").totals.user_seconds, 1);
  EXPECT_NEAR(group("make").totals.system_seconds, 0.1, 1e-12);
}

TEST_F(LedgerEvents, SumTheCpuOfEachCgroup) {
  auto process = record(7, "make", 1);
  process.cgroup = 42;
  sweep({process});
  process.user_seconds = 1.5;
  ledger.ended(exit_of(process), by_comm);
  sweep({});
  ASSERT_EQ(ledger.cgroup_cpu().size(), 1U);
  EXPECT_EQ(ledger.cgroup_cpu().front(), (GroupLedger::CgroupCpu{42, 0.5}));
}

TEST(LedgerEventsAtTheStart, SayNothingBeforeTheFirstSweep) {
  GroupLedger ledger(100, GroupLedger::Absence::awaits_event);
  EXPECT_EQ(ledger.ended(exit_of(record(7, "old", 100)), by_comm), GroupLedger::kNoSlot);
  ledger.begin_round(at(0));
  ledger.update(std::vector{record(8, "make", 50)}, by_comm);
  EXPECT_EQ(ledger.processes_ended(), 0U);
  EXPECT_EQ(ledger.attributed_cpu_seconds(), 0);
  ledger.ended(exit_of(record(8, "make", 50.5)), by_comm);
  EXPECT_EQ(ledger.attributed_cpu_seconds(), 0.5);
}

TEST(LedgerEventsAtTheStart, LeaveOutTheLifeOfAnOldProcessThatTheFirstSweepCouldNotRead) {
  GroupLedger ledger(100, GroupLedger::Absence::awaits_event);
  auto young = record(9, "make", 0);
  young.key.start_ticks = 5000;
  ledger.begin_round(at(0));
  ledger.update(std::vector{young}, by_comm);
  EXPECT_EQ(ledger.ended(exit_of(record(7, "old", 100)), by_comm), GroupLedger::kNoSlot);
  ledger.program_changed(record(8, "new", 50, 2), program("old", 1), by_comm);
  ledger.ended(exit_of(record(8, "new", 50.5, 2)), by_comm);
  EXPECT_EQ(ledger.attributed_cpu_seconds(), 0.5);
}

TEST(LedgerEventsAtTheStart, NeverAskProcForWhatAProcessRanBeforeExec) {
  GroupLedger ledger(100, GroupLedger::Absence::awaits_event);
  ledger.begin_round(at(0));
  ledger.update({}, by_comm);
  std::vector<char> states;
  ledger.program_changed(record(8, "cc1plus", 0, 2), program("make", 1),
                         [&](const ProcessRecord& process) {
                           states.push_back(process.state);
                           return by_comm(process);
                         });
  EXPECT_EQ(states, (std::vector{'X', 'S'})) << "as the dead, then as it is";
}

// A host in memory: whatever happens between sweeps and however late it is told, the totals are
// what the processes spent, and the members are those that live.
class RandomHost {
 public:
  explicit RandomHost(unsigned seed) : random_(seed) {}

  void run() {
    ledger_.begin_round(at(-1));
    sweep();
    for (int round = 0; round < 60; ++round) {
      ledger_.begin_round(at(round));
      for (int i = 0; i < 40; ++i) step();
      sweep();
    }
    tell_all();
    ledger_.begin_round(at(1000));
    sweep();
    check();
  }

 private:
  static constexpr const char* kNames[] = {"sh", "make", "cc1plus", "ld"};
  std::size_t up_to(std::size_t limit) { return random_() % limit; }

  void step() {
    switch (up_to(5)) {
      case 0:
      case 1: {  // fork, a program of somebody
        const int pid = ++last_pid_;
        living_[pid] = record(pid, "sh", 0, 1);
        break;
      }
      case 2:
        if (auto* process = any()) exec(*process);
        break;
      case 3:
        if (auto* process = any()) process->user_seconds += 0.125;
        break;
      case 4:
        if (auto* process = any()) end(*process);
        break;
    }
  }

  ProcessRecord* any() {
    if (living_.empty()) return nullptr;
    return &std::next(living_.begin(), static_cast<std::ptrdiff_t>(up_to(living_.size())))->second;
  }
  void exec(ProcessRecord& process) {
    const Program before{process.image, process.comm};
    process.image = ++last_image_;
    process.comm = comm_of(kNames[up_to(4)]);
    ledger_.program_changed(process, before, by_comm);
  }
  void end(const ProcessRecord& process) {
    spent_by_the_ended_ += process.user_seconds;
    ++ended_;
    if (up_to(2) == 0) {
      ledger_.ended(exit_of(process), by_comm);
    } else {
      late_.push_back(exit_of(process));
    }
    living_.erase(process.key.pid);
  }
  void tell_all() {
    for (const auto& exit : late_) ledger_.ended(exit, by_comm);
    late_.clear();
  }
  void sweep() {
    std::vector<ProcessRecord> records;
    for (const auto& [pid, process] : living_) records.push_back(process);
    ledger_.update(records, by_comm);
    for (const auto& group : ledger_.groups()) {
      EXPECT_EQ(group.living.processes, group.members()) << group.name;
    }
    if (up_to(2) == 0) tell_all();
  }
  void check() {
    double spent = spent_by_the_ended_;
    for (const auto& [pid, process] : living_) spent += process.user_seconds;
    double groups = 0;
    for (const auto& group : ledger_.groups()) groups += group.totals.user_seconds;
    EXPECT_DOUBLE_EQ(groups, spent);
    EXPECT_DOUBLE_EQ(ledger_.attributed_cpu_seconds(), spent);
    EXPECT_EQ(ledger_.processes_ended(), ended_);
    EXPECT_EQ(ledger_.unseen_ends(), 0U);
  }

  std::minstd_rand random_;
  GroupLedger ledger_{100, GroupLedger::Absence::awaits_event};
  std::map<int, ProcessRecord> living_;
  std::vector<ProcessExit> late_;
  int last_pid_ = 0;
  std::uint64_t last_image_ = 1;
  double spent_by_the_ended_ = 0;
  std::uint64_t ended_ = 0;
};

TEST(LedgerEventsOfARandomHost, AddUpToWhatItSpent) {
  for (unsigned seed = 1; seed <= 20; ++seed) {
    SCOPED_TRACE(seed);
    RandomHost host(seed);
    host.run();
  }
}

}  // namespace
}  // namespace perfwatch
