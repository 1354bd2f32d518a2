// SPDX-License-Identifier: Apache-2.0
#include "core/analyse/segment_cost.h"

#include <algorithm>

namespace perfwatch {
namespace {

// Below this, times differ by rounding only: a single row, or two as near.
constexpr double kOneTime = 1e-14;

}  // namespace

SegmentCost::SegmentCost(std::span<const double> times, std::span<const double> values, Shape shape)
    : shape_(shape) {
  Sums sums{};
  up_to_.reserve(times.size() + 1);
  up_to_.push_back(sums);
  for (std::size_t i = 0; i < times.size(); ++i) {
    const double t = times[i];
    const double y = values[i];
    sums.t += t;
    sums.y += y;
    sums.tt += t * t;
    sums.ty += t * y;
    sums.yy += y * y;
    up_to_.push_back(sums);
  }
}

SegmentCost::Moments SegmentCost::moments(std::size_t first, std::size_t end) const {
  const Sums& from = up_to_[first];
  const Sums& to = up_to_[end];
  const double rows = static_cast<double>(end - first);
  const double t = (to.t - from.t) / rows;
  const double y = (to.y - from.y) / rows;
  return {rows,
          t,
          y,
          to.tt - from.tt - rows * t * t,
          to.ty - from.ty - rows * t * y,
          to.yy - from.yy - rows * y * y};
}

double SegmentCost::operator()(std::size_t first, std::size_t end) const {
  const Moments m = moments(first, end);
  const bool sloped = shape_ == Shape::line && m.tt > kOneTime;
  return std::max(0.0, sloped ? m.yy - m.ty * m.ty / m.tt : m.yy);
}

SegmentLine SegmentCost::fit(std::size_t first, std::size_t end) const {
  const Moments m = moments(first, end);
  const bool sloped = shape_ == Shape::line && m.tt > kOneTime;
  return {m.t, m.y, sloped ? m.ty / m.tt : 0};
}

}  // namespace perfwatch
