// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <iterator>
#include <set>
#include <string>
#include <vector>

#include "core/analyse/alert_book.h"
#include "core/analyse/rule_set.h"
#include "tests/core/analyse/frames.h"
#include "tests/support/source_path.h"

namespace perfwatch {
namespace {

using std::chrono::seconds;
using test::Frames;
using test::Row;

constexpr double kMiB = 1024.0 * 1024.0;
constexpr double kGiB = 1024.0 * kMiB;

constexpr Metric kAvailable{"perfwatch_memory_available_bytes", MetricType::gauge, "Available."};
constexpr Metric kTotal{"perfwatch_memory_total_bytes", MetricType::gauge, "Total."};
constexpr Metric kPressure{
    "perfwatch_pressure_stall_ratio", MetricType::gauge, "Stall.", {"resource", "kind", "window"}};
constexpr Metric kSwapRead{"perfwatch_swap_read_bytes_total", MetricType::counter, "Read."};
constexpr Metric kHostOom{"perfwatch_oom_kills_total", MetricType::counter, "Kills."};
constexpr Metric kOom{
    "perfwatch_group_oom_kills_total", MetricType::counter, "Kills.", {"group", "scope"}};
constexpr Metric kGroupMemory{
    "perfwatch_group_memory_resident_bytes", MetricType::gauge, "Resident.", {"group"}};
constexpr Metric kGroupLimit{
    "perfwatch_group_memory_limit_bytes", MetricType::gauge, "Limit.", {"group"}};
constexpr Metric kFsSize{"perfwatch_filesystem_size_bytes",
                         MetricType::gauge,
                         "Size.",
                         {"mountpoint", "device", "fstype"}};
constexpr Metric kFsAvailable{"perfwatch_filesystem_available_bytes",
                              MetricType::gauge,
                              "Available.",
                              {"mountpoint", "device", "fstype"}};
constexpr Metric kStuck{"perfwatch_collector_stuck", MetricType::gauge, "Stuck.", {"collector"}};
constexpr Metric kRegressed{
    "perfwatch_run_regressed", MetricType::gauge, "Worse.", {"component", "operation", "metric"}};

// A busy but healthy build host.
struct Host {
  double available = 3 * kGiB;  // of 32: compilers and page cache have the rest
  double pressure = 0.12;
  double swap_read = 0;
  double oom_kills = 0;
  double group = 900 * kMiB;
  double filesystem = 12 * kGiB;  // of 100
  double stuck = 0;
  double regressed = 0;

