// SPDX-License-Identifier: Apache-2.0
#include "core/account/run_timeline.h"

#include <cmath>
#include <utility>

namespace perfwatch {
namespace {

// NaN gives way to what is known.
double larger(double a, double b) { return std::fmax(a, b); }

// `first` began at `start`; `second` follows.
RunPoint together(double start, const RunPoint& first, const RunPoint& second) {
  RunPoint both;
  both.seconds = second.seconds;
  const double whole = second.seconds - start;
  const double share = whole > 0 ? (first.seconds - start) / whole : 0.5;
  both.cpu_cores = first.cpu_cores * share + second.cpu_cores * (1 - share);
  if (std::isnan(both.cpu_cores)) both.cpu_cores = larger(first.cpu_cores, second.cpu_cores);
  both.anonymous_bytes = larger(first.anonymous_bytes, second.anonymous_bytes);
  both.processes = larger(first.processes, second.processes);
  return both;
}

}  // namespace

void RunTimeline::add(const RunPoint& point) {
  if (merged_ == each_ || points_.empty()) {
    if (points_.size() == kMostPoints) halve();
    points_.push_back(point);
    merged_ = 1;
    return;
  }
  const double start = points_.size() > 1 ? points_[points_.size() - 2].seconds : 0;
  points_.back() = together(start, points_.back(), point);
  ++merged_;
}

void RunTimeline::halve() {
  double start = 0;
  for (std::size_t i = 0; i < kMostPoints / 2; ++i) {
    const double end = points_[2 * i + 1].seconds;
    points_[i] = together(start, points_[2 * i], points_[2 * i + 1]);
    start = end;
  }
  points_.resize(kMostPoints / 2);
  each_ *= 2;
}

std::vector<RunPoint> RunTimeline::take() { return std::move(points_); }

}  // namespace perfwatch
