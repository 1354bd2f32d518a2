// SPDX-License-Identifier: Apache-2.0
#include "daemon/shared_runs.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>
#include <string>
#include <vector>

#include "core/base/ulid.h"
#include "core/model/run_limits.h"

namespace perfwatch {
namespace {

using std::chrono::seconds;
using std::chrono::system_clock;

constexpr double kNow = 1'700'000'000;
const system_clock::time_point kNowTime(seconds(1'700'000'000));
const BaselineKey kKey{"kernel", "make bzImage", "8 x AMD EPYC 7B13, 32 GiB", false};
constexpr const char* kPeak = "memory_peak_bytes";

ServerSeries series(const std::string& name, std::vector<ServerPoint> points,
                    const std::string& instance = "a:10117", const std::string& kind = "") {
  ServerSeries one;
  one.labels = {{"__name__", "perfwatch_run_last_" + name},
                {"component", kKey.component},
                {"host_class", kKey.host_class},
                {"instance", instance}};
  if (!kind.empty()) one.labels.emplace_back("kind", kind);
  one.labels.emplace_back("operation", kKey.operation);
  one.points = std::move(points);
  return one;
}

// Two runs of 100 s of one host, seen at the steps 960 s and 480 s ago.
std::vector<ServerSeries> two_runs(const std::string& instance = "a:10117") {
  const double first = kNow - 960;
  const double second = kNow - 480;
  return {series("end_timestamp_seconds", {{first, first - 5}, {second, second - 7.5}}, instance),
          series("cpu_seconds", {{first, 61.5}, {second, 62.25}}, instance),
          series("duration_seconds", {{first, 100}, {second, 101}}, instance),
          series(kPeak, {{first, 1e9}, {second, 2e9}}, instance, "largest_process"),
          series(kPeak, {{first, 3e9}}, instance, "anonymous")};
}

std::vector<std::string> ids(const std::vector<BaselineRun>& runs) {
  std::vector<std::string> list;
  for (const auto& run : runs) list.push_back(run.id);
  return list;
}

TEST(SharedRuns, AsksForTheStepsAtWhichTheLastRunIsAnother) {
  BaselineKey key = kKey;
  key.operation = "make \"all\" \\n\nend";
  const std::string labels =
      R"(component="kernel",operation="make \"all\" \\n\nend",host_class="8 x AMD EPYC 7B13, 32 GiB"})";
  const std::string end =
      "last_over_time(perfwatch_run_last_end_timestamp_seconds{" + labels + "[600s]";
  EXPECT_EQ(
      shared_runs_query(key, {}),
      R"q((last_over_time({__name__=~"perfwatch_run_last_(end_timestamp_seconds|cpu_seconds|duration_seconds|memory_peak_bytes)",)q" +
          labels + "[600s]) and ignoring(kind) (" + end + ") unless " + end + ") == " + end +
          " offset 600s)))[2592000s:600s]");
  EXPECT_THAT(shared_runs_query(key, {std::chrono::hours(1), std::chrono::milliseconds(1500)}),
              testing::EndsWith("[3600s:1500ms]"));
}

TEST(SharedRuns, EachEndIsARunThatBeganItsDurationBefore) {
  const auto runs = shared_runs(two_runs(), kKey, kNowTime);
  ASSERT_EQ(runs.size(), 2U);
  EXPECT_EQ(ulid_time(runs[0].id), kNowTime - seconds(960 + 5 + 100));
  EXPECT_EQ(runs[0].figures[RunMetric::cpu_seconds], 61.5);
  EXPECT_EQ(runs[0].figures[RunMetric::wall_seconds], 100);
  EXPECT_EQ(runs[0].figures[RunMetric::largest_process_bytes], 1e9);
  EXPECT_EQ(runs[0].figures[RunMetric::concurrent_anonymous_bytes], 3e9);
  EXPECT_FALSE(runs[1].figures.has(RunMetric::concurrent_anonymous_bytes)) << "absent is not 0";
  EXPECT_EQ(runs[1].figures[RunMetric::cpu_seconds], 62.25);
}

TEST(SharedRuns, TheSameRunHasTheSameIdWhereverAndWheneverItIsAskedFor) {
  const auto once = ids(shared_runs(two_runs(), kKey, kNowTime));
  EXPECT_EQ(ids(shared_runs(two_runs(), kKey, kNowTime + seconds(3600))), once);
  auto twice = two_runs();
  for (auto& copy : two_runs("a:10117, second replica")) {
    for (auto& point : copy.points) point.seconds += 15;
    twice.push_back(copy);
  }
  EXPECT_EQ(ids(shared_runs(twice, kKey, kNowTime)), once) << "two servers scrape one daemon";
}

TEST(SharedRuns, HostsOfAClassShareABaseline) {
  auto both = two_runs();
  for (auto& other : two_runs("b:10117")) {
    for (auto& point : other.points) point.value += 1;
    both.push_back(other);
  }
  EXPECT_EQ(shared_runs(both, kKey, kNowTime).size(), 4U);
}

TEST(SharedRuns, LeavesOutWhatCannotBe) {
  constexpr double kInfinity = std::numeric_limits<double>::infinity();
  const auto with_end = [&](double end) {
    return shared_runs(std::vector{series("end_timestamp_seconds", {{kNow, end}}),
                                   series("cpu_seconds", {{kNow, 1}})},
                       kKey, kNowTime)
        .size();
  };
  EXPECT_EQ(with_end(kNow - 1), 1U);
  EXPECT_EQ(with_end(kNow + 1800), 1U) << "clocks differ";
  for (const double end : {kNow + 4000, 1e300, kInfinity, -kInfinity, 0.0, -5.0,
                           std::numeric_limits<double>::quiet_NaN()}) {
    EXPECT_EQ(with_end(end), 0U) << end;
  }
  auto negative = two_runs();
  for (auto& one : negative) {
    if (one.label("__name__") == "perfwatch_run_last_end_timestamp_seconds") continue;
    for (auto& point : one.points) point.value = -1;
  }
  EXPECT_TRUE(shared_runs(negative, kKey, kNowTime).empty()) << "no figure is left";
  BaselineKey other = kKey;
  other.host_class = "2 x other, 4 GiB";
  EXPECT_TRUE(shared_runs(two_runs(), other, kNowTime).empty());
  EXPECT_TRUE(shared_runs({}, kKey, kNowTime).empty());
}

TEST(SharedRuns, ADurationThatCannotBeEndsBefore1970) {
  const auto runs = shared_runs(std::vector{series("end_timestamp_seconds", {{kNow, kNow - 1}}),
                                            series("duration_seconds", {{kNow, 1e300}})},
                                kKey, kNowTime);
  ASSERT_EQ(runs.size(), 1U);
  EXPECT_TRUE(is_ulid(runs[0].id));
}

TEST(SharedRuns, KeepsTheNewest) {
  std::vector<ServerPoint> ends;
  std::vector<ServerPoint> cpu;
  for (int i = 0; i < 300; ++i) {
    const double at = kNow - 60 * i;
    ends.push_back({at, at - 1});
    cpu.push_back({at, static_cast<double>(i)});
  }
  const auto runs =
      shared_runs(std::vector{series("end_timestamp_seconds", ends), series("cpu_seconds", cpu)},
                  kKey, kNowTime);
  ASSERT_EQ(runs.size(), kBaselineRuns);
  EXPECT_EQ(runs.back().figures[RunMetric::cpu_seconds], 0);
  EXPECT_EQ(runs.front().figures[RunMetric::cpu_seconds], 199);
}

TEST(ChangedRuns, EachChangeAfterTheFirstValueIsARun) {
  ServerSeries cpu;
  cpu.labels = {{"__name__", "ci_cpu"}, {"runner", "a"}};
  cpu.points = {
      {kNow - 50, 10}, {kNow - 40, 10}, {kNow - 30, 11}, {kNow - 20, 11}, {kNow - 10, 12}};
  ServerSeries wall = cpu;
  wall.labels[0].second = "ci_wall";
  wall.points = {{kNow - 50, 5}, {kNow - 30, 6}, {kNow - 20, 6}, {kNow - 10, 6}};
  const std::vector<MetricHistory> histories{{RunMetric::cpu_seconds, {cpu}},
                                             {RunMetric::wall_seconds, {wall}}};
  const auto runs = changed_runs(histories, kNowTime);
  ASSERT_EQ(runs.size(), 2U);
  EXPECT_EQ(runs[0].figures[RunMetric::cpu_seconds], 11);
  EXPECT_EQ(runs[0].figures[RunMetric::wall_seconds], 6);
  EXPECT_EQ(runs[1].figures[RunMetric::wall_seconds], 6);
  EXPECT_EQ(ulid_time(runs[1].id), kNowTime - seconds(10));
  EXPECT_EQ(ids(changed_runs(histories, kNowTime + seconds(60))), ids(runs));
}

TEST(ChangedRuns, SeriesOfOtherLabelsAreOtherRuns) {
  ServerSeries a;
  a.labels = {{"runner", "a"}};
  a.points = {{kNow - 50, 10}, {kNow - 40, 11}};
  ServerSeries b = a;
  b.labels = {{"runner", "b"}};
  const std::vector<MetricHistory> both{{RunMetric::cpu_seconds, {a, b}}};
  EXPECT_EQ(changed_runs(both, kNowTime).size(), 2U);
}

TEST(WithoutKnown, DropsWhatThisHostMeasuredItself) {
  BaselineRun own{"01HF7YAT00000G40R40M30E209", {}};
  own.figures[RunMetric::cpu_seconds] = 61.5;
  own.figures[RunMetric::wall_seconds] = 100;
  const auto runs = shared_runs(two_runs(), kKey, kNowTime);
  const auto left = without_known(runs, std::vector{own});
  ASSERT_EQ(left.size(), 1U);
  EXPECT_EQ(left[0].figures[RunMetric::cpu_seconds], 62.25);
  EXPECT_EQ(without_known(runs, runs).size(), 2U) << "the same run once more is no other";
}

TEST(SharedWindow, IsBounded) {
  using std::chrono::hours;
  using std::chrono::milliseconds;
  EXPECT_TRUE(check_window({}));
  EXPECT_TRUE(check_window({seconds(60), milliseconds(100)}));
  EXPECT_FALSE(check_window({seconds(60), milliseconds(99)}));
  EXPECT_FALSE(check_window({seconds(60), seconds(61)}));
  EXPECT_FALSE(check_window({hours(24 * 4000), hours(24)}));
  EXPECT_FALSE(check_window({hours(24 * 365), seconds(1)}));
}

}  // namespace
}  // namespace perfwatch
