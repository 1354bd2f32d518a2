// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "core/model/run.h"

namespace perfwatch {

struct Tick {
  double at;  // in units of the values
  std::string label;
};

// A scale from 0 with round numbers at even steps: of 1, 2 or 5 times a power of ten in the unit in
// which people read the largest value (ms, min, GiB).
struct Axis {
  double top = 1;  // of the last tick
  std::vector<Tick> ticks;
};

// For values up to `largest`, with three to six ticks, the last at or above it. What is not known
// or not positive has a scale up to 1.
[[nodiscard]] Axis value_axis(double largest, RunMetricInfo::Unit unit);
// For time from 0 to `seconds`, the last tick at or below it.
[[nodiscard]] std::vector<Tick> time_ticks(double seconds);

}  // namespace perfwatch
