// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <span>
#include <vector>

namespace perfwatch {

// Statistics that a few wild values do not move. Pure; what is not finite is no value and is left
// out; of no values the answer is NaN.

// Standard deviations of a normal distribution in one median absolute deviation.
inline constexpr double kNormalDeviations = 1.482602218505602;

// The middle value, of an even number of them the mean of the two in the middle. O(n).
[[nodiscard]] double median(std::span<const double> values);
// The same without the copy: moves the values about, all of which are finite.
[[nodiscard]] double median_in_place(std::span<double> values);

// Median distance from the median, times kNormalDeviations: the standard deviation where the values
// are normal, and of half of them where they are not. 0 when more than half are equal.
[[nodiscard]] double robust_deviation(std::span<const double> values);

// Correlation of values `lag` apart: sum of r[i] r[i - lag] over the sum of squares, of values
// whose mean is taken to be 0 already (residuals). 0 when they are all 0.
[[nodiscard]] double autocorrelation(std::span<const double> residuals, std::size_t lag = 1);

// How many values are worth one independent value when the mean or the slope of a series is
// estimated whose noise has the neighbour correlation `rho`, an AR(1): (1 + rho)/(1 - rho), at
// least 1 (Bayley and Hammersley 1946). Infinite from 1 on.
[[nodiscard]] double values_for_one(double rho);

struct PlanePoint {
  double x;
  double y;
};

// A line through points, and the interval of its slope.
struct RobustLine {
  double slope;
  double low;        // NaN, as high, when there are too few points to tell
  double high;       // low <= slope <= high
  double intercept;  // at x = 0: median of y - slope x
};

// Theil-Sen line: the median slope over all pairs of points that differ in x (Sen 1968). It stands
// while under 29 % of the points are wild. NaN all over when no two points differ in x.
//
// The interval holds the slope with the probability that `deviations` standard deviations of a
// normal distribution have (1.96: 95 %). It comes from the variance of Kendall's S, which counts
// pairs that rise less those that fall, multiplied by `values_for_one` where the noise is
// autocorrelated (after Hamed and Rao 1998). O(n^2) time and memory: 16 bytes a pair.
[[nodiscard]] RobustLine theil_sen(std::span<const PlanePoint> points, double deviations,
                                   double values_for_one = 1);

}  // namespace perfwatch
