// SPDX-License-Identifier: Apache-2.0
#include "core/analyse/robust.h"

#include <algorithm>
#include <cmath>
#include <iterator>
#include <limits>
#include <numeric>

namespace perfwatch {
namespace {

constexpr double kNone = std::numeric_limits<double>::quiet_NaN();

std::vector<double> finite(std::span<const double> values) {
  std::vector<double> kept;
  kept.reserve(values.size());
  std::copy_if(values.begin(), values.end(), std::back_inserter(kept),
               [](double value) { return std::isfinite(value); });
  return kept;
}

// Of all pairs that differ in x.
std::vector<double> pair_slopes(std::span<const PlanePoint> points) {
  std::vector<double> slopes;
  slopes.reserve(points.size() * (points.size() - 1) / 2);
  for (std::size_t i = 0; i < points.size(); ++i) {
    for (std::size_t j = 0; j < i; ++j) {
      const double slope = (points[i].y - points[j].y) / (points[i].x - points[j].x);
      if (std::isfinite(slope)) slopes.push_back(slope);
    }
  }
  return slopes;
}

// Standard deviation of Kendall's S of n independent points without trend (Kendall 1975).
double kendall_deviation(double n) { return std::sqrt(n * (n - 1) * (2 * n + 5) / 18); }

double ranked(std::vector<double>& values, double rank) {
  const double last = static_cast<double>(values.size() - 1);
  const auto at = values.begin() + static_cast<std::ptrdiff_t>(std::clamp(rank, 0.0, last));
  std::nth_element(values.begin(), at, values.end());
  return *at;
}

}  // namespace

double median_in_place(std::span<double> values) {
  if (values.empty()) return kNone;
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  if (values.size() % 2 == 1) return *middle;
  return std::midpoint(*std::max_element(values.begin(), middle), *middle);
}

double median(std::span<const double> values) {
  std::vector<double> kept = finite(values);
  return median_in_place(kept);
}

double robust_deviation(std::span<const double> values) {
  std::vector<double> distances = finite(values);
  const double middle = median_in_place(distances);
  for (double& value : distances) value = std::abs(value - middle);
  return kNormalDeviations * median_in_place(distances);
}

double autocorrelation(std::span<const double> residuals, std::size_t lag) {
  double largest = 0;
  for (const double value : residuals) {
    if (std::isfinite(value)) largest = std::max(largest, std::abs(value));
  }
  if (largest == 0) return 0;
  double products = 0;
  double squares = 0;
  for (std::size_t i = 0; i < residuals.size(); ++i) {
    if (!std::isfinite(residuals[i])) continue;
    const double scaled = residuals[i] / largest;
    squares += scaled * scaled;
    if (i >= lag && std::isfinite(residuals[i - lag]))
      products += scaled * (residuals[i - lag] / largest);
  }
  return products / squares;
}

double values_for_one(double rho) {
  if (rho >= 1) return std::numeric_limits<double>::infinity();
  return rho > 0 ? (1 + rho) / (1 - rho) : 1;
}

RobustLine theil_sen(std::span<const PlanePoint> points, double deviations, double values_for_one) {
  RobustLine line{kNone, kNone, kNone, kNone};
  if (points.size() < 2) return line;
  std::vector<double> slopes = pair_slopes(points);
  if (slopes.empty()) return line;
  line.slope = median_in_place(slopes);

  std::vector<double> intercepts;
  intercepts.reserve(points.size());
  for (const auto& [x, y] : points) intercepts.push_back(y - line.slope * x);
  line.intercept = median(intercepts);

  // So many ranks of the slopes on either side of the middle (Gilbert 1987, 16.2).
  const double pairs = static_cast<double>(slopes.size());
  const double reach = deviations * kendall_deviation(static_cast<double>(points.size())) *
                       std::sqrt(values_for_one);
  if (!(reach < pairs)) return line;
  line.low = std::min(line.slope, ranked(slopes, std::floor((pairs - reach) / 2) - 1));
  line.high = std::max(line.slope, ranked(slopes, std::ceil((pairs + reach) / 2)));
  return line;
}

}  // namespace perfwatch
