// SPDX-License-Identifier: Apache-2.0
#include "core/account/group_counters.h"

#include <algorithm>
#include <utility>

namespace perfwatch {
namespace {

// What `now` adds to `seen`, which becomes `now`. Less than before adds nothing.
template <class Number>
Number advance(Number& seen, Number now) {
  if (now <= seen) return {};
  return now - std::exchange(seen, now);
}

// The same where a value may be unreadable: the first that is read is the baseline.
std::optional<std::uint64_t> advance(std::optional<std::uint64_t>& seen,
                                     std::optional<std::uint64_t> now) {
  if (!now) return std::nullopt;
  if (!seen) {
    seen = now;
    return 0;
  }
  return advance(*seen, *now);
}

struct CpuTimes {
  double user = 0;
  double system = 0;
};

CpuTimes advance_cpu(GroupCounters& seen, const ProcessRecord& record) {
  const double total = record.user_seconds + record.system_seconds;
  if (total <= seen.user_seconds + seen.system_seconds) return {};
  const double system =
      std::max(seen.system_seconds, std::min(record.system_seconds, total - seen.user_seconds));
  const double user = std::max(seen.user_seconds, total - system);
  return {user - std::exchange(seen.user_seconds, user),
          system - std::exchange(seen.system_seconds, system)};
}

}  // namespace

ProcessState to_state(char letter) {
  switch (letter) {
    case 'R':
      return ProcessState::running;
    case 'D':
      return ProcessState::blocked;
    case 'T':
    case 't':
      return ProcessState::stopped;
    case 'Z':
    case 'X':
    case 'x':
      return ProcessState::zombie;
    case 'I':
      return ProcessState::idle;
    default:  // S, and the short-lived K, W and P of older kernels
      return ProcessState::sleeping;
  }
}

void add(std::optional<std::uint64_t>& total, std::optional<std::uint64_t> more) {
  if (more) total = total.value_or(0) + *more;
}

GroupCounters counters_of(const ProcessRecord& record) {
  return {record.user_seconds, record.system_seconds,     record.minor_faults,
          record.major_faults, record.voluntary_switches, record.involuntary_switches,
          record.read_bytes,   record.written_bytes};
}

GroupCounters advance(GroupCounters& seen, const ProcessRecord& record) {
  const CpuTimes cpu = advance_cpu(seen, record);
  return {cpu.user,
          cpu.system,
          advance(seen.minor_faults, record.minor_faults),
          advance(seen.major_faults, record.major_faults),
          advance(seen.voluntary_switches, record.voluntary_switches),
          advance(seen.involuntary_switches, record.involuntary_switches),
          advance(seen.read_bytes, record.read_bytes),
          advance(seen.written_bytes, record.written_bytes)};
}

void add(GroupCounters& total, const GroupCounters& more) {
  total.user_seconds += more.user_seconds;
  total.system_seconds += more.system_seconds;
  total.minor_faults += more.minor_faults;
  total.major_faults += more.major_faults;
  total.voluntary_switches += more.voluntary_switches;
  total.involuntary_switches += more.involuntary_switches;
  add(total.read_bytes, more.read_bytes);
  add(total.written_bytes, more.written_bytes);
}

void add_living(GroupLiving& living, const ProcessRecord& record) {
  ++living.processes;
  living.threads += record.threads;
  living.resident_bytes += record.resident_bytes;
  living.anonymous_bytes += record.anonymous_bytes;
  living.swapped_bytes += record.swapped_bytes;
  living.largest_resident_bytes = std::max(living.largest_resident_bytes, record.resident_bytes);
  living.oldest_start_ticks = std::min(living.oldest_start_ticks, record.key.start_ticks);
  ++living.states[static_cast<std::size_t>(to_state(record.state))];
  if (!record.open_descriptors) return;
  add(living.open_descriptors, *record.open_descriptors);
  if (record.descriptor_limit && *record.descriptor_limit > 0) {
    const double ratio = static_cast<double>(*record.open_descriptors) /
                         static_cast<double>(*record.descriptor_limit);
    living.descriptor_limit_ratio = std::max(living.descriptor_limit_ratio.value_or(0), ratio);
  }
}

}  // namespace perfwatch
