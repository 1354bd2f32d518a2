// SPDX-License-Identifier: Apache-2.0
#include "core/analyse/bottleneck.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <functional>
#include <limits>
#include <random>
#include <string>
#include <vector>

namespace perfwatch {
namespace {

using std::chrono::seconds;
using std::chrono::system_clock;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

constexpr double kMiB = 1024.0 * 1024.0;
constexpr double kGiB = 1024.0 * kMiB;
const system_clock::time_point kNow{seconds(1'700'000'000)};

Load::Group group(std::string_view name, double cores, double running, double blocked = 0) {
  Load::Group out;
  out.name = name;
  out.cores = cores;
  out.processes = running + blocked + 1;
  out.running = running;
  out.blocked = blocked;
  out.resident = kGiB;
  out.descriptors = 0.02;
  out.io = 0;
  return out;
}

// A build as wide as the host: eight cores, nine tenths of them busy, short waits.
Load busy_host() {
  Load load;
  load.samples = 30;
  load.seconds = 60;
  load.cores = 8;
  load.cpu_busy = 0.92;
  load.cpu_iowait = 0.01;
  load.cpu_steal = 0;
  load.running = 8.5;
  load.blocked = 0.1;
  load.cpu_some = 0.22;
  load.memory_some = load.memory_full = 0;
  load.io_some = 0.06;
  load.io_full = 0.01;
  load.memory_available = 0.45;
  load.swap_used = 0.1;
  load.swap_read = load.swap_written = 0;
  load.major_faults = 3;
  load.busiest_disk = {"nvme0n1", 0.12, 20 * kMiB};
  load.groups = {group("cc1plus", 6.8, 7), group("make", 0.2, 0.2)};
  return load;
}

Bottlenecks found(const Load& load, const Bottlenecks* before = nullptr) {
  return find_bottlenecks(load, before, kNow);
}

// "cpu", "io of ld", ... in order.
std::vector<std::string> names(const Bottlenecks& bottlenecks) {
  std::vector<std::string> out;
  for (const auto& one : bottlenecks.list) {
    std::string name(to_string(one.resource));
    if (!one.group.empty()) name += " of " + one.group;
    out.push_back(std::move(name));
  }
  return out;
}

struct Scenario {
  std::string name;
  std::function<void(Load&)> change;
  std::vector<std::string> expected;
  std::string says;        // in the evidence of the first
  std::string recommends;  // in its recommendation
};

void without_pressure(Load& load) {
  load.cpu_some = load.memory_some = load.memory_full = load.io_some = load.io_full = std::nullopt;
}

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

TEST(FindBottlenecks, SaysInsufficientDataBelowTenSamples) {
  Load load = busy_host();
  load.samples = 9;
  const Bottlenecks nine = found(load);
  EXPECT_EQ(nine.state, Bottlenecks::State::insufficient_data);
  EXPECT_EQ(nine.summary, "9 of 10 samples");
  for (const auto& bound : nine.bound) EXPECT_EQ(bound, std::nullopt);
  load.samples = 10;
  EXPECT_EQ(found(load).state, Bottlenecks::State::none);
}

TEST(FindBottlenecks, TellsAHostInGoodUseFromOneThatIsIdle) {
  EXPECT_EQ(found(busy_host()).summary,
            "the CPUs are 92% busy and little waits for them: a host in good use");
  Load idle = busy_host();
  idle.cpu_busy = 0.02;
  EXPECT_EQ(found(idle).summary, "no work waits long for CPU, memory or storage");
  without_pressure(idle);
  EXPECT_THAT(found(idle).summary, HasSubstr("psi=1"));
}

TEST(FindBottlenecks, LeavesAbsentWhatCannotBeMeasured) {
  const auto of = [](const Bottlenecks& all, Resource resource) {
    return all.bound[static_cast<std::size_t>(resource)];
  };
  Load load = busy_host();
  const Bottlenecks known = found(load);
  EXPECT_EQ(of(known, Resource::cpu), false);
  EXPECT_EQ(of(known, Resource::swap), false);
  EXPECT_EQ(of(known, Resource::thermal), std::nullopt) << "nobody reads temperatures";
  load.swap_used.reset();
  load.busiest_disk.reset();
  load.io_some.reset();
  EXPECT_EQ(of(found(load), Resource::swap), std::nullopt) << "no swap";
  EXPECT_EQ(of(found(load), Resource::io), std::nullopt);
  load.cpu_busy = load.cpu_some = 1;
  EXPECT_EQ(of(found(load), Resource::cpu), true);
}

TEST(FindBottlenecks, KeepsSinceWhileItLastsAndLeavesWellBelowTheLevel) {
  Load load = busy_host();
  load.cpu_busy = 1;
  load.cpu_some = 0.52;
  const Bottlenecks first = find_bottlenecks(load, nullptr, kNow);
  ASSERT_THAT(names(first), ElementsAre("cpu"));
  load.cpu_some = 0.45;
  EXPECT_THAT(names(found(load)), IsEmpty()) << "by itself it is below the level";
  const Bottlenecks second = find_bottlenecks(load, &first, kNow + seconds(2));
  ASSERT_THAT(names(second), ElementsAre("cpu"));
  EXPECT_EQ(second.list[0].since, kNow);
  load.cpu_some = 0.35;
  const Bottlenecks third = find_bottlenecks(load, &second, kNow + seconds(4));
  EXPECT_THAT(names(third), IsEmpty());
  load.cpu_some = 0.6;
  EXPECT_EQ(find_bottlenecks(load, &third, kNow + seconds(6)).list.at(0).since, kNow + seconds(6));
}

TEST(FindBottlenecks, PutsTheWorstFirstAndTheHostBeforeItsGroups) {
  Load load = busy_host();
  load.cpu_busy = 1;
  load.cpu_some = 0.9;
  load.memory_available = 0.02;
  load.memory_some = 0.9;
  load.memory_full = 0.6;
  load.groups[0].memory_limit = kGiB;
  load.groups[1].descriptors = 0.99;
  EXPECT_THAT(names(found(load)),
              ElementsAre("memory", "descriptors of make", "memory of cc1plus", "cpu"));
  EXPECT_EQ(found(load).list[0].severity, Severity::critical);
  EXPECT_EQ(found(load).list[3].severity, Severity::info) << "a busy host is a good host";
}

TEST(FindBottlenecks, TellsOnlyTheWorstOfManyGroups) {
  Load load = busy_host();
  std::vector<std::string> many;
  many.reserve(100);
  for (int i = 0; i < 100; ++i) many.push_back("g" + std::to_string(i));
  for (int i = 0; i < 100; ++i) {
    load.groups.push_back(group(many[static_cast<std::size_t>(i)], 0, 0));
    load.groups.back().descriptors = 0.9 + 0.0005 * i;
  }
  EXPECT_THAT(names(found(load)),
              ElementsAre("descriptors of g99", "descriptors of g98", "descriptors of g97",
                          "descriptors of g96", "descriptors of g95"));
}

TEST(FindBottlenecks, KeepsTheNamesOfGroupsInTheirPlace) {
  Load load = busy_host();
  const std::string hostile = "a b'; rm -rf / #" + std::string(3000, 'x');
  load.groups.push_back(group("it's", 0, 0));
  load.groups.back().descriptors = 0.95;
  load.groups.push_back(group(hostile, 0, 0));
  load.groups.back().descriptors = 0.94;
  const auto got = found(load);
  ASSERT_EQ(got.list.size(), 2U);
  EXPECT_EQ(got.list[0].command, "perfwatch top --group 'it'\\''s' --sort cpu");
  EXPECT_EQ(got.list[1].command, "perfwatch top --sort cpu");
  EXPECT_LT(got.list[1].evidence.size(), 250U);
}

// Whatever is measured, or is not: no crash, no "nan" in a text, and both must speak.
TEST(FindBottlenecks, StandsAnyNumbers) {
  std::mt19937 random(3);
  const auto value = [&]() -> Load::Value {
    switch (random() % 6) {
      case 0:
        return std::nullopt;
      case 1:
        return 0;
      case 2:
        return 1;
      default:
        return static_cast<double>(random() % 1000) / 1000;
    }
  };
  for (int round = 0; round < 20'000; ++round) {
    Load load;
    load.samples = 10 + random() % 50;
    for (auto* field : {&load.cores, &load.cpu_busy, &load.cpu_iowait, &load.cpu_steal,
                        &load.running, &load.blocked, &load.cpu_some, &load.memory_some,
                        &load.memory_full, &load.io_some, &load.io_full, &load.memory_available,
                        &load.swap_used, &load.swap_read, &load.swap_written, &load.major_faults,
                        &load.temperature, &load.hottest_limit, &load.throttled}) {
      *field = value();
    }
    if (load.swap_read) *load.swap_read *= 1e8;
    if (load.major_faults) *load.major_faults *= 1e3;
    if (load.running) *load.running *= 50;
    if (random() % 2 == 0) load.busiest_disk = {"sda", value().value_or(0.5), value()};
    for (std::size_t i = random() % 4; i > 0; --i) {
      load.groups.push_back({i == 1 ? "a" : "b", value(), value(), value(), value(), value(),
                             value(), value(), value()});
    }
    const Bottlenecks got = found(load);
    EXPECT_EQ(got.state == Bottlenecks::State::bound, !got.list.empty());
    for (const auto& one : got.list) {
      EXPECT_THAT(one.evidence + one.recommendation, Not(HasSubstr("nan")));
      if (one.resource == Resource::cpu && load.cpu_some) {
        EXPECT_GE(*load.cpu_some, 0.5);
      }
      if (one.resource == Resource::memory && one.group.empty() && load.memory_some) {
        EXPECT_TRUE(*load.memory_some >= 0.1 || load.memory_full.value_or(0) >= 0.05);
      }
      EXPECT_TRUE(got.bound[static_cast<std::size_t>(one.resource)].value_or(true));
    }
  }
}

TEST(BottleneckLines, ArePutOnAnAlertWithinTheirLimit) {
  EXPECT_EQ(bottleneck_lines(found(busy_host()), 400), "");
  Load load = busy_host();
  load.cpu_busy = load.cpu_some = 1;
  load.memory_available = 0.02;
  load.memory_some = 0.9;
  const std::string lines = bottleneck_lines(found(load), 400);
  EXPECT_THAT(lines, testing::StartsWith("memory: 98% of memory is in use"));
  EXPECT_THAT(lines, HasSubstr("\ncpu: the 8 cores are 100% busy"));
  EXPECT_LE(bottleneck_lines(found(load), 40).size(), 40U);
}

}  // namespace
}  // namespace perfwatch
