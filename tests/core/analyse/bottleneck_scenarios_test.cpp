// SPDX-License-Identifier: Apache-2.0
// Hosts that are bound by something, and hosts that only look so.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <string>
#include <vector>

#include "tests/core/analyse/bottleneck_fixture.h"

namespace perfwatch {
namespace {

using test::busy_host;
using test::found;
using test::group;
using test::kGiB;
using test::kMiB;
using test::kNow;
using test::names;
using test::without_pressure;
using testing::HasSubstr;

struct Scenario {
  std::string name;
  std::function<void(Load&)> change;
  std::vector<std::string> expected;
  std::string says;        // in the evidence of the first
  std::string recommends;  // in its recommendation
};

const std::vector<Scenario> kScenarios = {
    {"a build as wide as the host", [](Load&) {}, {}, "", ""},
    {"idle",
     [](Load& load) {
       load.cpu_busy = 0.01;
       load.running = 1;
       load.cpu_some = load.io_some = load.io_full = 0;
       load.groups = {};
     },
     {},
     "",
     ""},
    {"full CPUs that nothing waits for",
     [](Load& load) {
       load.cpu_busy = 1;
       load.running = 8;
       load.cpu_some = 0.1;
     },
     {},
     "",
     ""},
    {"-j too high",
     [](Load& load) {
       load.cpu_busy = 1;
       load.running = 32;
       load.cpu_some = 0.97;
     },
     {"cpu"},
     "the 8 cores are 100% busy, and 97% of the time something waits for one; 32.0 tasks want to "
     "run; group cc1plus takes 6.8 cores",
     "32 tasks want 8 cores, so each waits 75% of its time; -j8"},
    {"waiting for CPUs that are free: a quota",
     [](Load& load) {
       load.cpu_busy = 0.15;
       load.running = 3;
       load.cpu_some = 0.7;
     },
     {"cpu"},
     "though the 8 cores are only 15% busy",
     "CPUQuota="},
    {"link storm",
     [](Load& load) {
       load.memory_available = 0.04;
       load.memory_some = 0.42;
       load.memory_full = 0.21;
       load.major_faults = 900;
       load.groups.push_back(group("ld.lld", 0.5, 1));
       load.groups.back().resident = 24 * kGiB;
     },
     {"memory"},
     "96% of memory is in use, and work waits for it 42% of the time (21% all of it); 900 page "
     "faults a second wait for a disk; group ld.lld holds 24.0GiB",
     "one link at a time"},
    {"swap thrash",
     [](Load& load) {
       load.memory_available = 0.03;
       load.memory_some = 0.8;
       load.memory_full = 0.6;
       load.swap_used = 0.93;
       load.swap_read = 90 * kMiB;
       load.io_some = 0.8;
       load.io_full = 0.6;
       load.busiest_disk = {"sda", 0.99, 180 * kMiB};
     },
     {"swap"},
     "90.0MiB/s are read back from swap",
     "More swap does not help"},
    {"swap that is written and not needed again",
     [](Load& load) {
       load.swap_used = 0.6;
       load.swap_written = 90 * kMiB;
     },
     {},
     "",
     ""},
    {"a cgroup at its memory.high",
     [](Load& load) {
       load.memory_available = 0.62;
       load.memory_some = 0.5;
       load.memory_full = 0.05;
     },
     {"memory"},
     "work waits for memory 50% of the time, though 62% of it is available",
     "MemoryHigh="},
    {"memory full of caches, and nothing waits",
     [](Load& load) { load.memory_available = 0.04; },
     {},
     "",
     ""},
    {"disk-bound",
     [](Load& load) {
       load.cpu_busy = 0.2;
       load.blocked = 6;
       load.io_some = 0.9;
       load.io_full = 0.7;
       load.busiest_disk = {"sda", 0.97, 80 * kMiB};
       load.groups.push_back(group("rsync", 0.2, 0.2, 5));
       load.groups.back().io = 75 * kMiB;
     },
     {"io"},
     "work waits for storage 90% of the time (70% all of it), and disk sda is busy 97% of it with "
     "80.0MiB/s; group rsync moves 75.0MiB/s",
     "smartctl -a /dev/sda"},
    {"a fast disk that is busy all the time and keeps up",
     [](Load& load) {
       load.busiest_disk = {"nvme0n1", 1.0, 2 * kGiB};
     },
     {},
     "",
     ""},
    {"a network file system",
     [](Load& load) {
       load.cpu_busy = 0.1;
       load.blocked = 4;
       load.io_some = 0.8;
       load.io_full = 0.6;
       load.busiest_disk = {"nvme0n1", 0.02, kMiB};
     },
     {"io"},
     "though the busiest disk, nvme0n1, is busy only 2% of it",
     "nfsiostat"},
    {"a network file system on a host without disks",
     [](Load& load) {
       load.io_some = 0.8;
       load.busiest_disk.reset();
     },
     {"io"},
     "though no disk of this host is busy",
     "nfsiostat"},
    {"one group that waits for a mount of its own",
     [](Load& load) {
       load.io_some = 0.3;
       load.groups.push_back(group("tar", 0.1, 0.1, 3));
     },
     {"io of tar"},
     "3.0 of the 4 processes of group tar wait for storage",
     "/proc/PID/stack"},
    {"a noisy neighbour of a virtual machine",
     [](Load& load) {
       load.cpu_busy = 0.95;
       load.cpu_steal = 0.3;
       load.cpu_some = 0.9;
       load.running = 12;
     },
     {"neighbour"},
     "30% of the CPU time is taken by other guests",
     "hypervisor"},
    {"a group that another one keeps from the CPUs",
     [](Load& load) {
       load.cpu_busy = 1;
       load.running = 24;
       load.cpu_some = 0.95;
       load.groups = {group("batch", 6.5, 20), group("gcc", 1.2, 4), group("sshd", 0.01, 0.01)};
     },
     {"cpu", "neighbour of gcc"},
     "group batch takes 6.5",
     "-j8"},
    {"files nearly all open",
     [](Load& load) { load.groups[1].descriptors = 0.95; },
     {"descriptors of make"},
     "95%",
     "LimitNOFILE="},
    {"a group at its memory_limit while work waits for memory",
     [](Load& load) {
       load.memory_some = 0.07;
       load.groups[0].resident = 8 * kGiB;
       load.groups[0].memory_limit = 8 * kGiB;
     },
     {"memory of cc1plus"},
     "group cc1plus holds 8.0GiB, 100% of its memory_limit",
     "memory_limit in groups.rules"},
    {"a group at its memory_limit that nothing waits for",
     [](Load& load) { load.groups[0].memory_limit = load.groups[0].resident; },
     {},
     "",
     ""},
    {"slowed down by heat",
     [](Load& load) {
       load.temperature = 99;
       load.hottest_limit = 100;
       load.throttled = 0.2;
     },
     {"thermal"},
     "slowed down for heat 20% of the time; 99 degrees of 100",
     "fans"},
    {"hot, and nobody tells whether it is slowed down",
     [](Load& load) {
       load.temperature = 99;
       load.hottest_limit = 100;
     },
     {"thermal"},
     "close to their limit; 99 degrees of 100",
     "fans"},
    {"hot, but not slowed down",
     [](Load& load) {
       load.temperature = 99;
       load.hottest_limit = 100;
       load.throttled = 0;
     },
     {},
     "",
     ""},
    {"no pressure information, a queue for the CPUs",
     [](Load& load) {
       without_pressure(load);
       load.cpu_busy = 1;
       load.running = 32;
     },
     {"cpu"},
     "32.0 tasks want to run",
     "-j8"},
    {"no pressure information, full CPUs without a queue", without_pressure, {}, "", ""},
    {"no pressure information, swap thrash",
     [](Load& load) {
       without_pressure(load);
       load.memory_available = 0.05;
       load.swap_read = 40 * kMiB;
     },
     {"swap"},
     "read back from swap",
     "fewer jobs"},
    {"no pressure information, disk-bound",
     [](Load& load) {
       without_pressure(load);
       load.blocked = 5;
       load.busiest_disk = {"sda", 0.98, std::nullopt};
     },
     {"io"},
     "5.0 tasks wait for storage, and disk sda is busy 98% of it",
     "smartctl"},
    {"nothing known at all",
     [](Load& load) {
       load = Load{};
       load.samples = 30;
     },
     {},
     "",
     ""},
    {"nine samples",
     [](Load& load) {
       load.samples = 9;
       load.cpu_busy = load.cpu_some = 1;
       load.memory_available = 0;
       load.memory_some = 1;
     },
     {},
     "",
     ""},
};

TEST(FindBottlenecks, SaysWhatBoundsEachScenario) {
  for (const auto& scenario : kScenarios) {
    Load load = busy_host();
    scenario.change(load);
    const Bottlenecks got = found(load);
    EXPECT_EQ(names(got), scenario.expected) << scenario.name;
    if (scenario.expected.empty() || got.list.empty()) continue;
    EXPECT_THAT(got.list[0].evidence, HasSubstr(scenario.says)) << scenario.name;
    EXPECT_THAT(got.list[0].recommendation, HasSubstr(scenario.recommends)) << scenario.name;
  }
}

TEST(FindBottlenecks, TellsEachWithWhatAPersonNeeds) {
  for (const auto& scenario : kScenarios) {
    Load load = busy_host();
    scenario.change(load);
    for (const auto& one : found(load).list) {
      EXPECT_THAT(one.command, testing::StartsWith("perfwatch ")) << scenario.name;
      EXPECT_FALSE(one.expected.empty()) << scenario.name;
      EXPECT_TRUE(one.utilisation || one.pressure) << scenario.name;
      EXPECT_EQ(one.since, kNow) << scenario.name;
      EXPECT_LT(one.recommendation.size(), 320U) << scenario.name;
    }
  }
}

}  // namespace
}  // namespace perfwatch
