// SPDX-License-Identifier: Apache-2.0
#include "core/analyse/binned_series.h"

#include <algorithm>
#include <cmath>

#include "core/analyse/hampel.h"

namespace perfwatch {
namespace {

constexpr double kLeastVariance = 1e-24;  // of values of the order of 1: what rounding leaves

void standardise(std::vector<double>& values) {
  const double rows = static_cast<double>(values.size());
  double mean = 0;
  for (const double value : values) mean += value / rows;
  double variance = 0;
  for (const double value : values) variance += (value - mean) * (value - mean) / rows;
  const double deviation = std::sqrt(variance);
  for (double& value : values) value = variance > kLeastVariance ? (value - mean) / deviation : 0;
}

}  // namespace

CleanSeries clean_series(std::span<const double> values) {
  CleanSeries series;
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (!std::isfinite(values[i])) continue;
    series.rows.push_back(i);
    series.values.push_back(values[i] / 2);
  }
  if (series.values.empty()) return series;
  series.origin = series.values.front();
  for (const double value : series.values) {
    series.scale = std::max(series.scale, std::abs(value - series.origin));
  }
  if (series.scale == 0) return series;
  for (double& value : series.values) value = (value - series.origin) / series.scale;
  series.values = without_spikes(series.values);
  return series;
}

BinnedSeries bin_series(const CleanSeries& series, std::size_t resolution) {
  const std::size_t rows = series.rows.back() + 1;
  BinnedSeries bins{(rows + resolution - 1) / resolution, {}, {}, {}};
  for (std::size_t i = 0; i < series.rows.size();) {
    const std::size_t step = series.rows[i] / bins.width;
    const std::size_t first = i;
    double sum = 0;
    for (; i < series.rows.size() && series.rows[i] / bins.width == step; ++i) {
      sum += series.values[i];
    }
    bins.steps.push_back(static_cast<double>(step));
    bins.values.push_back(sum / static_cast<double>(i - first));
  }
  const double origin = bins.steps.front();
  const double span = std::max(1.0, bins.steps.back() - origin);
  for (const double step : bins.steps) bins.times.push_back(2 * (step - origin) / span - 1);
  standardise(bins.values);
  return bins;
}

std::size_t first_of_bin(const CleanSeries& series, const BinnedSeries& bins, std::size_t at) {
  if (at >= bins.size()) return series.rows.size();
  const auto row = static_cast<std::size_t>(bins.steps[at]) * bins.width;
  const auto found = std::lower_bound(series.rows.begin(), series.rows.end(), row);
  return static_cast<std::size_t>(found - series.rows.begin());
}

}  // namespace perfwatch
