// SPDX-License-Identifier: Apache-2.0
#include "core/analyse/statistics.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <iterator>
#include <vector>

namespace perfwatch {

double percentile(std::span<const double> sorted, double p) {
  if (sorted.empty() || std::isnan(p)) return Statistics::kUnknown;
  const double position = std::clamp(p, 0.0, 1.0) * static_cast<double>(sorted.size() - 1);
  const auto below = static_cast<std::size_t>(position);
  const std::size_t above = std::min(below + 1, sorted.size() - 1);
  const double share = position - static_cast<double>(below);
  return sorted[below] + share * (sorted[above] - sorted[below]);
}

Statistics statistics_of(std::span<const double> values) {
  std::vector<double> known;
  known.reserve(values.size());
  std::copy_if(values.begin(), values.end(), std::back_inserter(known),
               [](double value) { return std::isfinite(value); });
  Statistics result;
  result.count = known.size();
  if (known.empty()) return result;
  std::sort(known.begin(), known.end());
  const double n = static_cast<double>(known.size());
  result.total = 0;
  for (const double value : known) result.total += value;
  result.mean = result.total / n;
  result.median = percentile(known, 0.5);
  result.min = known.front();
  result.max = known.back();
  result.p95 = percentile(known, 0.95);
  result.p99 = percentile(known, 0.99);
  if (known.size() < 2) return result;
  double squares = 0;
  for (const double value : known) squares += (value - result.mean) * (value - result.mean);
  result.deviation = std::sqrt(squares / (n - 1));
  return result;
}

std::vector<double> values_of(std::span<const RunFigures> figures, RunMetric metric) {
  std::vector<double> values;
  values.reserve(figures.size());
  for (const auto& each : figures) {
    if (each.has(metric)) values.push_back(each[metric]);
  }
  return values;
}

MetricStatistics metric_statistics(std::span<const RunFigures> figures) {
  MetricStatistics result;
  for (std::size_t i = 0; i < kRunMetrics; ++i) {
    const auto metric = static_cast<RunMetric>(i);
    result[metric] = statistics_of(values_of(figures, metric));
  }
  return result;
}

RunMetric memory_metric(std::span<const RunFigures> figures) {
  constexpr std::array kPeaks{RunMetric::concurrent_anonymous_bytes, RunMetric::cgroup_peak_bytes,
                              RunMetric::largest_process_bytes};
  const auto known = [&](RunMetric metric) {
    return std::count_if(figures.begin(), figures.end(),
                         [&](const RunFigures& each) { return each.has(metric); });
  };
  return *std::max_element(kPeaks.begin(), kPeaks.end(),
                           [&](RunMetric a, RunMetric b) { return known(a) < known(b); });
}

}  // namespace perfwatch
