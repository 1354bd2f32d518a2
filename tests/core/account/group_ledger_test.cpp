// SPDX-License-Identifier: Apache-2.0
#include "core/account/group_ledger.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>
#include <map>
#include <random>
#include <string>
#include <vector>

#include "tests/core/account/ledger_fixture.h"

namespace perfwatch {
namespace {

using test::at;
using test::by_comm;
using test::comm_of;
using test::find;
using test::record;

class Ledger : public testing::Test {
 protected:
  void sweep(double seconds, const std::vector<ProcessRecord>& records) {
    ledger.begin_round(at(seconds));
    ledger.update(records, by_comm);
  }
  const Group& group(std::string_view name) {
    const Group* found = find(ledger, name);
    if (found == nullptr) ADD_FAILURE() << "no group " << name;
    return found != nullptr ? *found : ledger.groups().front();
  }
  GroupLedger ledger{100};
};

TEST_F(Ledger, StartsFromZeroForThoseThatWereThereAtTheFirstSweep) {
  sweep(0, {record(1, 10, "make", 100)});
  EXPECT_EQ(group("make").totals.user_seconds, 0);
  EXPECT_EQ(group("make").started, 0U);
  EXPECT_EQ(group("make").living.processes, 1U);
  sweep(2, {record(1, 10, "make", 101.5)});
  EXPECT_EQ(group("make").totals.user_seconds, 1.5);
  EXPECT_EQ(group("make").living.cpu_seconds_spent, 1.5);
}

TEST_F(Ledger, CountsANewcomerFromItsOwnStart) {
  sweep(0, {});
  sweep(2, {record(7, 150, "cc1plus", 0.75)});
  EXPECT_EQ(group("cc1plus").totals.user_seconds, 0.75);
  EXPECT_EQ(group("cc1plus").started, 1U);
}

TEST_F(Ledger, KeepsWhatTheEndedSpent) {
  sweep(0, {});
  sweep(2, {record(7, 150, "cc1plus", 0.75), record(8, 151, "cc1plus", 1)});
  sweep(4, {record(8, 151, "cc1plus", 2)});
  sweep(6, {});
  EXPECT_EQ(group("cc1plus").totals.user_seconds, 2.75);
  EXPECT_EQ(group("cc1plus").exited, 2U);
  EXPECT_EQ(group("cc1plus").living.processes, 0U);
}

TEST_F(Ledger, TakesAReusedPidForAnotherProcess) {
  sweep(0, {record(7, 1, "a", 50)});
  sweep(2, {record(7, 99, "a", 1)});
  EXPECT_EQ(group("a").totals.user_seconds, 1);
  EXPECT_EQ(group("a").started, 1U);
  EXPECT_EQ(group("a").exited, 1U);
  EXPECT_EQ(group("a").living.processes, 1U);
}

TEST_F(Ledger, MovesAProcessThatBecomesAnotherProgram) {
  sweep(0, {});
  sweep(2, {record(7, 150, "bash", 1)});
  sweep(4, {record(7, 150, "cc1plus", 1.5)});
  EXPECT_EQ(group("bash").totals.user_seconds, 1);
  EXPECT_EQ(group("bash").exited, 1U);
  EXPECT_EQ(group("cc1plus").totals.user_seconds, 0.5);
  EXPECT_EQ(group("cc1plus").started, 1U);
}

TEST_F(Ledger, AsksAgainOnlyAfterExec) {
  int asked = 0;
  const auto classify = [&](const ProcessRecord& process) {
    ++asked;
    return by_comm(process);
  };
  auto child = record(7, 1, "bash");
  child.forked = true;
  for (int i = 0; i < 3; ++i) {
    ledger.begin_round(at(i));
    ledger.update({&child, 1}, classify);
  }
  EXPECT_EQ(asked, 1);
  child.forked = false;  // exec of the same name: another command line
  ledger.begin_round(at(4));
  ledger.update({&child, 1}, classify);
  EXPECT_EQ(asked, 2);
  EXPECT_EQ(group("bash").started, 0U);  // the same group
  child.comm = comm_of("make");
  ledger.begin_round(at(5));
  ledger.update({&child, 1}, classify);
  EXPECT_EQ(asked, 3);
}

TEST_F(Ledger, LetsKernelWorkersRenameThemselves) {
  int asked = 0;
  auto worker = record(7, 1, "kworker/0:1-a");
  worker.kernel_thread = true;
  const auto classify = [&](const ProcessRecord&) {
    ++asked;
    return GroupRules::Match{"kernel", std::nullopt};
  };
  ledger.begin_round(at(0));
  ledger.update({&worker, 1}, classify);
  worker.comm = comm_of("kworker/0:1-b");
  ledger.begin_round(at(1));
  ledger.update({&worker, 1}, classify);
  EXPECT_EQ(asked, 1);
  EXPECT_EQ(ledger.groups()[GroupLedger::kKernelSlot].living.processes, 1U);
}

TEST_F(Ledger, AddsNothingForACounterThatGoesBack) {
  sweep(0, {});
  sweep(1, {record(7, 1, "a", 5)});
  sweep(2, {record(7, 1, "a", 3)});
  EXPECT_EQ(group("a").totals.user_seconds, 5);
  sweep(3, {record(7, 1, "a", 4)});
  EXPECT_EQ(group("a").totals.user_seconds, 5);
  sweep(4, {record(7, 1, "a", 6)});
  EXPECT_EQ(group("a").totals.user_seconds, 6);
}

TEST_F(Ledger, TellsUnreadableFromZero) {
  auto unreadable = record(7, 1, "a");
  sweep(0, {unreadable});
  EXPECT_FALSE(group("a").totals.read_bytes);
  EXPECT_FALSE(group("a").living.open_descriptors);
  auto readable = record(8, 2, "a");
  readable.read_bytes = 100;
  readable.written_bytes = 0;
  readable.open_descriptors = 12;
  readable.descriptor_limit = 48;
  sweep(1, {unreadable, readable});
  EXPECT_EQ(group("a").totals.read_bytes, 100U);
  EXPECT_EQ(group("a").totals.written_bytes, 0U);
  EXPECT_EQ(group("a").living.open_descriptors, 12U);
  EXPECT_EQ(group("a").living.descriptor_limit_ratio, 0.25);
  EXPECT_FALSE(ledger.places()[0].io_bytes);
  EXPECT_EQ(ledger.places()[1].io_bytes, 100U);
  sweep(2, {unreadable});
  EXPECT_EQ(group("a").totals.read_bytes, 100U);  // once known it stays
}

TEST_F(Ledger, TakesTheFirstReadableValueOfAnOldProcessForItsBaseline) {
  auto process = record(7, 1, "a");
  sweep(0, {process});
  process.read_bytes = 1'000'000;
  sweep(1, {process});
  EXPECT_EQ(group("a").totals.read_bytes, 0U);
  process.read_bytes = 1'000'007;
  sweep(2, {process});
  EXPECT_EQ(group("a").totals.read_bytes, 7U);
}

TEST_F(Ledger, KeepsAProcessAliveThatIsThereButCannotBeRead) {
  sweep(0, {});
  sweep(2, {record(7, 1, "a", 100), record(8, 2, "a", 1)});
  const std::int32_t unread[] = {7};
  ledger.begin_round(at(4));
  ledger.update({}, by_comm, unread);
  EXPECT_EQ(group("a").living.processes, 1U);
  EXPECT_EQ(group("a").living.oldest_start_ticks, 1U);
  EXPECT_EQ(group("a").exited, 1U);  // 8, which ended
  sweep(6, {record(7, 1, "a", 103)});
  EXPECT_EQ(group("a").totals.user_seconds, 104) << "100 must not be billed twice";
  EXPECT_EQ(group("a").started, 2U);
  EXPECT_EQ(group("a").exited, 1U);
  EXPECT_EQ(group("a").members(), 1);
}

TEST_F(Ledger, BuriesAnUnreadProcessOnceItsPidBelongsToAnother) {
  sweep(0, {record(7, 1, "a")});
  const std::int32_t unread[] = {7};
  ledger.begin_round(at(2));
  ledger.update({}, by_comm, unread);
  sweep(4, {record(7, 99, "a", 1)});
  EXPECT_EQ(group("a").exited, 1U);
  EXPECT_EQ(group("a").started, 1U);
  EXPECT_EQ(group("a").totals.user_seconds, 1);
}

TEST_F(Ledger, DoesNotBillTheLifeBeforeItOfAProcessThatTheFirstSweepCouldNotRead) {
  const std::int32_t unread[] = {9, 7};
  ledger.begin_round(at(0));
  ledger.update({}, by_comm, unread);
  ledger.begin_round(at(2));
  ledger.update({}, by_comm, std::span(unread, 2).subspan(1));  // 9 ended
  sweep(4, {record(7, 1, "a", 500), record(9, 300, "a", 2)});
  EXPECT_EQ(group("a").totals.user_seconds, 2);
  EXPECT_EQ(group("a").started, 1U);
  EXPECT_EQ(group("a").base, 1);
  sweep(6, {});
  sweep(8, {record(7, 900, "a", 3)});
  EXPECT_EQ(group("a").totals.user_seconds, 5) << "another process with that pid";
}

TEST_F(Ledger, CountsAProcessOnceThatIsListedTwice) {
  sweep(0, {record(7, 1, "a"), record(7, 1, "a")});
  EXPECT_EQ(group("a").living.processes, 1U);
  EXPECT_EQ(ledger.places()[1].slot, GroupLedger::kNoSlot);
}

TEST_F(Ledger, MeasuresTheLiving) {
  auto small = record(1, 50, "a");
  small.resident_bytes = 10;
  small.state = 'D';
  auto large = record(2, 40, "a");
  large.resident_bytes = 30;
  large.threads = 4;
  large.state = 'R';
  sweep(0, {small, large});
  const auto& living = group("a").living;
  EXPECT_EQ(living.resident_bytes, 40U);
  EXPECT_EQ(living.largest_resident_bytes, 30U);
  EXPECT_EQ(living.threads, 5U);
  EXPECT_EQ(living.oldest_start_ticks, 40U);
  EXPECT_EQ(living.states[static_cast<std::size_t>(ProcessState::blocked)], 1U);
  EXPECT_EQ(living.states[static_cast<std::size_t>(ProcessState::running)], 1U);
}

// A random host: births, deaths, exec, reused pids, unreadable I/O, reloads.
class RandomHost {
 public:
  explicit RandomHost(unsigned seed) : random_(seed) {}

