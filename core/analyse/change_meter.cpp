// SPDX-License-Identifier: Apache-2.0
#include "core/analyse/change_meter.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

namespace perfwatch {
namespace {

constexpr double kWeight = 1.0 / 8;  // of the newest step in the deviation
constexpr double kMostSurprise = 8;  // so many deviations count for the deviation

}  // namespace

double ChangeMeter::step(Memory& memory, const WatchedValue& now) {
  if (!std::isfinite(now.value)) return kAbsent;  // a hole; both sides of it are good
  const double before = std::exchange(memory.value, now.value);
  if (is_absent(before)) return kAbsent;
  constexpr double kLargest = std::numeric_limits<double>::max() / 16;
  const double size = std::min(std::abs(now.value - before), kLargest);
  const double least = std::isfinite(now.material) ? std::max(now.material, 0.0) : 0.0;
  const double scale = std::max(memory.deviation, least);
  const double surprise = size == 0 ? 0 : size / scale;  // scale 0: infinite, the first step ever
  const double counted = scale > 0 ? std::min(size, kMostSurprise * scale) : size;
  memory.deviation += kWeight * (counted - memory.deviation);
  return surprise;
}

double ChangeMeter::add(std::span<const WatchedValue> values) {
  if (memory_.size() != values.size()) memory_.assign(values.size(), {});
  double largest = kAbsent;
  for (std::size_t i = 0; i < values.size(); ++i) {
    largest = std::fmax(largest, step(memory_[i], values[i]));  // ignores what is absent
  }
  return largest;
}

}  // namespace perfwatch
