// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>
#include <vector>

namespace perfwatch {

// By how much the level of a second sample differs from that of a first one. For values of any
// distribution, a few of them wild: Hodges and Lehmann's estimate, the median of all differences.
struct LevelShift {
  double shift;
  double low;  // low <= shift <= high: it lies between them with the confidence that was asked for
  double high;
  double error;    // standard error of the shift
  double degrees;  // of freedom of that
};

// Both samples have a value at least, all finite, and one of them two. `least_deviation` is the
// standard deviation that single values have at least, however alike these few are. O(n m log).
[[nodiscard]] LevelShift level_shift(std::span<const double> before, std::span<const double> after,
                                     double confidence, double least_deviation);

// Less those that are far above all others, by 5 deviations: they were something else than noise,
// and say nothing about the level. A fifth at most; what is more frequent is no exception.
// Ascending.
[[nodiscard]] std::vector<double> without_wild(std::span<const double> values);

struct AllowedRise {
  double level = 0;  // the level may have risen by so much
  double each = 0;   // and each value lies above the others by so much before ranks count it
  double error_factor =
      1;  // by what the error of the shift is larger than that of independent values
};

// How likely chance alone makes a shift like that although the level rose by no more than `allowed`
// (p-value, one-sided). The larger of two answers: of Mann and Whitney's ranks, exact for any
// distribution, and of Student's t of the shift, whose error is taken `error_factor` times. Where
// every later value exceeds every earlier one ranks can say no more, and t alone tells.
//
// Ranks: a few wild later values do not make it small. t: neither do three values that are by
// accident the highest of 13, which ranks alone hold for 1 in 286. A fifth of the earlier values
// may be wild: those that lie 5 deviations above their median are not ranked.
[[nodiscard]] double chance_of_rise(std::span<const double> before, std::span<const double> after,
                                    const LevelShift& shift, const AllowedRise& allowed);

// What a series did by itself, before the runs in question: reasons to believe a change less.
struct OwnMovement {
  double up = 0;  // by as much its level rose, or will have risen; 0 where that is not sure
  double error_factor = 1;  // by what the error of its mean grows as neighbours are alike
};

// Oldest first, all finite. Steps by find_change_points, drift by Theil and Sen's slope at 99.5 %,
// which is followed until `ahead` values after the middle of the series. 1 ms for 100 values.
[[nodiscard]] OwnMovement own_movement(std::span<const double> values, double ahead);

}  // namespace perfwatch
