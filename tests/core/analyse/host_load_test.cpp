// SPDX-License-Identifier: Apache-2.0
#include "core/analyse/host_load.h"

#include <gtest/gtest.h>

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "tests/core/analyse/frames.h"

namespace perfwatch {
namespace {

using std::chrono::nanoseconds;
using std::chrono::seconds;
using test::Row;

constexpr Metric kCpu{"perfwatch_cpu_seconds_total", MetricType::counter, "CPU.", {"mode"}};
constexpr Metric kForks{"perfwatch_forks_total", MetricType::counter, "Forks."};
constexpr Metric kTotal{"perfwatch_memory_total_bytes", MetricType::gauge, "Total."};
constexpr Metric kAvailable{"perfwatch_memory_available_bytes", MetricType::gauge, "Available."};
constexpr Metric kStall{
    "perfwatch_pressure_stall_seconds_total", MetricType::counter, "Stall.", {"resource", "kind"}};
constexpr Metric kRead{"perfwatch_disk_read_bytes_total", MetricType::counter, "Read.", {"device"}};
constexpr Metric kWritten{
    "perfwatch_disk_written_bytes_total", MetricType::counter, "Written.", {"device"}};

// Rounds of named collectors; a frame shows the latest of each.
class Host {
 public:
  HostLoad load(nanoseconds at, const std::map<std::string_view, std::vector<Row>>& rounds) {
    for (const auto& [name, rows] : rounds) {
      SampleWriter out(schemas_[name]);
      for (const Row& row : rows) out.add_part(row.metric, {}, row.value, row.labels);
      auto block = std::make_shared<Block>(Block{name, test::moment(at), std::move(out).finish()});
      schemas_[name] = block->samples.schema;
      blocks_[name] = std::move(block);
    }
    Frame frame;
    frame.at = test::moment(at);
    for (const auto& [name, block] : blocks_) frame.blocks.push_back(block);
    return reader_.read(frame);
  }
  void lose(std::string_view collector) { blocks_.erase(collector); }

 private:
  std::map<std::string_view, std::shared_ptr<const Schema>> schemas_;
  std::map<std::string_view, std::shared_ptr<const Block>> blocks_;
  HostLoadReader reader_;
};

std::vector<Row> cpu(double user, double idle, double waiting) {
  return {
      {kCpu, user, {"user"}}, {kCpu, idle, {"idle"}}, {kCpu, waiting, {"iowait"}}, {kForks, 1e6}};
}

TEST(HostLoad, KnowsNothingOfAnEmptyFrame) {
  Host host;
  const HostLoad load = host.load(seconds(0), {});
  for (const double value :
       {load.busy_ratio, load.memory_used_ratio, load.cpu_stall, load.memory_stall, load.io_stall,
        load.disk_bytes_per_second, load.network_bytes_per_second}) {
    EXPECT_TRUE(is_absent(value));
  }
}

TEST(HostLoad, CountsNeitherIdleNorWaitingAsBusy) {
  Host host;
  EXPECT_TRUE(is_absent(host.load(seconds(0), {{"cpu", cpu(100, 50, 3)}}).busy_ratio))
      << "one round says nothing of the time before";
  EXPECT_DOUBLE_EQ(host.load(seconds(2), {{"cpu", cpu(103, 50.5, 3.5)}}).busy_ratio, 0.75);
}

TEST(HostLoad, SaysNothingTwice) {
  Host host;
  const std::vector<Row> memory{{kTotal, 100}, {kAvailable, 25}};
  host.load(seconds(0), {{"cpu", cpu(0, 0, 0)}});
  EXPECT_FALSE(is_absent(host.load(seconds(2), {{"cpu", cpu(1, 1, 0)}}).busy_ratio));
  const HostLoad other = host.load(seconds(4), {{"memory", memory}});
  EXPECT_TRUE(is_absent(other.busy_ratio)) << "that round was seen";
  EXPECT_DOUBLE_EQ(other.memory_used_ratio, 0.75);
  const HostLoad next = host.load(seconds(6), {{"cpu", cpu(4, 2, 0)}});
  EXPECT_DOUBLE_EQ(next.busy_ratio, 0.75) << "since its own round before";
  EXPECT_TRUE(is_absent(next.memory_used_ratio));
}

TEST(HostLoad, TakesTheTimeInWhichSomeTaskWaited) {
  Host host;
  const auto pressure = [](double some, double full) {
    return std::vector<Row>{{kStall, some, {"cpu", "some"}},
                            {kStall, full, {"cpu", "full"}},
                            {kStall, some / 2, {"io", "some"}},
                            {kStall, full, {"io", "full"}}};
  };
  host.load(seconds(0), {{"pressure", pressure(10, 5)}});
  const HostLoad load = host.load(seconds(4), {{"pressure", pressure(12, 7)}});
  EXPECT_DOUBLE_EQ(load.cpu_stall, 0.5);
  EXPECT_DOUBLE_EQ(load.io_stall, 0.25);
  EXPECT_TRUE(is_absent(load.memory_stall)) << "not told";
}

TEST(HostLoad, AddsDisksUpAndTakesANewOneForNoTraffic) {
  Host host;
  const auto disks = [](double a, double written, bool second) {
    std::vector<Row> rows{{kRead, a, {"sda"}}};
    if (second) rows.push_back({kRead, 5e12, {"sdb"}});
    rows.push_back({kWritten, written, {"sda"}});
    return rows;
  };
  const auto rate = [&](int at, const std::vector<Row>& rows) {
    return host.load(seconds(at), {{"disk", rows}}).disk_bytes_per_second;
  };
  EXPECT_TRUE(is_absent(rate(0, disks(1000, 0, false))));
  EXPECT_DOUBLE_EQ(rate(2, disks(3000, 4000, false)), 3000);
  EXPECT_TRUE(is_absent(rate(4, disks(3000, 4000, true)))) << "5 TB did not go in two seconds";
  EXPECT_DOUBLE_EQ(rate(6, disks(3000, 6000, true)), 1000);
}

TEST(HostLoad, TakesACounterThatGoesBackForNotKnown) {
  Host host;
  host.load(seconds(0), {{"cpu", cpu(100, 100, 0)}});
  EXPECT_TRUE(is_absent(host.load(seconds(2), {{"cpu", cpu(1, 1, 0)}}).busy_ratio));
  EXPECT_DOUBLE_EQ(host.load(seconds(4), {{"cpu", cpu(2, 2, 0)}}).busy_ratio, 0.5);
}

TEST(HostLoad, SpansAGap) {
  Host host;
  host.load(seconds(0), {{"cpu", cpu(0, 0, 0)}});
  host.lose("cpu");
  EXPECT_TRUE(is_absent(host.load(seconds(2), {}).busy_ratio));
  EXPECT_DOUBLE_EQ(host.load(seconds(4), {{"cpu", cpu(1, 3, 0)}}).busy_ratio, 0.25);
}

}  // namespace
}  // namespace perfwatch
