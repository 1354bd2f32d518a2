// SPDX-License-Identifier: Apache-2.0
#include "core/analyse/trend.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include "core/analyse/robust.h"

namespace perfwatch {
namespace {

// Beyond this the noise is as good as a random walk, and its estimate no more than a guess.
constexpr double kLargestCorrelation = 0.98;

std::vector<PlanePoint> finite(std::span<const TrendPoint> points) {
  std::vector<PlanePoint> kept;
  kept.reserve(points.size());
  for (const auto& [seconds, value] : points) {
    if (std::isfinite(seconds) && std::isfinite(value)) kept.push_back({seconds, value});
  }
  return kept;
}

// x in seconds since the first point, never going back.
void straighten_time(std::vector<PlanePoint>& points) {
  std::vector<double> distances;
  for (std::size_t i = 1; i < points.size(); ++i) {
    const double distance = points[i].x - points[i - 1].x;
    if (distance > 0) distances.push_back(distance);
  }
  const double usual = distances.empty() ? 0 : median_in_place(distances);
  double clock = points.front().x;
  double x = 0;
  for (auto& point : points) {
    const double distance = point.x - clock;
    clock = point.x;
    x += distance < 0 ? usual : distance;
    point.x = x;
  }
}

// Medians of so many neighbours that there are at most kTrendBins; of an odd number, as the median
// of two is no safer than one of them. The oldest points are left out where the last bin would be
// short.
std::vector<PlanePoint> binned(const std::vector<PlanePoint>& points) {
  const std::size_t width = (points.size() + kTrendBins - 1) / kTrendBins | 1U;
  if (width == 1) return points;
  std::vector<PlanePoint> bins;
  std::vector<double> values(width);
  for (std::size_t first = points.size() % width; first < points.size(); first += width) {
    double time = 0;
    for (std::size_t i = 0; i < width; ++i) {
      time += points[first + i].x / static_cast<double>(width);
      values[i] = points[first + i].y;
    }
    bins.push_back({time, median_in_place(values)});
  }
  return bins;
}

std::vector<double> residuals(const std::vector<PlanePoint>& points, const RobustLine& line) {
  std::vector<double> rests;
  rests.reserve(points.size());
  for (const auto& [x, y] : points) rests.push_back(y - (line.intercept + line.slope * x));
  return rests;
}

// How many residuals are worth one independent value. Correlations fall as c phi^k with the lag k,
// as those of an AR(1) and of one with measurement errors do; phi comes from the first two where
// the first is significant, and the sum of all is c phi/(1 - phi). An estimate from n residuals of
// a line falls short by about (2 + 4 rho)/n (Kendall 1954, with a line in place of a mean).
double residuals_for_one(const std::vector<double>& rests) {
  const double n = static_cast<double>(rests.size());
  const auto estimate = [&](std::size_t lag) {
    return (autocorrelation(rests, lag) + 2 / n) / (1 - 4 / n);
  };
  const double first = std::clamp(estimate(1), 0.0, kLargestCorrelation);
  const bool significant = first > 2 / std::sqrt(n);
  const double phi =
      significant ? std::clamp(estimate(2) / first, first, kLargestCorrelation) : first;
  return 1 + 2 * first / (1 - phi);
}

// Where the noise is so much like a random walk that ranks say nothing, all slopes still lie
// between the least and the most of those from one bin to the next. So what goes the same way all
// the time is a trend; a walk of 8 bins does so once in 64 times, one of kTrendBins never.
void take_the_extremes(const std::vector<PlanePoint>& bins, RobustLine& line) {
  if (bins.size() < kFewestTrendPoints) return;
  for (std::size_t i = 1; i < bins.size(); ++i) {
    const double distance = bins[i].x - bins[i - 1].x;
    if (!(distance > 0)) continue;
    const double slope = (bins[i].y - bins[i - 1].y) / distance;
    line.low = std::fmin(line.low, slope);
    line.high = std::fmax(line.high, slope);
  }
}

// The number of standard deviations z with P(|normal| < z) = p, by bisection of erf.
double normal_deviations(double p) {
  double low = 0;
  double high = 10;
  for (int i = 0; i < 60; ++i) {
    const double middle = (low + high) / 2;
    (std::erf(middle / std::sqrt(2.0)) < p ? low : high) = middle;
  }
  return high;
}

Direction direction_of(const RobustLine& line, double span, const TrendSettings& settings) {
  const bool leaves_0_out = line.low > 0 || line.high < 0;
  if (!leaves_0_out) return Direction::stable;
  if (std::abs(line.slope) * span < settings.smallest_change) return Direction::stable;
  const bool rises = line.slope > 0;
  return rises == (settings.worse == Worse::up) ? Direction::degrading : Direction::improving;
}

std::optional<double> time_to_limit(const Trend& trend, const TrendSettings& settings) {
  if (!settings.limit || trend.direction == Direction::stable) return std::nullopt;
  const double way = *settings.limit - trend.level;
  const bool beyond = settings.worse == Worse::up ? way <= 0 : way >= 0;
  if (beyond) return 0;
  const double seconds = way / trend.slope_per_second;
  return seconds >= 0 && std::isfinite(seconds) ? std::optional(seconds) : std::nullopt;
}

}  // namespace

std::string_view to_string(Direction direction) {
  switch (direction) {
    case Direction::improving:
      return "improving";
    case Direction::degrading:
      return "degrading";
    case Direction::stable:
      return "stable";
  }
  return "stable";
}

std::optional<Trend> find_trend(std::span<const TrendPoint> points, const TrendSettings& settings) {
  std::vector<PlanePoint> kept = finite(points);
  if (kept.size() < kFewestTrendPoints) return std::nullopt;
  straighten_time(kept);
  const std::vector<PlanePoint> bins = binned(kept);
  const double deviations = normal_deviations(settings.confidence);

  RobustLine line = theil_sen(bins, deviations);
  if (!std::isfinite(line.slope) || !std::isfinite(line.intercept)) return std::nullopt;
  line = theil_sen(bins, deviations, residuals_for_one(residuals(bins, line)));
  if (std::isnan(line.low)) take_the_extremes(bins, line);

  constexpr double kAny = std::numeric_limits<double>::infinity();
  Trend trend{};
  trend.slope_per_second = line.slope;
  trend.slope_low = std::isnan(line.low) ? -kAny : line.low;
  trend.slope_high = std::isnan(line.high) ? kAny : line.high;
  trend.level = line.intercept + line.slope * kept.back().x;
  if (!std::isfinite(trend.level)) return std::nullopt;  // times or values beyond all measure
  trend.volatility = robust_deviation(residuals(kept, line));
  trend.direction = direction_of(line, kept.back().x, settings);
  trend.seconds_to_limit = time_to_limit(trend, settings);
  return trend;
}

}  // namespace perfwatch
