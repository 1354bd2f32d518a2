// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include "core/model/samples.h"

namespace perfwatch {

// Between which intervals a collector may be run.
struct IntervalBounds {
  std::chrono::nanoseconds minimum;
  std::chrono::nanoseconds base;  // while nothing is known
  std::chrono::nanoseconds maximum;
  bool operator==(const IntervalBounds&) const = default;
};
inline constexpr IntervalBounds kHostIntervals{std::chrono::milliseconds(500),
                                               std::chrono::seconds(2), std::chrono::seconds(15)};
inline constexpr IntervalBounds kDeviceIntervals{std::chrono::milliseconds(100),
                                                 std::chrono::seconds(1), std::chrono::seconds(10)};

// What a round found. kAbsent is what is not known; it speaks neither for haste nor for calm.
struct Activity {
  double change = kAbsent;      // ChangeMeter
  double busy_ratio = kAbsent;  // of all cores, 0..1
  double celsius = kAbsent;     // the hottest sensor
  // Until what rises steadily (three rounds in a row, say) reaches the first bound of a rule, at
  // the pace of these rounds. 0 and less says nothing: what is reached wakes by its rule.
  double seconds_to_limit = kAbsent;
};

// What may not wait for the next round: a PSI trigger; many programs started; a rule that is
// pending, or the bound of one reached by what can be looked at in between for next to nothing (two
// reads of small files: as many busy threads as CPUs give no pressure and start nothing).
enum class WakeSource : std::uint8_t {
  cpu_pressure,
  memory_pressure,
  io_pressure,
  execs,
  rule,
  look
};
inline constexpr std::size_t kWakeSources = 6;

[[nodiscard]] constexpr std::string_view to_string(WakeSource source) {
  constexpr std::array<std::string_view, kWakeSources> kNames = {
      "cpu_pressure", "memory_pressure", "io_pressure", "execs", "rule", "look"};
  return kNames[static_cast<std::size_t>(source)];
}

struct LevelBounds;

// The interval of one collector, from what its rounds find. Deterministic; no clock, no I/O; a
// value: a copy goes on as the original would.
//
// Without change it rests at the maximum while the host is calm, at half of it in ordinary use, at
// a third while the host is loaded or hot (but not below the base). A change beyond what is usual
// shortens it at once, to base * kNotable / change; where it is kRepose or less the interval grows
// by kGrowth, round by round, up to where it rests; between both it stays as it is. A wake-up
// brings the minimum at once and for one round more, as the first may look back far beyond what
// woke it; one that goes on counts once, until it was silent for kSilence.
class AdaptiveInterval {
 public:
  using Time = std::chrono::nanoseconds;  // of a clock that does not go back; if it does, no harm

  static constexpr double kNotable = 8;  // ChangeMeter
  static constexpr double kRepose = 4;
  static constexpr int kGrowth = 3;
  static constexpr std::chrono::seconds kSilence{3};
  static constexpr std::chrono::minutes kLongest{1};  // no interval is stretched beyond it

  // 0 < minimum <= base <= maximum; what is not is made so.
  explicit AdaptiveInterval(IntervalBounds bounds);

  // True when that is news: the collector should run as soon as interval() has passed since it last
  // did.
  [[nodiscard]] bool wake(WakeSource source, Time now);
  // After each round: the time until the next one.
  std::chrono::nanoseconds next(const Activity& activity);
  // The budget's factor: the interval is so many times as long, up to kLongest.
  void set_stretch(unsigned stretch) { stretch_ = stretch; }

  // With the stretch.
  [[nodiscard]] std::chrono::nanoseconds interval() const;

 private:
  enum class Level : std::uint8_t { calm, ordinary, loaded };

  [[nodiscard]] static Level level_of(double value, Level before, const LevelBounds& bounds);
  void see_level(const Activity& activity);
  [[nodiscard]] std::chrono::nanoseconds rest() const;
  [[nodiscard]] std::chrono::nanoseconds most(const Activity& activity) const;

  IntervalBounds bounds_;
  std::chrono::nanoseconds interval_;  // without the stretch
  Level busy_ = Level::ordinary;
  Level heat_ = Level::calm;  // no sensors: no heat
  bool awake_ = false;        // the next round is followed by the minimum, whatever it finds
  unsigned stretch_ = 1;
  std::array<std::optional<Time>, kWakeSources> woken_;  // when each last was heard of
};

}  // namespace perfwatch
