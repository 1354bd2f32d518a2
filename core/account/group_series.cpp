// SPDX-License-Identifier: Apache-2.0
#include "core/account/group_series.h"

#include <array>
#include <limits>

#include "core/account/oom_counter.h"

namespace perfwatch {
namespace {

using enum MetricType;

constexpr Metric kProcesses{
    "perfwatch_group_processes", gauge, "Living processes of the group.", {"group"}};
constexpr Metric kThreads{
    "perfwatch_group_threads", gauge, "Threads of the living processes.", {"group"}};
constexpr Metric kStates{"perfwatch_group_states",
                         gauge,
                         "Living processes by state; blocked is uninterruptible (D).",
                         {"group", "state"}};
constexpr Metric kOldest{"perfwatch_group_oldest_start_time_seconds",
                         gauge,
                         "Start of the oldest living process, in seconds since 1970-01-01 UTC.",
                         {"group"}};
constexpr Metric kResident{"perfwatch_group_memory_resident_bytes",
                           gauge,
                           "Resident memory of the living processes; shared pages count in each.",
                           {"group"}};
constexpr Metric kAnonymous{"perfwatch_group_memory_anonymous_bytes",
                            gauge,
                            "Resident memory that no file backs: heap, stack.",
                            {"group"}};
constexpr Metric kSwapped{"perfwatch_group_memory_swapped_bytes",
                          gauge,
                          "Anonymous memory of the living processes in swap.",
                          {"group"}};
constexpr Metric kLargest{"perfwatch_group_memory_largest_resident_bytes",
                          gauge,
                          "Resident memory of the largest living process.",
                          {"group"}};
constexpr Metric kMemoryLimit{"perfwatch_group_memory_limit_bytes",
                              gauge,
                              "Configured limit of the group's resident memory.",
                              {"group"}};
constexpr Metric kDescriptors{"perfwatch_group_open_descriptors",
                              gauge,
                              "Open file descriptors of the living processes.",
                              {"group"}};
constexpr Metric kDescriptorRatio{
    "perfwatch_group_descriptor_limit_ratio",
    gauge,
    "Open file descriptors over their soft limit, of the process that is nearest to it.",
    {"group"}};
constexpr Metric kCpu{"perfwatch_group_cpu_seconds_total",
                      counter,
                      "CPU time of the group's processes, the ended included.",
                      {"group", "mode"},
                      true};
constexpr Metric kRead{"perfwatch_group_read_bytes_total",
                       counter,
                       "Bytes that the group's processes had read from storage.",
                       {"group"},
                       true};
constexpr Metric kWritten{"perfwatch_group_written_bytes_total",
                          counter,
                          "Bytes that the group's processes had written to storage.",
                          {"group"},
                          true};
constexpr Metric kFaults{"perfwatch_group_page_faults_total",
                         counter,
                         "Page faults; major ones waited for storage.",
                         {"group", "kind"},
                         true};
constexpr Metric kSwitches{
    "perfwatch_group_context_switches_total",
    counter,
    "Context switches of the first thread of each process; its other threads "
    "are not counted.",
    {"group", "kind"},
    true};
constexpr Metric kStarted{"perfwatch_group_started_total",
                          counter,
                          "Programs that became members of the group, by fork or exec.",
                          {"group"},
                          true};
constexpr Metric kExited{"perfwatch_group_exited_total",
                         counter,
                         "Programs that left the group, by exit or exec of another.",
                         {"group"},
                         true};
constexpr Metric kLimited{
    "perfwatch_series_limited_total",
    counter,
    "Items that were counted in \"other\" because a limit of names was reached.",
    {"kind"},
    true};

constexpr std::array<const Metric*, 20> kAll = {
    &kProcesses,       &kThreads, &kStates,  &kOldest,      &kResident,
    &kAnonymous,       &kSwapped, &kLargest, &kMemoryLimit, &kDescriptors,
    &kDescriptorRatio, &kCpu,     &kRead,    &kWritten,     &kFaults,
    &kSwitches,        &kStarted, &kExited,  &kLimited,     &kGroupOomKills};

constexpr std::array<std::string_view, kProcessStates> kStateNames = {
    "running", "sleeping", "blocked", "stopped", "zombie", "idle"};

double number(std::uint64_t value) { return static_cast<double>(value); }
template <class T>
double number(const std::optional<T>& value) {
  return value ? static_cast<double>(*value) : kAbsent;
}

using Value = double (*)(const Group&);

// One series per group.
void write(const Metric& metric, const std::vector<Group>& groups, SampleWriter& out, Value value) {
  for (const auto& group : groups) out.add(metric, value(group), {group.name});
}

// Two, told apart by the second label.
struct Kind {
  std::string_view name;
  Value value;
};
void write(const Metric& metric, const std::vector<Group>& groups, SampleWriter& out, Kind first,
           Kind second) {
  for (const auto& group : groups) {
    out.add(metric, first.value(group), {group.name, first.name});
    out.add(metric, second.value(group), {group.name, second.name});
  }
}

void write_living(const std::vector<Group>& groups, const TickClock& clock, SampleWriter& out) {
  write(kProcesses, groups, out, [](const Group& g) { return number(g.living.processes); });
  write(kThreads, groups, out, [](const Group& g) { return number(g.living.threads); });
  for (const auto& group : groups) {
    for (std::size_t i = 0; i < kProcessStates; ++i) {
      out.add(kStates, number(group.living.states[i]), {group.name, kStateNames[i]});
    }
  }
  for (const auto& group : groups) {
    const bool alive = group.living.processes > 0;
    out.add(kOldest, alive ? clock.at(group.living.oldest_start_ticks) : kAbsent, {group.name});
  }
  write(kDescriptors, groups, out,
        [](const Group& g) { return number(g.living.open_descriptors); });
  write(kDescriptorRatio, groups, out,
        [](const Group& g) { return number(g.living.descriptor_limit_ratio); });
}

void write_memory(const std::vector<Group>& groups, SampleWriter& out) {
  write(kResident, groups, out, [](const Group& g) { return number(g.living.resident_bytes); });
  write(kAnonymous, groups, out, [](const Group& g) { return number(g.living.anonymous_bytes); });
  write(kSwapped, groups, out, [](const Group& g) { return number(g.living.swapped_bytes); });
  write(kLargest, groups, out,
        [](const Group& g) { return number(g.living.largest_resident_bytes); });
  for (const auto& group : groups) {
    if (group.memory_limit_bytes) {
      out.add(kMemoryLimit, number(group.memory_limit_bytes), {group.name});
    }
  }
}

void write_totals(const std::vector<Group>& groups, SampleWriter& out) {
  write(kCpu, groups, out, {"user", [](const Group& g) { return g.totals.user_seconds; }},
        {"system", [](const Group& g) { return g.totals.system_seconds; }});
  write(kRead, groups, out, [](const Group& g) { return number(g.totals.read_bytes); });
  write(kWritten, groups, out, [](const Group& g) { return number(g.totals.written_bytes); });
  write(kFaults, groups, out,
        {"minor", [](const Group& g) { return number(g.totals.minor_faults); }},
        {"major", [](const Group& g) { return number(g.totals.major_faults); }});
  write(kSwitches, groups, out,
        {"voluntary", [](const Group& g) { return number(g.totals.voluntary_switches); }},
        {"involuntary", [](const Group& g) { return number(g.totals.involuntary_switches); }});
  write(kStarted, groups, out, [](const Group& g) { return number(g.started); });
  write(kExited, groups, out, [](const Group& g) { return number(g.exited); });
}

}  // namespace

MetricList group_metrics() { return kAll; }

const Metric& series_limited_metric() { return kLimited; }

void write_group_series(const GroupLedger& ledger, const TickClock& clock, SampleWriter& out) {
  write_living(ledger.groups(), clock, out);
  write_memory(ledger.groups(), out);
  write_totals(ledger.groups(), out);
  out.add(kLimited, number(ledger.limited()), {"group"});
}

}  // namespace perfwatch