  const std::vector<ProcessRecord>& step() {
    std::erase_if(processes_, [&](const auto&) { return below(8) == 0; });
    for (auto& process : processes_) live(process);
    for (unsigned i = below(12); i > 0; --i) give_birth();
    std::shuffle(processes_.begin(), processes_.end(), random_);
    return processes_;
  }
  // All that was ever spent after (and, for newcomers, before) their first sweep.
  double user_seconds = 0;
  std::uint64_t read_bytes = 0;
  bool first = true;
  unsigned below(unsigned limit) { return static_cast<unsigned>(random_() % limit); }

 private:
  void live(ProcessRecord& process) {
    const double more = below(64) / 16.0;  // exact in binary
    process.user_seconds += more;
    user_seconds += more;
    if (process.read_bytes) {
      const unsigned bytes = below(5000);
      *process.read_bytes += bytes;
      read_bytes += bytes;
    }
    if (below(20) == 0) process.comm = name();
  }
  void give_birth() {
    ProcessRecord process = record(static_cast<std::int32_t>(1 + below(40)), ++ticks_, "");
    for (const auto& other : processes_) {
      if (other.key.pid == process.key.pid) return;
    }
    process.comm = name();
    process.user_seconds = below(160) / 16.0;
    if (!first) user_seconds += process.user_seconds;
    if (below(3) != 0) {
      process.read_bytes = below(9000);
      process.written_bytes = 0;
      if (!first) read_bytes += *process.read_bytes;
    }
    processes_.push_back(process);
  }
  Comm name() { return comm_of("p" + std::to_string(below(30))); }

