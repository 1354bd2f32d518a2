// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <limits>
#include <optional>
#include <string_view>

#include "core/analyse/leak_history.h"
#include "core/analyse/leak_stretch.h"

namespace perfwatch {

enum class LeakVerdict : std::uint8_t {
  not_enough_data,
  growth,        // grows, too early to tell
  leak,          // has grown steadily for longer than a warm-up would
  levelled_off,  // grew bit by bit until some time ago
  retention,     // rose in a step and stayed: what a peak needed and was not given back
  steady,        // nothing of the above
};
[[nodiscard]] std::string_view to_string(LeakVerdict verdict);

// Numbers are NaN where there are none: for `not_enough_data`, and but for the confidence for all
// that does not grow.
struct LeakState {
  static constexpr double kUnknown = std::numeric_limits<double>::quiet_NaN();
  LeakVerdict verdict = LeakVerdict::not_enough_data;
  double onset_seconds = kUnknown;  // on the clock of the points
  double bytes_per_second = kUnknown;
  double low = kUnknown;  // 95 % interval of the rate
  double high = kUnknown;
  // 0..1: time over the sum of it and the time that makes a leak, the time being that for which it
  // has grown or, where it does not grow, that for which it has been watched. A leak has at least
  // 0.5 when it is first called.
  double confidence = kUnknown;
};

// Judges one subject's memory (or descriptors, threads, sockets) as it comes: constant memory, no
// look-ahead, no allocation.
//
// A leak is growth of what is never given back (the lowest value of all later ones) that goes on
// evenly, in neither steps nor slow-down, for longer than a warm-up would: `patience` for each
// multiple of the footprint with which it began. leak_stretch.h has the tests, docs/accuracy.md the
// reasons. Once called, it is one until the growth stops or is given back.
class LeakDetector {
 public:
  using Settings = LeakSettings;
  explicit LeakDetector(const Settings& settings = {}) : settings_(settings) {}

  // `seconds` is monotonic; after a step back the clock is taken to go on from there. `anonymous`
  // decides. `resident` only says how large the subject is; NaN where that is not known or not the
  // same unit. Points without a finite value are holes.
  [[nodiscard]] LeakState add(double seconds, double anonymous_bytes, double resident_bytes);

  // The slowest leak, in bytes per second, that would be called after the time and with the noise
  // seen so far; NaN with less than the patience.
  [[nodiscard]] double smallest_visible_rate() const;

  // When it will reach the limit at this rate, from the last point; none while it does not grow.
  [[nodiscard]] std::optional<double> seconds_until(double limit_bytes) const;

 private:
  [[nodiscard]] LeakState judged() const;
  [[nodiscard]] LeakState grown(const FloorLine& line) const;
  [[nodiscard]] bool goes_on(const FloorLine& line) const;

  Settings settings_;
  FloorHistory history_;
  LeakState state_;
  double clock_ahead_ = 0;  // s: what our time is ahead of the points', after steps back
  double last_ = 0;         // s, our time
  double value_ = LeakState::kUnknown;
  double other_ = LeakState::kUnknown;  // the least of resident - anonymous
};

}  // namespace perfwatch
