// SPDX-License-Identifier: Apache-2.0
#include "core/analyse/load_series.h"

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

#include "core/analyse/series_match.h"

namespace perfwatch {
namespace {

using namespace load_series;

// A series by its metric and the labels that tell it from others of that metric.
struct Wanted {
  std::string_view metric;
  std::size_t value;
  std::array<std::pair<std::string_view, std::string_view>, 2> labels{};
};

constexpr std::string_view kCpu = "perfwatch_cpu_seconds_total";
constexpr std::string_view kStall = "perfwatch_pressure_stall_seconds_total";
constexpr Wanted kHost[] = {
    {kCpu, kUser, {{{"mode", "user"}}}},
    {kCpu, kNice, {{{"mode", "nice"}}}},
    {kCpu, kSystem, {{{"mode", "system"}}}},
    {kCpu, kIrq, {{{"mode", "irq"}}}},
    {kCpu, kSoftirq, {{{"mode", "softirq"}}}},
    {kCpu, kSteal, {{{"mode", "steal"}}}},
    {kCpu, kIdle, {{{"mode", "idle"}}}},
    {kCpu, kIowait, {{{"mode", "iowait"}}}},
    {"perfwatch_cpu_cores", kCores},
    {"perfwatch_processes_running", kRunning},
    {"perfwatch_processes_blocked", kBlocked},
    {kStall, kCpuSome, {{{"resource", "cpu"}, {"kind", "some"}}}},
    {kStall, kMemorySome, {{{"resource", "memory"}, {"kind", "some"}}}},
    {kStall, kMemoryFull, {{{"resource", "memory"}, {"kind", "full"}}}},
    {kStall, kIoSome, {{{"resource", "io"}, {"kind", "some"}}}},
    {kStall, kIoFull, {{{"resource", "io"}, {"kind", "full"}}}},
    {"perfwatch_memory_total_bytes", kMemoryTotal},
    {"perfwatch_memory_available_bytes", kMemoryAvailable},
    {"perfwatch_swap_total_bytes", kSwapTotal},
    {"perfwatch_swap_free_bytes", kSwapFree},
    {"perfwatch_swap_read_bytes_total", kSwapRead},
    {"perfwatch_swap_written_bytes_total", kSwapWritten},
    {"perfwatch_major_faults_total", kMajorFaults},
};
constexpr Wanted kDisk[] = {
    {"perfwatch_disk_io_time_seconds_total", kBusy},
    {"perfwatch_disk_read_bytes_total", kDiskRead},
    {"perfwatch_disk_written_bytes_total", kDiskWritten},
};
constexpr std::string_view kGroupCpu = "perfwatch_group_cpu_seconds_total";
constexpr std::string_view kStates = "perfwatch_group_states";
constexpr Wanted kGroup[] = {
    {kGroupCpu, kGroupUser, {{{"mode", "user"}}}},
    {kGroupCpu, kGroupSystem, {{{"mode", "system"}}}},
    {"perfwatch_group_processes", kGroupProcesses},
    {kStates, kGroupRunning, {{{"state", "running"}}}},
    {kStates, kGroupBlocked, {{{"state", "blocked"}}}},
    {"perfwatch_group_memory_resident_bytes", kGroupResident},
    {"perfwatch_group_memory_limit_bytes", kGroupLimit},
    {"perfwatch_group_descriptor_limit_ratio", kGroupDescriptors},
    {"perfwatch_group_read_bytes_total", kGroupRead},
    {"perfwatch_group_written_bytes_total", kGroupWritten},
};

template <std::size_t size>
std::optional<std::size_t> value_in(const Wanted (&table)[size], const Series& series) {
  for (const Wanted& wanted : table) {
    if (wanted.metric != series.metric->name) continue;
    const bool fits =
        std::all_of(wanted.labels.begin(), wanted.labels.end(), [&](const auto& label) {
          return label.first.empty() || label_value(series, label.first) == label.second;
        });
    if (fits) return wanted.value;
  }
  return std::nullopt;
}

}  // namespace

std::optional<std::size_t> host_value_of(const Series& series) { return value_in(kHost, series); }
std::optional<std::size_t> disk_value_of(const Series& series) { return value_in(kDisk, series); }
std::optional<std::size_t> group_value_of(const Series& series) { return value_in(kGroup, series); }

}  // namespace perfwatch
