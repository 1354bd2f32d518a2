// SPDX-License-Identifier: Apache-2.0
#include "core/analyse/leak.h"

#include <algorithm>
#include <array>
#include <cmath>

namespace perfwatch {
namespace {

constexpr double kLargestSeconds = 1e15;
constexpr double kLargestValue = 1e30;  // well inside a float
constexpr double kStartUp = 30;         // s; what comes in them is not growth
constexpr double kNotable = 0.1;        // of the level: growth that is worth a word
constexpr double kStep = 0.7;           // of the growth ...
constexpr double kStepSeconds = 60;     // ... in a minute
constexpr double kGoesOn = 0.25;        // of a leak's rate
// What it takes for growth to be even, as a multiple of what it takes to stand out; by tests/bench/
// leak_power.cpp.
constexpr double kEvenness = 3;
constexpr std::size_t kRecent = 5;           // of 20 pieces ...
constexpr double kRecentShare = 0.5 * 0.25;  // ... hold half of their share if it still grows

// The largest rise of what was kept. Old buckets are wider than a minute: of a rise from one to the
// next it cannot be told how steep it was.
struct Rise {
  double in_a_minute = 0;
  double in_a_bucket = 0;  // or a minute
};

Rise steepest(const FloorLine& line, std::size_t first) {
  Rise most;
  for (std::size_t i = first; i + 1 < line.size; ++i) {
    const std::size_t after = std::max(line.at(line.seen[i] + kStepSeconds), i + 1);
    const double rise =
        static_cast<double>(line.lowest[after]) - static_cast<double>(line.lowest[i]);
    most.in_a_bucket = std::max(most.in_a_bucket, rise);
    if (static_cast<double>(line.buckets[i].seen) <= kStepSeconds) {
      most.in_a_minute = std::max(most.in_a_minute, rise);
    }
  }
  return most;
}

}  // namespace

std::string_view to_string(LeakVerdict verdict) {
  switch (verdict) {
    case LeakVerdict::not_enough_data:
      return "not enough data";
    case LeakVerdict::growth:
      return "growth";
    case LeakVerdict::leak:
      return "leak";
    case LeakVerdict::levelled_off:
      return "growth that levelled off";
    case LeakVerdict::retention:
      return "retention";
    case LeakVerdict::steady:
      return "steady";
  }
  return "not enough data";
}

LeakState LeakDetector::add(double seconds, double anonymous_bytes, double resident_bytes) {
  if (!(std::abs(seconds) <= kLargestSeconds) || !(std::abs(anonymous_bytes) <= kLargestValue)) {
    return state_;
  }
  const bool first = std::isnan(value_);
  if (!first && seconds + clock_ahead_ < last_) {
    state_.onset_seconds -= last_ - clock_ahead_ - seconds;
    clock_ahead_ = last_ - seconds;
  }
  last_ = seconds + clock_ahead_;
  value_ = anonymous_bytes;
  const double other = resident_bytes - anonymous_bytes;
  if (other >= 0 && !(other >= other_) && other <= kLargestValue) other_ = other;
  if (history_.add(last_, static_cast<float>(anonymous_bytes))) state_ = judged();
  return state_;
}

LeakState LeakDetector::judged() const {
  const FloorLine line(history_);
  const auto stretch = longest_growth(line, settings_, std::isnan(other_) ? 0 : other_);
  if (state_.verdict == LeakVerdict::leak && !(stretch && stretch->leak()) && goes_on(line)) {
    return state_;
  }
  if (!stretch) return grown(line);
  LeakState state;
  state.verdict = stretch->leak() ? LeakVerdict::leak : LeakVerdict::growth;
  state.onset_seconds = line.buckets[stretch->onset].start - clock_ahead_;
  state.bytes_per_second = stretch->rate;
  state.low = stretch->low;
  state.high = stretch->high;
  state.confidence = stretch->seconds / (stretch->seconds + stretch->needed);
  return state;
}

// A leak that was called: whether it has grown since, over a quarter of its time.
bool LeakDetector::goes_on(const FloorLine& line) const {
  const double grown_seconds = last_ - clock_ahead_ - state_.onset_seconds;
  const double window = std::clamp(grown_seconds / 4, settings_.patience,
                                   std::max(settings_.patience, settings_.longest_patience));
  const double recent =
      line.kept(line.span - window / kStretchPieces) - line.kept(line.span - window);
  return recent >=
         kGoesOn * state_.bytes_per_second * window * (kStretchPieces - 1) / kStretchPieces;
}

// What to call a series that shows no stretch of even growth.
LeakState LeakDetector::grown(const FloorLine& line) const {
  LeakState state;
  if (line.span < settings_.patience) return state;
  state.confidence = line.span / (line.span + settings_.patience);
  state.verdict = LeakVerdict::steady;

  constexpr std::size_t kPieces = 20;
  std::array<double, kPieces> kept{};
  const double start = std::min(kStartUp, line.span / 10);
  const double length = (line.span - start) / kPieces;
  for (std::size_t i = 0; i < kPieces; ++i) {
    kept[i] = line.kept(start + static_cast<double>(i) * length);
  }
  const double gain = kept.back() - kept.front();
  if (gain < std::max({settings_.smallest_growth, kNotable * kept.back(),
                       settings_.fluctuation_ratio * line.fluctuation(length)})) {
    return state;
  }
  const double recent = kept.back() - kept[kPieces - 1 - kRecent];
  const Rise rise = steepest(line, line.at(start));
  state.verdict = rise.in_a_minute >= kStep * gain ? LeakVerdict::retention
                  : recent >= kRecentShare * gain  ? LeakVerdict::growth
                  : rise.in_a_bucket >= kStep * gain && state_.verdict == LeakVerdict::retention
                      ? LeakVerdict::retention
                      : LeakVerdict::levelled_off;
  return state;
}

double LeakDetector::smallest_visible_rate() const {
  const FloorLine line(history_);
  LeakSettings settings = settings_;
  settings.fluctuation_ratio *= kEvenness;
  double least = LeakState::kUnknown;
  const double shortest = std::max(settings_.patience, FloorHistory::kLongestStep);
  for (double seconds = line.span; seconds >= shortest; seconds /= 2) {
    const double growth = least_growth(line, settings, std::isnan(other_) ? 0 : other_, seconds);
    const double rate = growth / seconds * kStretchPieces / (kStretchPieces - 1);
    if (!(rate >= least)) least = rate;
  }
  return least;
}

std::optional<double> LeakDetector::seconds_until(double limit_bytes) const {
  const bool grows = state_.verdict == LeakVerdict::leak || state_.verdict == LeakVerdict::growth;
  if (!grows || !(state_.bytes_per_second > 0) || std::isnan(limit_bytes)) return std::nullopt;
  return std::max(0.0, (limit_bytes - value_) / state_.bytes_per_second);
}

}  // namespace perfwatch
