// SPDX-License-Identifier: Apache-2.0
// Any series, with any clock, before every detector: pairs of doubles (seconds, value) as they are.
#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <vector>

#include "core/analyse/anomaly.h"
#include "core/analyse/change_points.h"
#include "core/analyse/leak.h"
#include "core/analyse/trend.h"

namespace perfwatch {
namespace {

constexpr std::size_t kMostPoints = 300;  // change points take the square of it

void require(bool holds) {
  if (!holds) std::abort();
}

std::vector<TrendPoint> points_of(const std::uint8_t* data, std::size_t size) {
  std::vector<TrendPoint> points(std::min(size / sizeof(TrendPoint), kMostPoints));
  if (!points.empty()) std::memcpy(points.data(), data, points.size() * sizeof(TrendPoint));
  return points;
}

void anomaly(const std::vector<TrendPoint>& points) {
  AnomalyDetector::Settings settings;
  settings.warm_up_rows = 5;
  settings.rest_rows = 3;
  AnomalyDetector detector(settings);
  for (const auto& [seconds, value] : points) {
    const AnomalyScore score = detector.add(value, seconds);
    require(score.score >= 0 && score.score < 1);
    require(score.alert == (score.score >= settings.threshold));
  }
}

void leak(const std::vector<TrendPoint>& points) {
  LeakSettings settings;
  settings.smallest_growth = 1;
  settings.patience = 10;
  LeakDetector detector(settings);
  double resident = 0;
  for (const auto& [seconds, value] : points) {
    const LeakState state = detector.add(seconds, value, resident);
    resident = value;
    const bool grows = state.verdict == LeakVerdict::leak || state.verdict == LeakVerdict::growth;
    require(!(state.confidence < 0) && !(state.confidence > 1));
    require(state.verdict != LeakVerdict::leak || state.bytes_per_second > 0);
    require(!(state.low > state.high));
    require(!(detector.seconds_until(1e9).value_or(0) < 0));
    require(grows || !detector.seconds_until(1e9));
  }
  require(!(detector.smallest_visible_rate() < 0));
}

void change_points(const std::vector<TrendPoint>& points) {
  std::vector<double> values;
  for (const auto& point : points) values.push_back(point.value);
  std::size_t before = 0;
  for (const auto& point : find_change_points(values)) {
    require(point.index > before && point.index < values.size());
    require(!std::isnan(point.before) && !std::isnan(point.after));
    require(point.confidence >= 0 && point.confidence <= 1);
    before = point.index;
  }
}

void trend(const std::vector<TrendPoint>& points) {
  TrendSettings settings;
  settings.limit = 100;
  const auto found = find_trend(points, settings);
  if (!found) return;
  require(!std::isnan(found->slope_per_second) && !std::isnan(found->level));
  require(found->slope_low <= found->slope_high);
  require(!(found->volatility < 0));
  require(!(found->seconds_to_limit.value_or(0) < 0));
}

}  // namespace
}  // namespace perfwatch

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto points = perfwatch::points_of(data, size);
  perfwatch::anomaly(points);
  perfwatch::leak(points);
  perfwatch::change_points(points);
  perfwatch::trend(points);
  return 0;
}
