// SPDX-License-Identifier: Apache-2.0
#include "core/analyse/level_shift.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <vector>

#include "core/analyse/change_points.h"
#include "core/analyse/rank_sum.h"
#include "core/analyse/robust.h"
#include "core/analyse/student.h"

namespace perfwatch {
namespace {

// Standard deviations of a normal distribution in the median distance of two values of it.
constexpr double kPairDeviations = 1.0483;  // 1/(sqrt(2) 0.67449)
// The median distance of pairs is worth so much of the values, as an estimate of the deviation
// (Bickel and Lehmann 1979; their spread).
constexpr double kSpreadEfficiency = 0.86;
constexpr double kWildDeviations = 5;
constexpr double kPlainChance = 0.1;  // nobody needs ranks to doubt what is that likely

void add_distances(std::span<const double> values, std::vector<double>& distances) {
  for (std::size_t i = 0; i < values.size(); ++i) {
    for (std::size_t j = 0; j < i; ++j) distances.push_back(std::abs(values[i] - values[j]));
  }
}

// Of single values about the level of their own sample. Stands while a quarter of them is wild.
double deviation_of(std::span<const double> before, std::span<const double> after) {
  std::vector<double> distances;
  distances.reserve((before.size() * before.size() + after.size() * after.size()) / 2);
  add_distances(before, distances);
  add_distances(after, distances);
  return kPairDeviations * median_in_place(distances);
}

std::vector<double> differences(std::span<const double> before, std::span<const double> after) {
  std::vector<double> all;
  all.reserve(before.size() * after.size());
  for (const double later : after) {
    for (const double earlier : before) all.push_back(later - earlier);
  }
  return all;
}

// How sure a step has to be to count as one, and a drift (99.5 %) and a correlation (99 %), in
// standard deviations. Doubts cost sight: 1 % of true changes are doubted wrongly.
constexpr double kStepConfidence = 0.85;
constexpr double kSure = 2.807;
constexpr double kSureOneSided = 2.326;
constexpr double kLargestCorrelation = 0.9;
constexpr std::size_t kFewestForCorrelation = 20;  // of fewer its estimate is mostly chance

void see_drift(std::span<const double> values, double ahead, OwnMovement& movement) {
  std::vector<PlanePoint> points;
  for (const double value : values) points.push_back({static_cast<double>(points.size()), value});
  const RobustLine line = theil_sen(points, kSure);
  if (line.low > 0) movement.up = line.slope * ahead;
}

void see_steps(std::span<const double> values, OwnMovement& movement) {
  for (const ChangePoint& step : find_change_points(values)) {
    if (step.confidence >= kStepConfidence)
      movement.up = std::max(movement.up, step.after - step.before);
  }
}

}  // namespace

std::vector<double> without_wild(std::span<const double> values) {
  std::vector<double> sorted(values.begin(), values.end());
  std::sort(sorted.begin(), sorted.end());
  const double bound =
      median(sorted) + kWildDeviations * deviation_of(sorted, std::span<const double>());
  const std::size_t fewest = sorted.size() - sorted.size() / 5;
  while (sorted.size() > fewest && sorted.back() > bound) sorted.pop_back();
  return sorted;
}

LevelShift level_shift(std::span<const double> before, std::span<const double> after,
                       double confidence, double least_deviation) {
  std::vector<double> all = differences(before, after);
  LevelShift found{};
  found.shift = median_in_place(all);
  const auto n = static_cast<double>(before.size());
  const auto m = static_cast<double>(after.size());
  found.error = std::max(deviation_of(before, after), least_deviation) * std::sqrt(1 / n + 1 / m);
  found.degrees = std::max(1.0, kSpreadEfficiency * (n + m - 2));
  if (const auto rank = rank_sum_interval(before.size(), after.size(), confidence)) {
    const auto low = all.begin() + static_cast<std::ptrdiff_t>(*rank);
    std::nth_element(all.begin(), low, all.end());
    found.low = *low;
    const auto high = all.end() - 1 - static_cast<std::ptrdiff_t>(*rank);
    std::nth_element(all.begin(), high, all.end());
    found.high = *high;
  } else {
    const double reach = found.error * student_quantile((1 - confidence) / 2, found.degrees);
    found.low = found.shift - reach;
    found.high = found.shift + reach;
  }
  return found;
}

double chance_of_rise(std::span<const double> before, std::span<const double> after,
                      const LevelShift& shift, const AllowedRise& allowed) {
  const double by_error = student_tail(
      (shift.shift - allowed.level) / (shift.error * allowed.error_factor), shift.degrees);
  if (by_error > kPlainChance) return by_error;
  const std::vector<double> usual = without_wild(before);
  std::size_t above = 0;
  for (const double later : after) {
    for (const double earlier : usual) above += later - earlier > allowed.each ? 1 : 0;
  }
  if (above == usual.size() * after.size()) return by_error;
  return std::max(by_error, rank_sum_tail(usual.size(), after.size(), above));
}

OwnMovement own_movement(std::span<const double> values, double ahead) {
  OwnMovement movement;
  if (values.size() < 3) return movement;
  see_drift(values, ahead, movement);
  see_steps(values, movement);
  if (values.size() < kFewestForCorrelation) return movement;
  const double level = median(values);
  std::vector<double> rests;
  for (const double value : values) rests.push_back(value - level);
  const double correlation = autocorrelation(rests);
  if (correlation > kSureOneSided / std::sqrt(static_cast<double>(values.size())))
    movement.error_factor = std::sqrt(values_for_one(std::min(correlation, kLargestCorrelation)));
  return movement;
}

}  // namespace perfwatch
