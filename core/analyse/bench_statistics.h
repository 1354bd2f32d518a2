// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <span>
#include <vector>

#include "core/model/bench.h"

namespace perfwatch {

// Measurements whose modified z-score is beyond kOutlierScore: 0.6745 times the distance from the
// median over the median absolute deviation (Iglewicz and Hoaglin 1993; hyperfine names outliers by
// the same score, but only from ten standard deviations on). Where more than half of the values are
// equal that is 0, and the mean absolute deviation, times 1.2533, takes its place. Fewer than
// kFewestForOutliers tell nothing about what is usual. What is not finite is no value, and what is
// nearer to the median than kOutlierDistance of it is noise, however alike the others are.
inline constexpr double kOutlierScore = 3.5;
inline constexpr double kOutlierDistance = 0.05;
inline constexpr std::size_t kFewestForOutliers = 5;
[[nodiscard]] std::vector<BenchOutlier> find_outliers(std::span<const double> values);

struct BenchRatio {
  double value;      // NaN where either mean is not known or not positive
  double deviation;  // NaN where a deviation is not known
};
// Mean of `slower` over mean of `faster`. The deviation is propagated from both as of independent
// values: ratio sqrt((s1/m1)^2 + (s2/m2)^2), as hyperfine does it. It is that of single runs.
[[nodiscard]] BenchRatio ratio_of(const Statistics& slower, const Statistics& faster);

// Everything that is told of commands side by side.
[[nodiscard]] BenchReport bench_report(std::vector<BenchCommand> commands);

}  // namespace perfwatch
