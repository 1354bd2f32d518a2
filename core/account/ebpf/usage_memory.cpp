// SPDX-License-Identifier: Apache-2.0
#include "core/account/ebpf/usage_memory.h"

#include <algorithm>

namespace perfwatch {
namespace {

template <class Number>
void raise(Number& value, Number floor) {
  value = std::max(value, floor);
}

void raise(WireUsage& usage, const WireUsage& floor) {
  raise(usage.cpu_ns, floor.cpu_ns);
  raise(usage.user_ns, floor.user_ns);
  raise(usage.system_ns, floor.system_ns);
  raise(usage.minor_faults, floor.minor_faults);
  raise(usage.major_faults, floor.major_faults);
  raise(usage.voluntary_switches, floor.voluntary_switches);
  raise(usage.involuntary_switches, floor.involuntary_switches);
  raise(usage.read_bytes, floor.read_bytes);
  raise(usage.written_bytes, floor.written_bytes);
}

// `now` has the larger sum of the two; as cputime_adjust() does it.
CpuTimes never_less(CpuTimes now, const CpuTimes& before) {
  const std::uint64_t sum = now.user_ns + now.system_ns;
  raise(now.system_ns, before.system_ns);
  now.user_ns = sum - std::min(now.system_ns, sum);
  if (now.user_ns < before.user_ns) now = {before.user_ns, sum - std::min(before.user_ns, sum)};
  return now;
}

}  // namespace

void UsageMemory::settle(const ProcessKey& key, WireUsage usage, bool has_io, ProcessRecord& out) {
  Seen& seen = seen_[key];
  raise(usage, seen.usage);
  seen.usage = usage;
  seen.times = never_less(split_cpu(usage), seen.times);
  seen.sweep = sweep_;
  out.user_seconds = static_cast<double>(seen.times.user_ns) / 1e9;
  out.system_seconds = static_cast<double>(seen.times.system_ns) / 1e9;
  fill_usage(usage, has_io, out);
}

void UsageMemory::end_sweep() {
  ++sweep_;
  std::erase_if(seen_,
                [&](const auto& entry) { return sweep_ - entry.second.sweep > kForgetAfter; });
}

}  // namespace perfwatch
