// SPDX-License-Identifier: Apache-2.0
#include "core/model/run.h"

#include <algorithm>

namespace perfwatch {
namespace {

using Unit = RunMetricInfo::Unit;

constexpr double kWall = 0.2;
constexpr double kCpu = 0.25;
constexpr double kMemory = 0.3;
constexpr double kOther = 0.15;

constexpr std::array<RunMetricInfo, kRunMetrics> kInfo{{
    {"cpu_seconds", Unit::seconds, kCpu, "CPU"},
    {"wall_seconds", Unit::seconds, kWall, "wall"},
    {"user_seconds", Unit::seconds, kCpu, "CPU user"},
    {"system_seconds", Unit::seconds, kCpu, "CPU system"},
    {"largest_process_bytes", Unit::bytes, kMemory, "largest process"},
    {"concurrent_anonymous_bytes", Unit::bytes, kMemory, "anonymous memory at once"},
    {"cgroup_peak_bytes", Unit::bytes, kMemory, "peak of the cgroup"},
    {"read_bytes", Unit::bytes, kOther, "read from storage"},
    {"written_bytes", Unit::bytes, kOther, "written to storage"},
    {"minor_faults", Unit::count, kOther, "minor faults"},
    {"major_faults", Unit::count, kOther, "major faults"},
    {"voluntary_switches", Unit::count, kOther, "voluntary switches"},
    {"involuntary_switches", Unit::count, kOther, "involuntary switches"},
    {"cpu_stall_seconds", Unit::seconds, kOther, "stalled for CPU"},
    {"memory_stall_seconds", Unit::seconds, kOther, "stalled for memory"},
    {"io_stall_seconds", Unit::seconds, kOther, "stalled for I/O"},
    {"throttled_seconds", Unit::seconds, kOther, "throttled"},
    {"processes", Unit::count, kOther, "processes"},
}};

constexpr std::array<std::string_view, 6> kOutcomes{"running", "succeeded", "failed",
                                                    "killed",  "timed_out", "interrupted"};

}  // namespace

const std::array<RunMetricInfo, kRunMetrics>& run_metrics() { return kInfo; }

std::optional<RunMetric> run_metric(std::string_view name) {
  const auto* const found =
      std::find_if(kInfo.begin(), kInfo.end(), [&](const auto& info) { return info.name == name; });
  if (found == kInfo.end()) return std::nullopt;
  return static_cast<RunMetric>(found - kInfo.begin());
}

std::string_view to_string(RunOutcome outcome) {
  return kOutcomes.at(static_cast<std::size_t>(outcome));
}

std::optional<RunOutcome> run_outcome(std::string_view name) {
  const auto* const found = std::find(kOutcomes.begin(), kOutcomes.end(), name);
  if (found == kOutcomes.end()) return std::nullopt;
  return static_cast<RunOutcome>(found - kOutcomes.begin());
}

std::string to_string(const HostClass& host) {
  constexpr std::uint64_t kGibi = std::uint64_t{1} << 30U;
  // Rounded up: firmware and kernel keep some of what was bought.
  const std::uint64_t gibibytes = (host.memory_bytes + kGibi - 1) / kGibi;
  return std::to_string(host.cores) + " x " +
         (host.cpu_model.empty() ? "unknown CPU" : host.cpu_model) + ", " +
         std::to_string(gibibytes) + " GiB";
}

}  // namespace perfwatch
