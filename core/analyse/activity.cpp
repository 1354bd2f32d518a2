// SPDX-License-Identifier: Apache-2.0
#include "core/analyse/activity.h"

#include <algorithm>
#include <cmath>

namespace perfwatch {
namespace {

// A smaller step is of no interest.
constexpr double kMaterialBusy = 0.05;
constexpr double kMaterialMemory = 0.005;
constexpr double kMaterialStall = 0.05;
constexpr double kMaterialBytes = 10.0 * 1024 * 1024;  // per second

}  // namespace

Activity ActivityMeter::add(const HostLoad& load) {
  const std::array<WatchedValue, 7> watched = {{{load.busy_ratio, kMaterialBusy},
                                                {load.memory_used_ratio, kMaterialMemory},
                                                {load.cpu_stall, kMaterialStall},
                                                {load.memory_stall, kMaterialStall},
                                                {load.io_stall, kMaterialStall},
                                                {load.disk_bytes_per_second, kMaterialBytes},
                                                {load.network_bytes_per_second, kMaterialBytes}}};
  Activity activity;
  activity.change = meter_.add(watched);
  activity.busy_ratio = load.busy_ratio;
  activity.seconds_to_limit =
      seconds_to_limit({load.at,
                        {load.busy_ratio, load.memory_used_ratio, load.cpu_stall, load.memory_stall,
                         load.io_stall}});
  return activity;
}

// Of what has risen in three rounds in a row, at the pace of these rounds.
double ActivityMeter::seconds_to_limit(const Round& now) {
  const Values bounds = {bounds_.busy_ratio, bounds_.memory_used_ratio, bounds_.some_stall[0],
                         bounds_.some_stall[1], bounds_.some_stall[2]};
  double least = kAbsent;
  for (std::size_t i = 0; i < kBounded && rounds_ == kRises; ++i) {
    const double left = bounds[i] - now.values[i];
    const auto before = [&](std::size_t back) { return before_[back].values[i]; };
    const bool rises = now.values[i] > before(0) && before(0) > before(1) && before(1) > before(2);
    if (!rises || !(left > 0)) continue;  // absent neither rises nor has anything left
    const double seconds = Seconds(now.at - before_[2].at).count();
    least = std::fmin(least, left / (now.values[i] - before(2)) * seconds);
  }
  std::shift_right(before_.begin(), before_.end(), 1);
  before_.front() = now;
  rounds_ = std::min(rounds_ + 1, kRises);
  return least;
}

}  // namespace perfwatch
