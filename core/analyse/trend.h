// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

namespace perfwatch {

struct TrendPoint {
  double seconds;
  double value;
};

enum class Direction : std::uint8_t { improving, degrading, stable };
[[nodiscard]] std::string_view to_string(Direction direction);

// Which way a series gets worse: memory up, throughput down.
enum class Worse : std::uint8_t { up, down };

struct TrendSettings {
  Worse worse = Worse::up;
  double confidence = 0.95;    // that the slope is in its interval
  double smallest_change = 0;  // over the whole span, in units of the value: less is stable
  std::optional<double> limit = std::nullopt;
};

// Where a series is going.
struct Trend {
  Direction direction;      // stable unless the interval of the slope leaves 0 out
  double slope_per_second;  // in units of the value
  double slope_low;         // the interval; infinite when there is too little to tell
  double slope_high;
  double level;       // of the trend's line at the last point
  double volatility;  // typical distance from the line (robust_deviation), in units of the value
  // From the last point until the line is at the limit, 0 when it is there or beyond. Absent
  // without a limit, when the direction is stable, and when the line leads away from the limit.
  std::optional<double> seconds_to_limit;
};

// Fewer points have no trend.
inline constexpr std::size_t kFewestTrendPoints = 8;

// The trend of `points` in their order. What is not finite is left out; where the clock steps back,
// the median distance of the points stands for that step. Absent when fewer than kFewestTrendPoints
// are left, or no time passes.
//
// The line is Theil and Sen's, through at most kTrendBins medians of neighbours: a quarter of the
// points may be wild. The interval allows for autocorrelation, of measurement errors on a wandering
// value too: where the value wanders a trend is one that has gone far. O(n), and 1,800 pairs of
// bins: 0.1 ms for 1000 points.
inline constexpr std::size_t kTrendBins = 60;
[[nodiscard]] std::optional<Trend> find_trend(std::span<const TrendPoint> points,
                                              const TrendSettings& settings = {});

}  // namespace perfwatch
