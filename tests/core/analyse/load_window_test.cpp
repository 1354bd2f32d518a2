// SPDX-License-Identifier: Apache-2.0
#include "core/analyse/load_window.h"

#include <gtest/gtest.h>

#include <cmath>
#include <string>
#include <vector>

#include "tests/core/analyse/frames.h"

namespace perfwatch {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using test::Frames;
using test::Row;

constexpr Metric kCpu{"perfwatch_cpu_seconds_total", MetricType::counter, "CPU.", {"mode"}};
constexpr Metric kCores{"perfwatch_cpu_cores", MetricType::gauge, "Cores."};
constexpr Metric kRunning{"perfwatch_processes_running", MetricType::gauge, "Running."};
constexpr Metric kStall{
    "perfwatch_pressure_stall_seconds_total", MetricType::counter, "Stalls.", {"resource", "kind"}};
constexpr Metric kMemory{"perfwatch_memory_total_bytes", MetricType::gauge, "Total."};
constexpr Metric kAvailable{"perfwatch_memory_available_bytes", MetricType::gauge, "Available."};
constexpr Metric kSwapTotal{"perfwatch_swap_total_bytes", MetricType::gauge, "Swap."};
constexpr Metric kSwapFree{"perfwatch_swap_free_bytes", MetricType::gauge, "Free."};
constexpr Metric kIoTime{
    "perfwatch_disk_io_time_seconds_total", MetricType::counter, "Busy.", {"device"}};
constexpr Metric kDiskRead{
    "perfwatch_disk_read_bytes_total", MetricType::counter, "Read.", {"device"}};
constexpr Metric kGroupCpu{
    "perfwatch_group_cpu_seconds_total", MetricType::counter, "CPU.", {"group", "mode"}};
constexpr Metric kGroupStates{
    "perfwatch_group_states", MetricType::gauge, "States.", {"group", "state"}};
constexpr Metric kGroupDescriptors{
    "perfwatch_group_descriptor_limit_ratio", MetricType::gauge, "Descriptors.", {"group"}};

// So many of 4 cores busy from the start on.
std::vector<Row> cpu_rows(double now, double busy, double steal = 0) {
  return {{kCpu, 100 + busy * now, {"user"}},
          {kCpu, 100 + (4 - busy - steal) * now, {"idle"}},
          {kCpu, steal * now, {"steal"}},
          {kCores, 4}};
}

// Frames every `step` for `duration`. The names in the answer are those of `window`.
template <class Rows>
Load load_of(LoadWindow& window, seconds duration, milliseconds step, Rows rows) {
  Frames frames;
  for (milliseconds t{0}; t <= duration; t += step) {
    window.take(frames.make(t, rows(static_cast<double>(t.count()) / 1000)));
  }
  return window.load();
}

TEST(LoadWindow, HasTheMeansOfTheLastMinute) {
  LoadWindow window;
  const Load load = load_of(window, seconds(120), seconds(2), [](double t) {
    std::vector<std::vector<Row>> rows = {cpu_rows(t, 3, 0.5)};
    rows[0].push_back({kRunning, t < 60 ? 1000.0 : 6.0});
    rows.push_back({{kStall, 7 + 0.25 * t, {"cpu", "some"}},
                    {kStall, 0.1 * t, {"memory", "some"}},
                    {kStall, 0.05 * t, {"memory", "full"}},
                    {kStall, 0.4 * t, {"io", "some"}},
                    {kStall, 0.2 * t, {"io", "full"}}});
    rows.push_back({{kMemory, 200}, {kAvailable, 50}, {kSwapTotal, 10}, {kSwapFree, 4}});
    return rows;
  });
  EXPECT_GE(load.samples, 30U);
  EXPECT_GE(load.seconds, 60);
  EXPECT_LT(load.seconds, 67);
  EXPECT_EQ(load.cores, 4);
  EXPECT_NEAR(*load.cpu_busy, 3.5 / 4, 1e-6);
  EXPECT_NEAR(*load.cpu_steal, 0.5 / 4, 1e-6);
  EXPECT_NEAR(*load.running, 6, 200) << "a minute ago counts no more, but for one slot";
  EXPECT_NEAR(*load.cpu_some, 0.25, 1e-5);
  EXPECT_NEAR(*load.memory_some, 0.1, 1e-5);
  EXPECT_NEAR(*load.memory_full, 0.05, 1e-5);
  EXPECT_NEAR(*load.io_some, 0.4, 1e-5);
  EXPECT_NEAR(*load.io_full, 0.2, 1e-5);
  EXPECT_NEAR(*load.memory_available, 0.25, 1e-6);
  EXPECT_NEAR(*load.swap_used, 0.6, 1e-6);
}

TEST(LoadWindow, IsTheSameAtEveryInterval) {
  for (const int step : {500, 700, 1000, 2000, 5000, 7000, 15000}) {
    LoadWindow window;
    const Load load = load_of(window, seconds(400), milliseconds(step), [](double t) {
      return std::vector<std::vector<Row>>{cpu_rows(t, 2), {{kStall, 0.3 * t, {"cpu", "some"}}}};
    });
    EXPECT_GE(load.samples, 10U) << step;
    EXPECT_GE(load.seconds, 60) << step;
    EXPECT_LE(load.seconds, 165) << step << ": no longer than ten samples need";
    EXPECT_NEAR(*load.cpu_busy, 0.5, 1e-5) << step;
    EXPECT_NEAR(*load.cpu_some, 0.3, 1e-5) << step;
  }
}

TEST(LoadWindow, WeighsByTimeWhenTheIntervalChanges) {
  LoadWindow window;
  Frames frames;
  double t = 0;
  const auto take = [&](double step, double running) {
    t += step;
    window.take(frames.make(milliseconds(static_cast<int>(t * 1000)), {{{kRunning, running}}}));
  };
  take(0, 0);
  for (int i = 0; i < 2; ++i) take(15, 0);
  for (int i = 0; i < 60; ++i) take(0.5, 10);  // half of the time, nearly all of the samples
  EXPECT_NEAR(*window.load().running, 5, 0.1);
}

TEST(LoadWindow, CountsRoundsNotFrames) {
  LoadWindow window;
  Frames frames;
  Frame frame = frames.make(seconds(0), {cpu_rows(0, 1)});
  for (int i = 0; i < 20; ++i) window.take(frame);
  EXPECT_EQ(window.load().samples, 1U);
  EXPECT_EQ(window.load().cpu_busy, std::nullopt) << "one round has no rate";
  for (int i = 1; i < 10; ++i) window.take(frames.make(seconds(2 * i), {cpu_rows(2 * i, 1)}));
  EXPECT_EQ(window.load().samples, 10U);
  EXPECT_EQ(window.load().seconds, 18);
}

TEST(LoadWindow, LeavesAbsentWhatIsNotThere) {
  LoadWindow window;
  const Load load = load_of(window, seconds(60), seconds(2), [](double) {
    return std::vector<std::vector<Row>>{
        {{kCores, kAbsent}, {kRunning, std::numeric_limits<double>::infinity()}, {kSwapTotal, 0}}};
  });
  EXPECT_EQ(load.samples, 31U);
  for (const auto& value :
       {load.cores, load.running, load.cpu_busy, load.cpu_some, load.memory_some, load.io_some,
        load.memory_available, load.swap_used, load.swap_read, load.temperature}) {
    EXPECT_EQ(value, std::nullopt);
  }
  EXPECT_FALSE(load.busiest_disk);
  EXPECT_TRUE(load.groups.empty());
  EXPECT_EQ(LoadWindow().load().samples, 0U);
}

TEST(LoadWindow, NamesTheBusiestDisk) {
  LoadWindow window;
  const Load load = load_of(window, seconds(60), seconds(2), [](double t) {
    return std::vector<std::vector<Row>>{{{kIoTime, 0.2 * t, {"sda"}},
                                          {kIoTime, 0.9 * t, {"nvme0n1"}},
                                          {kIoTime, kAbsent, {"sdb"}},
                                          {kDiskRead, 5e6 * t, {"nvme0n1"}}}};
  });
  ASSERT_TRUE(load.busiest_disk);
  EXPECT_EQ(load.busiest_disk->name, "nvme0n1");
  EXPECT_NEAR(load.busiest_disk->busy, 0.9, 1e-5);
  EXPECT_NEAR(*load.busiest_disk->bytes, 5e6, 10);
}

TEST(LoadWindow, FollowsGroupsThatComeAndGo) {
  LoadWindow window;
  Frames frames;
  const auto rows = [](double t, bool other) {
    std::vector<Row> out;
    if (other) out.push_back({kGroupStates, 2, {"ld", "blocked"}});
    out.push_back({kGroupStates, 5, {"cc1plus", "running"}});
    if (other) out.push_back({kGroupDescriptors, 0.5, {"ld"}});
    out.push_back({kGroupCpu, 2 * t, {"cc1plus", "user"}});
    out.push_back({kGroupCpu, 1 * t, {"cc1plus", "system"}});
    return std::vector<std::vector<Row>>{cpu_rows(t, 3), out};
  };
  for (int t = 0; t <= 40; t += 2) window.take(frames.make(seconds(t), rows(t, t > 10)));
  const Load load = window.load();
  ASSERT_EQ(load.groups.size(), 2U);
  EXPECT_EQ(load.groups[0].name, "cc1plus");
  EXPECT_NEAR(*load.groups[0].cores, 3, 1e-4);
  EXPECT_NEAR(*load.groups[0].running, 5, 1e-4);
  EXPECT_EQ(load.groups[0].descriptors, std::nullopt);
  EXPECT_NEAR(*load.groups[1].blocked, 2, 1e-4);
  EXPECT_NEAR(*load.groups[1].descriptors, 0.5, 1e-4);
  for (int t = 42; t <= 60; t += 2) window.take(frames.make(seconds(t), rows(t, false)));
  EXPECT_EQ(window.load().groups.size(), 1U) << "who is gone is bound by nothing";
}

TEST(LoadWindow, IsBoundedInGroupsAndTakesNewOnesWhereOldOnesLeft) {
  LoadWindow window;
  Frames frames;
  std::vector<std::string> names;
  names.reserve(2000);
  for (int i = 0; i < 2000; ++i) names.push_back("g" + std::to_string(i));
  const auto take = [&](int t, std::size_t from, std::size_t to) {
    std::vector<Row> rows = {{kCores, 4}};
    for (std::size_t i = from; i < to; ++i) rows.push_back({kGroupDescriptors, 0.5, {names[i]}});
    window.take(frames.make(seconds(t), {rows}));
  };
  for (int t = 0; t < 20; t += 2) take(t, 0, 1000);
  EXPECT_EQ(window.load().groups.size(), LoadWindow::kMaxGroups);
  for (int t = 20; t < 40; t += 2) take(t, 1500, 1600);
  EXPECT_EQ(window.load().groups.size(), 100U);
}

TEST(LoadWindow, StartsAnewAfterALongGap) {
  LoadWindow window;
  Frames frames;
  for (int t = 0; t <= 60; t += 2) window.take(frames.make(seconds(t), {cpu_rows(t, 4)}));
  window.take(frames.make(seconds(5000), {cpu_rows(5000, 4)}));
  EXPECT_LT(window.load().samples, 10U) << "what was before the gap is not recent";
}

}  // namespace
}  // namespace perfwatch