  [[nodiscard]] std::vector<Row> rows() const {
    return {{kAvailable, available},
            {kTotal, 32 * kGiB},
            {kPressure, 0.9, {"cpu", "some", "60s"}},
            {kPressure, 0.9, {"memory", "some", "60s"}},
            {kPressure, 0.9, {"io", "full", "60s"}},
            {kPressure, 0.9, {"memory", "full", "10s"}},
            {kPressure, pressure, {"memory", "full", "60s"}},
            {kSwapRead, swap_read},
            {kHostOom, oom_kills},  // of every kill too: one alert is enough
            {kOom, oom_kills, {"cc1plus", "cgroup"}},
            {kGroupMemory, group, {"cc1plus"}},
            {kGroupMemory, 20 * kGiB, {"no limit"}},
            {kGroupLimit, kGiB, {"cc1plus"}},
            {kFsSize, 100 * kGiB, {"/", "sda1", "ext4"}},
            {kFsSize, kGiB, {"/snap/core", "loop0", "squashfs"}},
            {kFsAvailable, filesystem, {"/", "sda1", "ext4"}},
            {kFsAvailable, 0, {"/snap/core", "loop0", "squashfs"}},
            {kStuck, stuck, {"filesystem"}},
            {kRegressed, regressed, {"kernel", "make", "cpu_seconds"}}};
  }
};

// Runs the shipped rules for `duration` with a frame every 2 s; returns "RULE summary" of what
// fired, and when in seconds.
template <class Change>
std::vector<std::pair<int, std::string>> fired(seconds duration, Change change) {
  auto rules = RuleSet::make(default_rules());
  EXPECT_TRUE(rules);
  AlertBook book({});
  Frames frames;
  std::vector<std::pair<int, std::string>> out;
  for (seconds t{0}; t <= duration; t += seconds(2)) {
    Host host;
    change(host, static_cast<int>(t.count()));
    const Frame frame = frames.make(t, {host.rows()});
    for (const Alert* alert : book.update(*rules, rules->judge(frame), frame)) {
      if (alert->state != AlertState::firing) continue;
      std::string summary;
      for (const auto& [name, value] : alert->annotations) {
        if (name == "summary") summary = value;
      }
      out.emplace_back(static_cast<int>(t.count()), alert->rule + ": " + summary);
    }
  }
  return out;
}

using Fired = std::vector<std::pair<int, std::string>>;

TEST(DefaultRules, AreValidAndHaveTheNamesThatAreDocumented) {
  ASSERT_TRUE(RuleSet::make(default_rules()));
  std::vector<std::string> names;
  for (const auto& rule : default_rules()) {
    names.push_back(rule.name);
    EXPECT_FALSE(rule.summary.empty()) << rule.name;
    EXPECT_FALSE(rule.description.empty()) << rule.name;
    EXPECT_FALSE(rule.recommendation.empty()) << rule.name;
    EXPECT_LT(rule.recommendation.size(), kRecommendationLimit) << rule.name << ": is cut";
  }
  EXPECT_THAT(names, testing::ElementsAre(
                         "PerfwatchMemoryNearlyExhausted", "PerfwatchMemoryPressureHigh",
                         "PerfwatchSwapStorm", "PerfwatchOomKill", "PerfwatchGroupOverMemoryLimit",
                         "PerfwatchFilesystemNearlyFull", "PerfwatchRunRegressed",
                         "PerfwatchCollectorStuck", "PerfwatchProcessLeak", "PerfwatchGroupLeak",
                         "PerfwatchDescriptorLeak", "PerfwatchThreadLeak", "PerfwatchSocketLeak",
                         "PerfwatchTemporaryFilesPileUp", "PerfwatchFilesystemFillsUp",
                         "PerfwatchUnusualGroupCpu", "PerfwatchUnusualGroupMemory",
                         "PerfwatchUnusualHostMemory", "PerfwatchUnusualPressure"));
  std::ifstream file(test::source_path("docs/alerts.md"));
  const std::string page{std::istreambuf_iterator<char>(file), {}};
  for (const auto& name : names) {
    EXPECT_NE(page.find("\n## " + name + "\n"), std::string::npos) << name << " in docs/alerts.md";
  }
}

TEST(DefaultRules, AreSilentOnABusyHost) {
  EXPECT_EQ(fired(seconds(1200),
                  [](Host& host, int t) {
                    host.swap_read = t * 6 * kMiB;                  // steady housekeeping
                    if (t >= 400) host.swap_read += 600 * kMiB;     // a desktop wakes up
                    if (t % 100 < 40) host.available = 1 * kGiB;    // a link job, 40 s at a time
                    if (t % 200 < 100) host.pressure = 0.5;         // 100 s at a time
                    if (t % 60 < 8) host.group = 3 * kGiB;          // 8 s at a time
                    if (t % 600 < 200) host.filesystem = 1 * kGiB;  // a tree is unpacked
                    if (t % 60 < 20) host.stuck = 1;                // a slow mount
                  }),
            Fired{});
}

TEST(DefaultRules, FireForMemoryNearlyExhausted) {
  EXPECT_EQ(fired(seconds(300),
                  [](Host& host, int t) {
                    if (t >= 100) host.available = kGiB;
                  }),
            (Fired{{160, "PerfwatchMemoryNearlyExhausted: Only 3.125% of memory is available"}}));
}

TEST(DefaultRules, FireForMemoryPressure) {
  EXPECT_EQ(fired(seconds(300),
                  [](Host& host, int t) {
                    if (t >= 100) host.pressure = 0.25;
                  }),
            (Fired{{220,
                    "PerfwatchMemoryPressureHigh: All work waits for memory 25% of the "
                    "time"}}));
}

TEST(DefaultRules, FireForASwapStorm) {
  const auto got = fired(seconds(400), [](Host& host, int t) {
    if (t >= 100) host.swap_read = (t - 100) * 64 * kMiB;
  });
  ASSERT_EQ(got.size(), 1U);
  EXPECT_EQ(got[0].second.substr(0, 19), "PerfwatchSwapStorm:");
  EXPECT_NEAR(got[0].first, 250, 10) << "half a minute until the rate is there, then two minutes";
}

TEST(DefaultRules, FireAtOnceForASingleOomKill) {
  EXPECT_EQ(fired(seconds(1200), [](Host& host, int t) { host.oom_kills = t < 101 ? 41 : 42; }),
            (Fired{{102,
                    "PerfwatchOomKill: The kernel killed a process of group "
                    "cc1plus because memory ran out"}}));
}

TEST(DefaultRules, FireForAGroupOverItsLimitOnly) {
  EXPECT_EQ(fired(seconds(60),
                  [](Host& host, int t) {
                    if (t >= 10) host.group = 1.5 * kGiB;
                  }),
            (Fired{{20,
                    "PerfwatchGroupOverMemoryLimit: Group cc1plus is at 150% of its memory "
                    "limit"}}));
}

TEST(DefaultRules, FireForAFullFilesystemButNotForAnImage) {
  EXPECT_EQ(fired(seconds(600), [](Host& host, int) { host.filesystem = 2 * kGiB; }),
            (Fired{{300, "PerfwatchFilesystemNearlyFull: / has 2% left"}}));
}

TEST(DefaultRules, FireAtOnceForARunThatIsConfirmedToBeWorse) {
  EXPECT_EQ(fired(seconds(60), [](Host& host, int t) { host.regressed = t < 20 ? 0 : 0.9; }),
            (Fired{{20, "PerfwatchRunRegressed: kernel, make: cpu_seconds got worse by 90%"}}));
}

TEST(DefaultRules, FireForAStuckCollector) {
  EXPECT_EQ(fired(seconds(60), [](Host& host, int) { host.stuck = 1; }),
            (Fired{{30, "PerfwatchCollectorStuck: Collector filesystem hangs"}}));
}

}  // namespace
}  // namespace perfwatch
