// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/model/run.h"
#include "exporters/report/axis.h"

namespace perfwatch {

struct ChartPoint {
  double x;
  double y;  // NaN: the line has a gap
};

// A point to look at: its title is shown under the mouse and read out.
struct ChartMark {
  double x;
  double y;
  std::string_view kind;  // plain, bad or quiet
  std::string title;
};

// A line right across: vertical with x, horizontal with y.
struct ChartRule {
  double at;
  std::string_view kind;  // bad or quiet
  std::string label;
};

// One drawing over time or over runs. Texts are not HTML yet.
struct Chart {
  std::string title;        // above the drawing
  std::string description;  // what it shows in a sentence, for who cannot see it
  RunMetricInfo::Unit unit = RunMetricInfo::Unit::count;
  double x_top = 1;  // from 0
  std::vector<Tick> x_ticks;
  std::vector<ChartPoint> line;
  bool filled = false;  // down to 0
  std::vector<ChartPoint> trend;
  std::vector<ChartMark> marks;
  std::vector<ChartRule> verticals;
  std::vector<ChartRule> horizontals;
};

// At most this many points of a line are drawn; of more, neighbours become one, with the largest
// value of them, so that no peak is lost.
inline constexpr std::size_t kMostDrawn = 600;

// A <figure>. It is as wide as there is room; letters and lines keep their size.
[[nodiscard]] std::string chart_html(const Chart& chart);

// A small line without axes, for a cell of a table; empty with fewer than two values.
[[nodiscard]] std::string sparkline(const std::vector<double>& values);

}  // namespace perfwatch
