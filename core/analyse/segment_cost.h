// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace perfwatch {

// What a series is taken to be between two changes.
enum class Shape : std::uint8_t { level, line };

// A segment's level or line, at any time.
struct SegmentLine {
  double time;   // mean of its times
  double value;  // there
  double slope;  // 0 for a level
  [[nodiscard]] double at(double when) const { return value + slope * (when - time); }
};

// What is left of any stretch of a series when its own level or line is taken out: the residual sum
// of squares of least squares, in O(1) after O(n) once.
class SegmentCost {
 public:
  // `times` ascend; both are finite and of one length. Precise while |times| and |values| are of
  // the order of 1.
  SegmentCost(std::span<const double> times, std::span<const double> values, Shape shape);

  // Of rows first .. end - 1, at least one; never negative.
  [[nodiscard]] double operator()(std::size_t first, std::size_t end) const;
  [[nodiscard]] SegmentLine fit(std::size_t first, std::size_t end) const;

  [[nodiscard]] std::size_t rows() const { return up_to_.size() - 1; }
  [[nodiscard]] Shape shape() const { return shape_; }

 private:
  struct Sums {
    double t, y, tt, ty, yy;
  };
  // Sums of squares and products about the means.
  struct Moments {
    double rows, t, y, tt, ty, yy;
  };
  [[nodiscard]] Moments moments(std::size_t first, std::size_t end) const;

  Shape shape_;
  std::vector<Sums> up_to_;  // [i]: of rows 0 .. i - 1
};

}  // namespace perfwatch
