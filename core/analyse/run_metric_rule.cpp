// SPDX-License-Identifier: Apache-2.0
#include "core/analyse/run_metric_rule.h"

#include <array>
#include <cstddef>

namespace perfwatch {
namespace {

constexpr double kMillisecond = 1e-3;
constexpr double kTick = 1e-2;  // what the kernel counts some times in
constexpr double kMebi = 1048576;
constexpr auto kCpu = RunMetric::cpu_seconds;
constexpr auto kWall = RunMetric::wall_seconds;

constexpr std::array<RunMetricRule, kRunMetrics> kRules{{
    {4, kMillisecond, 0, kCpu, true},   // cpu_seconds
    {4, kMillisecond, 0, kWall, true},  // wall_seconds
    {0.1, kTick, 0.02, kCpu, true},     // user_seconds
    {0.1, kTick, 0.02, kCpu, true},     // system_seconds
    {0.2, kMebi, 0, {}, true},          // largest_process_bytes
    {0.2, kMebi, 0, {}, true},          // concurrent_anonymous_bytes
    {0.2, kMebi, 0, {}, true},          // cgroup_peak_bytes
    {0.05, 16 * kMebi, 0, {}, true},    // read_bytes
    {0.05, 16 * kMebi, 0, {}, true},    // written_bytes
    {0.02, 1000, 0, {}, false},         // minor_faults
    {0.02, 100, 0, {}, false},          // major_faults
    {0.02, 1000, 0, {}, false},         // voluntary_switches
    {0.02, 1000, 0, {}, false},         // involuntary_switches
    {0.02, kTick, 0.02, kWall, false},  // cpu_stall_seconds
    {0.02, kTick, 0.02, kWall, false},  // memory_stall_seconds
    {0.02, kTick, 0.02, kWall, false},  // io_stall_seconds
    {0.02, kTick, 0.02, kWall, false},  // throttled_seconds
    {0.04, 2, 0, {}, true},             // processes
}};

}  // namespace

const RunMetricRule& rule_of(RunMetric metric) {
  return kRules.at(static_cast<std::size_t>(metric));
}

}  // namespace perfwatch
