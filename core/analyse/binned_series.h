// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <span>
#include <vector>

namespace perfwatch {

// The rows of a series that have a value, without spikes (hampel.h) and brought to the order of 1,
// so that neither huge nor denormal values are lost in sums.
struct CleanSeries {
  std::vector<std::size_t> rows;  // ascending
  std::vector<double> values;     // -1 .. 1
  double origin = 0;
  double scale = 0;  // 0: all values are equal, or there are none

  // In units of the series. Halves do not overflow.
  [[nodiscard]] double in_units(double value) const { return 2 * (origin + scale * value); }
};
[[nodiscard]] CleanSeries clean_series(std::span<const double> values);  // NaN, infinite: missing

// Rows, or means of neighbours where there are more than can be looked at one by one.
struct BinnedSeries {
  std::size_t width;           // rows of a bin
  std::vector<double> steps;   // ordinals of the bins that have a value
  std::vector<double> times;   // the same from -1 to 1
  std::vector<double> values;  // mean 0, variance 1

  [[nodiscard]] std::size_t size() const { return values.size(); }
};
// At most `resolution` bins, at least 1. `series` is not empty.
[[nodiscard]] BinnedSeries bin_series(const CleanSeries& series, std::size_t resolution);

// The position in series.rows of the first row of a bin; that of the end for one past the last.
[[nodiscard]] std::size_t first_of_bin(const CleanSeries& series, const BinnedSeries& bins,
                                       std::size_t at);

}  // namespace perfwatch
