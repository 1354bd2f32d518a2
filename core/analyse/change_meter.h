// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>
#include <vector>

#include "core/model/samples.h"

namespace perfwatch {

// One value that tells whether something goes on: a gauge, or the rate of a counter.
struct WatchedValue {
  double value = kAbsent;
  double material = 0;  // a smaller step of it is of no interest; in its own unit
};

// How much the watched values of a collector move.
//
// The step of each from the last round to this one is divided by the mean of its recent steps, but
// by no less than what is material; the largest quotient counts. The step, not the slope: what
// wanders gives smaller steps the closer the rounds, so that looking closer calms down instead of
// exciting itself, and for what only trembles the interval does not matter.
class ChangeMeter {
 public:
  // kAbsent when no value was known both times. Other values than last time (by number) begin anew.
  [[nodiscard]] double add(std::span<const WatchedValue> values);

 private:
  struct Memory {
    double value = kAbsent;
    double deviation = 0;  // mean of the absolute steps, exponentially weighted
  };
  [[nodiscard]] static double step(Memory& memory, const WatchedValue& now);
  std::vector<Memory> memory_;
};

}  // namespace perfwatch
