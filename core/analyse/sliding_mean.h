// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <optional>

namespace perfwatch {

// The mean over time of one gauge, or the rate of one counter, over the last so many of kSlots
// slots of time. Rounds may come at any distance: a gauge's value stands for the time since the one
// before, a counter's increase is spread over it. What is absent (NaN, infinities) counts neither
// as value nor as time: a gauge's next value stands for nothing, a counter's spans the hole. A
// counter that went back was reset and starts anew.
class SlidingMean {
 public:
  using Time = std::chrono::steady_clock::time_point;
  static constexpr std::size_t kSlots = 16;

  // The value as it was at `taken`; a round that was seen before adds nothing.
  void add_gauge(Time taken, double value) { add(taken, value, false); }
  void add_counter(Time taken, double value) { add(taken, value, true); }
  // What comes from now on goes into a new slot, in place of the oldest.
  void next_slot();

  // Over the newest `slots` slots, 1 to kSlots; absent when nothing is known there.
  [[nodiscard]] std::optional<double> over(std::size_t slots) const;

 private:
  struct Slot {
    float sum = 0;  // value x seconds; of a counter its increase
    float seconds = 0;
  };
  void add(Time taken, double value, bool counter);

  std::array<Slot, kSlots> slots_{};
  std::size_t newest_ = 0;
  std::optional<Time> last_at_;  // of the last value that was there
  double last_ = 0;
};

}  // namespace perfwatch
