// SPDX-License-Identifier: Apache-2.0
#include "core/analyse/bottleneck.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <random>
#include <string>
#include <vector>

#include "tests/core/analyse/bottleneck_fixture.h"

namespace perfwatch {
namespace {

using std::chrono::seconds;
using std::chrono::system_clock;
using test::busy_host;
using test::found;
using test::group;
using test::kGiB;
using test::kNow;
using test::names;
using test::without_pressure;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

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
