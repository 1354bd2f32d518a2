// SPDX-License-Identifier: Apache-2.0
#include "exporters/report/chart.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <iterator>

#include "core/base/html_text.h"
#include "exporters/report/html_parts.h"
#include "exporters/report/words.h"

namespace perfwatch {
namespace {

// Lines are drawn in a square of this size that is stretched over the drawing; all else is placed
// by per cent, so that it keeps its form.
constexpr double kSquare = 1000;

// Where a value is drawn, 0..1 from the left and from the bottom.
struct Plot {
  double x_top;
  double y_top;
  [[nodiscard]] double x(double value) const {
    return x_top > 0 ? std::clamp(value / x_top, 0.0, 1.0) : 0;
  }
  [[nodiscard]] double y(double value) const { return std::clamp(value / y_top, 0.0, 1.0); }
};

std::vector<ChartPoint> thinned(const std::vector<ChartPoint>& points) {
  if (points.size() <= kMostDrawn) return points;
  const std::size_t width = (points.size() + kMostDrawn - 1) / kMostDrawn;
  std::vector<ChartPoint> kept;
  for (std::size_t first = 0; first < points.size(); first += width) {
    const std::size_t end = std::min(first + width, points.size());
    ChartPoint largest = points[first];
    for (std::size_t i = first + 1; i < end; ++i) {
      // fmax takes the number where the other is NaN.
      largest.y = std::fmax(largest.y, points[i].y);
    }
    kept.push_back(largest);
  }
  return kept;
}

// Stretches of known points.
std::vector<std::vector<ChartPoint>> stretches(const std::vector<ChartPoint>& points) {
  std::vector<std::vector<ChartPoint>> found;
  bool open = false;
  for (const auto& point : points) {
    const bool known = std::isfinite(point.x) && std::isfinite(point.y);
    if (known && !open) found.emplace_back();
    if (known) found.back().push_back(point);
    open = known;
  }
  return found;
}

double largest_value(const Chart& chart) {
  double largest = 0;
  const auto see = [&](double value) {
    if (std::isfinite(value)) largest = std::max(largest, value);
  };
  for (const auto& point : chart.line) see(point.y);
  for (const auto& point : chart.trend) see(point.y);
  for (const auto& mark : chart.marks) see(mark.y);
  for (const auto& rule : chart.horizontals) see(rule.at);
  return largest;
}

std::string coordinates(const std::vector<ChartPoint>& points, const Plot& plot) {
  std::string out;
  for (const auto& [x, y] : points) {
    put(out, "{}{:.1f},{:.1f}", out.empty() ? "" : " ", plot.x(x) * kSquare,
        (1 - plot.y(y)) * kSquare);
  }
  return out;
}

void append_lines(std::string& out, const Chart& chart, const Plot& plot) {
  put(out, R"(<svg viewBox="0 0 {0} {0}" preserveAspectRatio="none" width="100%" height="100%">)",
      kSquare);
  for (const auto& stretch : stretches(thinned(chart.line))) {
    const std::string line = coordinates(stretch, plot);
    if (chart.filled) {
      put(out, R"(<polygon class="area" points="{:.1f},{} {} {:.1f},{}"/>)",
          plot.x(stretch.front().x) * kSquare, kSquare, line, plot.x(stretch.back().x) * kSquare,
          kSquare);
    }
    put(out, R"(<polyline class="line" points="{}"/>)", line);
  }
  if (!chart.trend.empty()) {
    put(out, R"(<polyline class="trend" points="{}"/>)", coordinates(chart.trend, plot));
  }
  out += "</svg>\n";
}

void append_y_axis(std::string& out, const Axis& axis, const Plot& plot) {
  for (const auto& tick : axis.ticks) {
    const double y = (1 - plot.y(tick.at)) * 100;
    put(out, R"(<line class="grid" x1="0" x2="100%" y1="{0:.2f}%" y2="{0:.2f}%"/>)", y);
    put(out, R"(<text class="tick" x="-8" y="{:.2f}%" dy="4" text-anchor="end">{}</text>)", y,
        html_escape(tick.label));
  }
  out += '\n';
}

void append_x_axis(std::string& out, const Chart& chart, const Plot& plot) {
  out += R"(<line class="axis" x1="0" x2="100%" y1="100%" y2="100%"/>)";
  for (const auto& tick : chart.x_ticks) {
    const double x = plot.x(tick.at);
    const std::string_view anchor = x < 0.05 ? "start" : x > 0.93 ? "end" : "middle";
    put(out, R"(<text class="tick" x="{:.2f}%" y="100%" dy="18" text-anchor="{}">{}</text>)",
        x * 100, anchor, html_escape(tick.label));
  }
  out += '\n';
}

void append_rules(std::string& out, const Chart& chart, const Plot& plot) {
  for (const auto& rule : chart.verticals) {
    const double x = plot.x(rule.at);
    put(out, R"(<line class="rule {0}" x1="{1:.2f}%" x2="{1:.2f}%" y1="0" y2="100%"/>)", rule.kind,
        x * 100);
    put(out,
        R"(<text class="label {}" x="{:.2f}%" y="0" dx="{}" dy="11" text-anchor="{}">{}</text>)",
        rule.kind, x * 100, x < 0.6 ? 5 : -5, x < 0.6 ? "start" : "end", html_escape(rule.label));
  }
  for (const auto& rule : chart.horizontals) {
    const double y = (1 - plot.y(rule.at)) * 100;
    put(out, R"(<line class="rule {0}" x1="0" x2="100%" y1="{1:.2f}%" y2="{1:.2f}%"/>)", rule.kind,
        y);
    put(out,
        R"(<text class="label {}" x="100%" y="{:.2f}%" dx="-4" dy="{}" text-anchor="end">{}</text>)",
        rule.kind, y, y < 12 ? 13 : -5, html_escape(rule.label));
  }
}

void append_marks(std::string& out, const Chart& chart, const Plot& plot) {
  for (const auto& mark : chart.marks) {
    if (!std::isfinite(mark.y)) continue;
    put(out,
        R"(<circle class="mark {}" cx="{:.2f}%" cy="{:.2f}%" r="3.5"><title>{}</title></circle>)",
        mark.kind, plot.x(mark.x) * 100, (1 - plot.y(mark.y)) * 100, html_escape(mark.title));
    out += '\n';
  }
}

}  // namespace

std::string chart_html(const Chart& chart) {
  const Axis axis = value_axis(largest_value(chart), chart.unit);
  const Plot plot{chart.x_top, axis.top};
  std::string out;
  put(out, "<figure class=\"chart\"><figcaption>{}</figcaption>\n", html_escape(chart.title));
  put(out, R"(<svg role="img" height="150" aria-label="{}"><desc>{}</desc>)",
      html_escape(chart.title), html_escape(chart.description));
  out += '\n';
  append_y_axis(out, axis, plot);
  append_lines(out, chart, plot);
  append_x_axis(out, chart, plot);
  append_rules(out, chart, plot);
  append_marks(out, chart, plot);
  out += "</svg></figure>\n";
  return out;
}

std::string sparkline(const std::vector<double>& values) {
  std::vector<ChartPoint> points;
  points.reserve(values.size());
  for (const double value : values) points.push_back({static_cast<double>(points.size()), value});
  points = thinned(points);
  double largest = 0;
  std::size_t known = 0;
  for (const auto& point : points) {
    if (!std::isfinite(point.y)) continue;
    largest = std::max(largest, point.y);
    ++known;
  }
  if (known < 2 || !(largest > 0)) return {};
  const Plot plot{points.back().x, largest * 1.05};
  std::string out =
      R"(<svg class="spark" viewBox="0 0 1000 1000" preserveAspectRatio="none" aria-hidden="true">)";
  for (const auto& stretch : stretches(points)) {
    put(out, R"(<polyline class="line" points="{}"/>)", coordinates(stretch, plot));
  }
  return out + "</svg>";
}

}  // namespace perfwatch