  std::mt19937 random_;
  std::uint64_t ticks_ = 0;
  std::vector<ProcessRecord> processes_;
};

double sum_user(const GroupLedger& ledger) {
  double sum = 0;
  for (const auto& group : ledger.groups()) sum += group.totals.user_seconds;
  return sum;
}

std::uint64_t sum_read(const GroupLedger& ledger) {
  std::uint64_t sum = 0;
  for (const auto& group : ledger.groups()) sum += group.totals.read_bytes.value_or(0);
  return sum;
}

// What groups spent whose series ended.
struct Gone {
  double user_seconds = 0;
  std::uint64_t read_bytes = 0;
};

// A counter of a group never goes back, but for a name that lost its place to another.
void expect_growth(const GroupLedger& ledger, std::map<std::string, Group>& before, Gone& gone) {
  std::map<std::string, Group> now;
  for (const auto& group : ledger.groups()) {
    EXPECT_TRUE(now.emplace(group.name, group).second) << group.name;
    EXPECT_EQ(group.living.processes, group.members()) << group.name;
    const auto old = before.find(group.name);
    if (old == before.end()) continue;
    EXPECT_GE(group.totals.user_seconds, old->second.totals.user_seconds) << group.name;
    EXPECT_GE(group.totals.read_bytes.value_or(0), old->second.totals.read_bytes.value_or(0));
    EXPECT_GE(group.started, old->second.started) << group.name;
    EXPECT_GE(group.exited, old->second.exited) << group.name;
  }
  for (const auto& [name, group] : before) {
    if (now.contains(name)) continue;
    gone.user_seconds += group.totals.user_seconds;
    gone.read_bytes += group.totals.read_bytes.value_or(0);
  }
  before = std::move(now);
}

TEST(GroupLedger, ConservesEverythingOnARandomHost) {
  for (unsigned seed = 1; seed <= 20; ++seed) {
    SCOPED_TRACE(seed);
    RandomHost host(seed);
    std::size_t limit = 12;
    GroupLedger ledger(limit);
    std::map<std::string, Group> before;
    Gone gone;
    double seconds = 0;
    for (int i = 0; i < 300; ++i) {
      const auto& records = host.step();
      if (host.below(50) == 0) {
        limit = 8 + host.below(8);
        ledger.reclassify(limit);
      }
      seconds += host.below(10) == 0 ? 4000 : 2;  // now and then long enough to rest
      ledger.begin_round(at(seconds));
      ledger.update(records, by_comm);
      host.first = false;
      expect_growth(ledger, before, gone);
      ASSERT_EQ(sum_user(ledger) + gone.user_seconds, host.user_seconds) << i;
      ASSERT_EQ(sum_read(ledger) + gone.read_bytes, host.read_bytes) << i;
      ASSERT_LE(ledger.groups().size(), limit + 2);
      std::size_t living = 0;
      for (const auto& group : ledger.groups()) living += group.living.processes;
      ASSERT_EQ(living, records.size());
    }
    EXPECT_GT(ledger.limited(), 0U);
  }
}

}  // namespace
}  // namespace perfwatch
