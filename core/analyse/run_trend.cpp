// SPDX-License-Identifier: Apache-2.0
#include "core/analyse/run_trend.h"

#include <vector>

#include "core/analyse/trend.h"

namespace perfwatch {

std::optional<RunTrend> find_run_trend(std::span<const double> values, double smallest_change) {
  std::vector<TrendPoint> points;
  points.reserve(values.size());
  for (const double value : values) points.push_back({static_cast<double>(points.size()), value});
  TrendSettings settings;
  settings.smallest_change = smallest_change;
  const auto found = find_trend(points, settings);
  if (!found) return std::nullopt;
  // "Seconds" are runs here.
  return RunTrend{to_string(found->direction),
                  found->slope_per_second,
                  found->slope_low,
                  found->slope_high,
                  found->level,
                  found->volatility};
}

}  // namespace perfwatch
