// SPDX-License-Identifier: Apache-2.0
#include "core/analyse/host_summary.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "core/model/bottleneck.h"
#include "tests/core/analyse/frames.h"

namespace perfwatch {
namespace {

using std::chrono::seconds;
using test::Frames;
using test::Row;
using testing::ElementsAre;
using testing::IsEmpty;

constexpr Metric kCpu{"perfwatch_cpu_seconds_total", MetricType::counter, "CPU.", {"mode"}};
constexpr Metric kCores{"perfwatch_cpu_cores", MetricType::gauge, "Cores."};
constexpr Metric kLoad{"perfwatch_load_average", MetricType::gauge, "Load.", {"window"}};
constexpr Metric kMemory{"perfwatch_memory_total_bytes", MetricType::gauge, "Total."};
constexpr Metric kBoot{"perfwatch_boot_time_seconds", MetricType::gauge, "Boot."};
constexpr Metric kPressure{
    "perfwatch_pressure_stall_ratio", MetricType::gauge, "Stall.", {"resource", "kind", "window"}};
constexpr Metric kFsSize{"perfwatch_filesystem_size_bytes",
                         MetricType::gauge,
                         "Size.",
                         {"mountpoint", "device", "fstype"}};
constexpr Metric kFsAvailable{"perfwatch_filesystem_available_bytes",
                              MetricType::gauge,
                              "Available.",
                              {"mountpoint", "device", "fstype"}};
constexpr Metric kFsReadOnly{"perfwatch_filesystem_read_only",
                             MetricType::gauge,
                             "Read only.",
                             {"mountpoint", "device", "fstype"}};

constexpr Metric kOwnCpu{"process_cpu_seconds_total", MetricType::counter, "CPU."};
constexpr Metric kOwnMemory{"process_resident_memory_bytes", MetricType::gauge, "RSS."};

Alert alert(Severity severity, AlertState state, std::string summary) {
  Alert out;
  out.rule = "Rule";
  out.severity = severity;
  out.state = state;
  if (!summary.empty()) out.annotations = {{"summary", std::move(summary)}};
  return out;
}

CollectorState collector(std::string_view name, bool success, bool stuck = false) {
  CollectorState out;
  out.name = name;
  out.success = success;
  out.stuck = stuck;
  return out;
}

TEST(Summarise, LeavesAbsentWhatTheFrameDoesNotHave) {
  const HostSummary summary = summarise(Frame{}, nullptr, {});
  EXPECT_FALSE(summary.cpu_cores);
  EXPECT_FALSE(summary.cpu_busy_ratio);
  EXPECT_FALSE(summary.load1);
  EXPECT_FALSE(summary.memory_total_bytes);
  EXPECT_FALSE(summary.fullest_filesystem);
  EXPECT_FALSE(summary.uptime_seconds);
  EXPECT_EQ(summary.verdict, "well");
  EXPECT_THAT(summary.reasons, IsEmpty());
}

TEST(Summarise, TakesItsFieldsFromTheSeries) {
  Frames frames;
  const Frame frame =
      frames.make(seconds(100), {{{kCores, 8}, {kBoot, 86400}},
                                 {{kLoad, 1, {"1m"}}, {kLoad, 5, {"5m"}}, {kLoad, 15, {"15m"}}},
                                 {{kMemory, kAbsent},
                                  {kPressure, 0.1, {"cpu", "some", "10s"}},
                                  {kPressure, 0.9, {"memory", "full", "60s"}},
                                  {kPressure, 0.2, {"memory", "full", "10s"}},
                                  {kPressure, 0.3, {"io", "full", "10s"}}}});
  const HostSummary summary = summarise(frame, nullptr, {});
  EXPECT_EQ(summary.cpu_cores, 8);
  EXPECT_EQ(summary.load1, 1);
  EXPECT_EQ(summary.load5, 5);
  EXPECT_EQ(summary.load15, 15);
  EXPECT_EQ(summary.memory_total_bytes, std::nullopt);
  EXPECT_EQ(summary.pressure_cpu_some, 0.1);
  EXPECT_EQ(summary.pressure_memory_full, 0.2);
  EXPECT_EQ(summary.pressure_io_full, 0.3);
  EXPECT_EQ(summary.uptime_seconds, 100);
}

std::optional<double> busy(const std::vector<Row>& before, const std::vector<Row>& after) {
  Frames frames;
  const Frame first = frames.make(seconds(0), {before});
  const Frame second = frames.make(seconds(2), {after});
  return summarise(second, &first, {}).cpu_busy_ratio;
}

TEST(Summarise, CountsNeitherIdleNorIowaitAsBusy) {
  EXPECT_DOUBLE_EQ(*busy({{kCpu, 10, {"user"}}, {kCpu, 5, {"iowait"}}, {kCpu, 50, {"idle"}}},
                         {{kCpu, 11, {"user"}}, {kCpu, 6, {"iowait"}}, {kCpu, 52, {"idle"}}}),
                   0.25);
  EXPECT_DOUBLE_EQ(*busy({{kCpu, 10, {"user"}}, {kCpu, 5, {"iowait"}}},
                         {{kCpu, 11, {"user"}}, {kCpu, 4.9, {"iowait"}}}),
                   1)
      << "iowait may go back";
}

TEST(Summarise, HasNoBusyRatioWithoutAGoodDifference) {
  EXPECT_EQ(busy({{kCpu, 10, {"user"}}, {kCpu, 50, {"idle"}}},
                 {{kCpu, 9, {"user"}}, {kCpu, 52, {"idle"}}}),
            std::nullopt)
      << "reset";
  EXPECT_EQ(busy({{kCpu, 10, {"user"}}}, {{kCpu, 10, {"user"}}}), std::nullopt) << "no time passed";
  EXPECT_EQ(busy({}, {{kCpu, 10, {"user"}}}), std::nullopt);
  EXPECT_EQ(busy({}, {}), std::nullopt);
}

TEST(Summarise, HasNoRatiosBetweenTwoFramesThatShareTheirBlocks) {
  Frames frames;
  const Frame first =
      frames.make(seconds(0), {{{kCpu, 10, {"user"}}, {kCpu, 10, {"idle"}}}, {{kOwnCpu, 5}}});
  Frame late = first;  // published for another collector that was late
  late.at = test::moment(seconds(1));
  const HostSummary summary = summarise(late, &first, {});
  EXPECT_EQ(summary.cpu_busy_ratio, std::nullopt);
  EXPECT_EQ(summary.own_cpu_cores, std::nullopt);
}

TEST(Summarise, MeasuresItsOwnCostFromRoundToRoundNotFromFrameToFrame) {
  Frames frames;
  Frame first = frames.make(seconds(0), {{{kOwnCpu, 5}, {kOwnMemory, 4096}}});
  first.at = test::moment(seconds(1));  // its own block was taken a second before
  const Frame second = frames.make(seconds(2), {{{kOwnCpu, 5.5}, {kOwnMemory, 8192}}});
  const HostSummary summary = summarise(second, &first, {});
  EXPECT_EQ(summary.own_cpu_cores, 0.25);
  EXPECT_EQ(summary.own_resident_bytes, 8192);
  EXPECT_EQ(summarise(second, nullptr, {}).own_cpu_cores, std::nullopt);
  EXPECT_EQ(summarise(second, nullptr, {}).own_resident_bytes, 8192);
  const Frame reset = frames.make(seconds(4), {{{kOwnCpu, 1}, {kOwnMemory, 8192}}});
  EXPECT_EQ(summarise(reset, &second, {}).own_cpu_cores, std::nullopt) << "it went back";
}

TEST(Summarise, FindsTheFullestFilesystemThatCanBeWritten) {
  Frames frames;
  const Frame frame = frames.make(seconds(0), {{{kFsSize, 100, {"/", "sda1", "ext4"}},
                                                {kFsSize, 100, {"/home", "sda2", "ext4"}},
                                                {kFsSize, 100, {"/cd", "sr0", "iso9660"}},
                                                {kFsSize, 0, {"/odd", "x", "x"}},
                                                {kFsAvailable, 30, {"/", "sda1", "ext4"}},
                                                {kFsAvailable, 20, {"/home", "sda2", "ext4"}},
                                                {kFsAvailable, 0, {"/cd", "sr0", "iso9660"}},
                                                {kFsAvailable, 0, {"/odd", "x", "x"}},
                                                {kFsReadOnly, 0, {"/", "sda1", "ext4"}},
                                                {kFsReadOnly, 1, {"/cd", "sr0", "iso9660"}}}});
  const auto fullest = summarise(frame, nullptr, {}).fullest_filesystem;
  ASSERT_TRUE(fullest);
  EXPECT_EQ(fullest->mountpoint, "/home");
  EXPECT_DOUBLE_EQ(fullest->available_ratio, 0.2);
}

TEST(Summarise, IsStrainedByAWarningAndSuffersFromACriticalAlert) {
  const Alert warning = alert(Severity::warning, AlertState::firing, "Swapping");
  const Alert critical = alert(Severity::critical, AlertState::firing, "No memory");
  const Alert nameless = alert(Severity::warning, AlertState::firing, "");
  EXPECT_EQ(summarise({}, nullptr, {&warning}).verdict, "strained");
  const HostSummary both = summarise({}, nullptr, {&critical, &warning, &nameless});
  EXPECT_EQ(both.verdict, "suffering");
  EXPECT_THAT(both.reasons, ElementsAre("No memory", "Swapping", "Rule"));
}

TEST(Summarise, StaysWellWithInfoPendingAndResolvedAlerts) {
  const Alert info = alert(Severity::info, AlertState::firing, "By the way");
  const Alert pending = alert(Severity::critical, AlertState::pending, "Soon");
  const Alert resolved = alert(Severity::critical, AlertState::resolved, "Was");
  const HostSummary summary = summarise({}, nullptr, {&info, &pending, &resolved});
  EXPECT_EQ(summary.verdict, "well");
  EXPECT_THAT(summary.reasons, IsEmpty());
}

TEST(Summarise, GoesByWhatBoundsTheHostUnlessItIsJustBusy) {
  Frame frame;
  auto bottlenecks = std::make_shared<Bottlenecks>();
  bottlenecks->list.resize(1);
  bottlenecks->list[0].resource = Resource::memory;
  bottlenecks->list[0].evidence = "96% in use";
  frame.bottlenecks = bottlenecks;
  EXPECT_EQ(summarise(frame, nullptr, {}).verdict, "well");
  EXPECT_THAT(summarise(frame, nullptr, {}).reasons, IsEmpty());
  bottlenecks->list[0].severity = Severity::warning;
  EXPECT_EQ(summarise(frame, nullptr, {}).verdict, "strained");
  bottlenecks->list[0].severity = Severity::critical;
  EXPECT_EQ(summarise(frame, nullptr, {}).verdict, "suffering");
  EXPECT_THAT(summarise(frame, nullptr, {}).reasons, ElementsAre("memory: 96% in use"));
}

TEST(Summarise, IsNotStrainedByACollectorThatIsPaused) {
  Frame frame;
  frame.collectors = {collector("disk", false)};
  frame.collectors[0].errors[static_cast<std::size_t>(ErrorKind::io)] = 1;
  frame.collectors[0].paused = true;
  EXPECT_EQ(summarise(frame, nullptr, {}).verdict, "well");
}

TEST(Summarise, IsStrainedByCollectorsThatHangOrFailButNotByAMissingSource) {
  Frame frame;
  frame.collectors = {collector("cpu", true), collector("filesystem", true, true),
                      collector("memory", false), collector("pressure", false),
                      collector("starting", false)};
  frame.collectors[2].errors[static_cast<std::size_t>(ErrorKind::denied)] = 1;
  frame.collectors[2].last_error = "reading /proc/meminfo: denied";
  frame.collectors[3].errors[static_cast<std::size_t>(ErrorKind::unsupported)] = 9;
  const HostSummary summary = summarise(frame, nullptr, {});
  EXPECT_EQ(summary.verdict, "strained");
  EXPECT_THAT(summary.reasons,
              ElementsAre("the filesystem collector hangs, its numbers are missing",
                          "the memory collector fails: reading /proc/meminfo: denied"));
}

}  // namespace
}  // namespace perfwatch
