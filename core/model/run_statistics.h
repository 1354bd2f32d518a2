// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <limits>

#include "core/model/run.h"

namespace perfwatch {

// What a list of measurements comes to. NaN where there is nothing to tell: everything of no
// values, the deviation of one.
struct Statistics {
  static constexpr double kUnknown = std::numeric_limits<double>::quiet_NaN();
  std::size_t count = 0;  // values that were known
  double total = kUnknown;
  double mean = kUnknown;
  double median = kUnknown;  // the 50th percentile
  double min = kUnknown;
  double max = kUnknown;
  double deviation = kUnknown;  // standard deviation of a sample: by count - 1
  double p95 = kUnknown;
  double p99 = kUnknown;
};

// Statistics of each metric.
class MetricStatistics {
 public:
  [[nodiscard]] const Statistics& operator[](RunMetric metric) const {
    return values_[static_cast<std::size_t>(metric)];
  }
  Statistics& operator[](RunMetric metric) { return values_[static_cast<std::size_t>(metric)]; }

 private:
  std::array<Statistics, kRunMetrics> values_{};
};

}  // namespace perfwatch
