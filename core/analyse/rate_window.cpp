// SPDX-License-Identifier: Apache-2.0
#include "core/analyse/rate_window.h"

#include <cmath>
#include <iterator>

#include "core/model/samples.h"

namespace perfwatch {

double RateWindow::add(Time taken, double counter) {
  if (!points_.empty() && taken <= last_) return rate_;
  rate_ = kAbsent;
  last_ = taken;
  if (!std::isfinite(counter)) return rate_;  // a hole; the points on both sides stay good

  if (points_.empty() || counter < last_counter_) {
    points_.assign(1, {taken, counter});
    last_counter_ = counter;
    return rate_;
  }
  last_counter_ = counter;

  // Keep one point that is at least a window old as the far end, drop those before it.
  const auto horizon = taken - window_;
  auto base = points_.begin();
  while (std::next(base) != points_.end() && std::next(base)->at <= horizon) ++base;
  points_.erase(points_.begin(), base);

  const std::chrono::duration<double> span = taken - points_.front().at;
  rate_ = (counter - points_.front().counter) / span.count();

  // Spaced so that a window, its far end and the rounding fit into kMaxPoints.
  constexpr auto kSteps = static_cast<std::chrono::nanoseconds::rep>(kMaxPoints - 2);
  if (taken - points_.back().at >= window_ / kSteps && points_.size() < kMaxPoints) {
    points_.push_back({taken, counter});
  }
  return rate_;
}

}  // namespace perfwatch
