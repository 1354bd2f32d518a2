// SPDX-License-Identifier: Apache-2.0
#include "core/analyse/sliding_mean.h"

#include <algorithm>
#include <cmath>

namespace perfwatch {

void SlidingMean::add(Time taken, double value, bool counter) {
  if (last_at_ && taken <= *last_at_) return;
  // A float must hold it, times the seconds of a slot.
  if (!std::isfinite(value) || std::abs(value) > 1e30) {
    if (!counter) last_at_.reset();
    return;
  }
  if (last_at_ && (!counter || value >= last_)) {
    const auto seconds = std::chrono::duration<float>(taken - *last_at_).count();
    slots_[newest_].sum +=
        counter ? static_cast<float>(value - last_) : static_cast<float>(value) * seconds;
    slots_[newest_].seconds += seconds;
  }
  last_at_ = taken;
  last_ = value;
}

void SlidingMean::next_slot() {
  newest_ = (newest_ + 1) % kSlots;
  slots_[newest_] = {};
}

std::optional<double> SlidingMean::over(std::size_t slots) const {
  double sum = 0;
  double seconds = 0;
  for (std::size_t i = 0; i < std::min(slots, kSlots); ++i) {
    const Slot& slot = slots_[(newest_ + kSlots - i) % kSlots];
    sum += static_cast<double>(slot.sum);
    seconds += static_cast<double>(slot.seconds);
  }
  if (!(seconds > 0)) return std::nullopt;
  return sum / seconds;
}

}  // namespace perfwatch
