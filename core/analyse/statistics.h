// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>
#include <vector>

#include "core/model/run.h"
#include "core/model/run_statistics.h"

namespace perfwatch {

// The value that the share `p` (0..1) of `sorted` does not exceed, interpolated linearly between
// neighbours: position p (n - 1) of the values counted from 0 (Hyndman and Fan 1996, definition 7;
// what R, NumPy and spreadsheets do by default). With fewer than 100 values the 99th percentile is
// little more than the largest. NaN of no values.
[[nodiscard]] double percentile(std::span<const double> sorted, double p);

// What is not finite is no value.
[[nodiscard]] Statistics statistics_of(std::span<const double> values);

// The values of one metric in many figures, those that are known.
[[nodiscard]] std::vector<double> values_of(std::span<const RunFigures> figures, RunMetric metric);
[[nodiscard]] MetricStatistics metric_statistics(std::span<const RunFigures> figures);

// The peak to compare memory by: the one that most of `figures` have; of equals anonymous memory at
// once, then the cgroup's, then the largest process.
[[nodiscard]] RunMetric memory_metric(std::span<const RunFigures> figures);

}  // namespace perfwatch
