// SPDX-License-Identifier: Apache-2.0
#include "core/analyse/host_look.h"

#include <algorithm>

#include "core/base/clock.h"

namespace perfwatch {
namespace {

// From one glance to the next; absent where either is not known or the counter went back.
double increase(const std::optional<std::uint64_t>& from, const std::optional<std::uint64_t>& to) {
  if (!from || !to || *to < *from) return kAbsent;
  return static_cast<double>(*to - *from);
}

double busy_ratio(const Glance& from, const Glance& to) {
  const double all = increase(from.cpu_time, to.cpu_time);
  const double idle = increase(from.idle_time, to.idle_time);
  return all > 0 ? 1 - idle / all : kAbsent;
}

}  // namespace

void HostLook::learn(const HostLoad& load) {
  constexpr double kBusyStep = 0.1;  // as a level ends 10 points below where it began
  constexpr double kMemoryStep = 0.005;
  const auto learn = [](bool& known, double value, double bound, double step) {
    if (value >= bound) known = true;
    if (value < bound - step) known = false;
  };
  learn(busy_is_known_, load.busy_ratio, bounds_.busy_ratio, kBusyStep);
  learn(memory_is_known_, load.memory_used_ratio, bounds_.memory_watched_ratio, kMemoryStep);
}

HostLook::Verdict HostLook::see(const Glance& now) {
  Verdict verdict;
  const bool busy = before_ && busy_ratio(*before_, now) >= bounds_.busy_ratio;
  const bool full = now.memory_used_ratio >= bounds_.memory_watched_ratio;
  verdict.at_a_bound = (busy && !busy_is_known_) || (full && !memory_is_known_);
  if (before_) see_last_second(second_before_.value_or(*before_), now, verdict);
  second_before_ = before_;
  before_ = now;
  return verdict;
}

// When the looks are far apart: as much in each second.
void HostLook::see_last_second(const Glance& begin, const Glance& now, Verdict& verdict) const {
  const double seconds = std::max(1.0, Seconds(now.at - begin.at).count());
  verdict.exec_burst = increase(begin.forks, now.forks) >= kExecBurst * seconds;
  for (std::size_t i = 0; i < verdict.pressure.size(); ++i) {
    const double stall =
        increase(begin.stall_microseconds[i], now.stall_microseconds[i]) / 1e6 / seconds;
    if (stall >= kStallTrigger) verdict.pressure[i] = true;
    if (stall >= bounds_.some_stall[i]) verdict.pressure_at_a_bound = true;
  }
}

}  // namespace perfwatch
