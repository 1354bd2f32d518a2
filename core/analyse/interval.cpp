// SPDX-License-Identifier: Apache-2.0
#include "core/analyse/interval.h"

#include <algorithm>
#include <cmath>
#include <utility>

namespace perfwatch {

// Where a level begins, and how far back it has to go before it ends.
struct LevelBounds {
  double calm_below;
  double calm_until;
  double loaded_from;
  double loaded_above;
};

namespace {

constexpr LevelBounds kBusy{0.2, 0.3, 0.8, 0.7};  // ratio of all cores
constexpr LevelBounds kHeat{50, 55, 75, 70};      // degrees Celsius
constexpr double kHeadroom = 2;                   // looks before a limit is reached

std::chrono::nanoseconds nanoseconds_of(double count) {
  constexpr double kMost = 9e18;  // fits the type
  return std::chrono::nanoseconds(static_cast<std::int64_t>(std::clamp(count, 0.0, kMost)));
}

}  // namespace

AdaptiveInterval::AdaptiveInterval(IntervalBounds bounds) : bounds_(bounds) {
  constexpr std::chrono::nanoseconds kLeast = std::chrono::milliseconds(1);
  constexpr std::chrono::nanoseconds kMost = std::chrono::hours(24);
  bounds_.minimum = std::clamp(bounds_.minimum, kLeast, kMost);
  bounds_.base = std::clamp(bounds_.base, bounds_.minimum, kMost);
  bounds_.maximum = std::clamp(bounds_.maximum, bounds_.base, kMost);
  interval_ = bounds_.base;
}

AdaptiveInterval::Level AdaptiveInterval::level_of(double value, Level before,
                                                   const LevelBounds& bounds) {
  if (std::isnan(value)) return before;
  const bool loaded = before == Level::loaded ? value >= bounds.loaded_above  //
                                              : value >= bounds.loaded_from;
  if (loaded) return Level::loaded;
  const bool calm = before == Level::calm ? value < bounds.calm_until : value < bounds.calm_below;
  return calm ? Level::calm : Level::ordinary;
}

void AdaptiveInterval::see_level(const Activity& activity) {
  busy_ = level_of(activity.busy_ratio, busy_, kBusy);
  heat_ = level_of(activity.celsius, heat_, kHeat);
}

std::chrono::nanoseconds AdaptiveInterval::rest() const {
  const Level level = std::max(busy_, heat_);
  if (level == Level::calm) return bounds_.maximum;
  return std::max(bounds_.base, bounds_.maximum / (level == Level::ordinary ? 2 : 3));
}

// The longest interval that what was found allows.
std::chrono::nanoseconds AdaptiveInterval::most(const Activity& activity) const {
  auto most = rest();
  if (activity.change >= kNotable) {
    const double base = static_cast<double>(bounds_.base.count());
    most = std::min(most, nanoseconds_of(base * kNotable / activity.change));
  }
  if (activity.seconds_to_limit > 0) {
    most = std::min(most, nanoseconds_of(activity.seconds_to_limit / kHeadroom * 1e9));
  }
  return std::max(most, bounds_.minimum);
}

bool AdaptiveInterval::wake(WakeSource source, Time now) {
  auto& last = woken_[static_cast<std::size_t>(source)];
  const bool goes_on = last && now >= *last && now - *last < kSilence;
  last = now;
  if (goes_on || interval_ == bounds_.minimum) return false;
  interval_ = bounds_.minimum;
  awake_ = true;
  return true;
}

std::chrono::nanoseconds AdaptiveInterval::next(const Activity& activity) {
  see_level(activity);
  const auto most = this->most(activity);
  if (std::exchange(awake_, false)) {
    interval_ = bounds_.minimum;
  } else if (interval_ > most) {
    interval_ = most;
  } else if (activity.change <= kRepose) {
    interval_ = std::min(interval_ * kGrowth, most);
  } else if (is_absent(activity.change) && interval_ < bounds_.base) {
    interval_ = std::min({interval_ * kGrowth, bounds_.base, most});
  }
  return interval();
}

std::chrono::nanoseconds AdaptiveInterval::interval() const {
  const std::chrono::nanoseconds longest = kLongest;
  const auto stretched = interval_ * static_cast<std::int64_t>(std::clamp(stretch_, 1U, 1024U));
  return std::max(interval_, std::min(stretched, longest));
}

}  // namespace perfwatch
