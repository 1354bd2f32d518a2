// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstddef>
#include <vector>

namespace perfwatch {

// The increase per second of one counter over a window, from a bounded number of points.
//
// The rate spans the whole window once there is that much history (from the newest point that is at
// least a window old), so an increase counts for at least a window and at most 1/62 longer. With
// less history it spans what there is, two points at least. A counter that goes back was reset: the
// history starts anew and there is no rate until the next point.
class RateWindow {
 public:
  using Time = std::chrono::steady_clock::time_point;
  static constexpr std::size_t kMaxPoints = 64;

  explicit RateWindow(std::chrono::nanoseconds window) : window_(window) {}

  // Takes the counter as it was at `taken` and returns the rate now, kAbsent if there is none. A
  // round that was seen before (same or older `taken`) adds nothing and gives the same rate again.
  double add(Time taken, double counter);

  [[nodiscard]] Time last_taken() const { return last_; }
  [[nodiscard]] std::size_t points() const { return points_.size(); }
  [[nodiscard]] std::chrono::nanoseconds window() const { return window_; }

 private:
  struct Point {
    Time at;
    double counter;
  };

  std::chrono::nanoseconds window_;
  std::vector<Point> points_;  // oldest first, thinned; grows to kMaxPoints and stays there
  Time last_{};                // of the last round, whether or not it became a point
  double last_counter_ = 0;
  double rate_ = 0;
};

}  // namespace perfwatch
