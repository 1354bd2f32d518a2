// SPDX-License-Identifier: Apache-2.0
#include "exporters/report/chart.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>

namespace perfwatch {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
constexpr double kNan = std::numeric_limits<double>::quiet_NaN();

std::size_t times(std::string_view text, std::string_view part) {
  std::size_t count = 0;
  for (auto at = text.find(part); at != std::string_view::npos; at = text.find(part, at + 1)) {
    ++count;
  }
  return count;
}

TEST(ChartHtml, HasTitleDescriptionAxesAndUnits) {
  Chart chart;
  chart.title = "CPU";
  chart.description = "at most <4>";
  chart.unit = RunMetricInfo::Unit::seconds;
  chart.x_top = 10;
  chart.x_ticks = time_ticks(10);
  chart.line = {{0, 0}, {10, 4}};
  const std::string html = chart_html(chart);
  EXPECT_THAT(html, HasSubstr(R"(role="img")"));
  EXPECT_THAT(html, HasSubstr("<figcaption>CPU</figcaption>"));
  EXPECT_THAT(html, HasSubstr("<desc>at most &lt;4&gt;</desc>"));
  EXPECT_THAT(html, HasSubstr(">4 s</text>"));
  EXPECT_THAT(html, HasSubstr(">10 s</text>"));
  EXPECT_THAT(html, HasSubstr(R"(points="0.0,1000.0 1000.0,0.0")"));
}

TEST(ChartHtml, LeavesAGapWhereNothingIsKnown) {
  Chart chart;
  chart.x_top = 3;
  chart.line = {{0, 1}, {1, kNan}, {2, 1}, {3, 1}};
  chart.marks = {{0, kNan, "plain", "not drawn"}};
  const std::string html = chart_html(chart);
  EXPECT_EQ(times(html, "<polyline"), 2U);
  EXPECT_THAT(html, Not(HasSubstr("nan")));
  EXPECT_THAT(html, Not(HasSubstr("not drawn")));
}

TEST(ChartHtml, StandsValuesBeyondAllMeasure) {
  Chart chart;
  chart.x_top = 0;
  constexpr double kInfinity = std::numeric_limits<double>::infinity();
  chart.line = {{0, 1e308}, {kInfinity, 1}, {1e308, -1e308}, {kNan, 1}, {1, kInfinity}};
  const std::string html = chart_html(chart);
  EXPECT_THAT(html, Not(HasSubstr("inf")));
  EXPECT_THAT(html, Not(HasSubstr("nan")));
}

TEST(ChartHtml, ThinsLongLinesAndKeepsTheirPeaks) {
  Chart chart;
  chart.x_top = 99999;
  for (int i = 0; i < 100000; ++i) chart.line.push_back({i * 1.0, i == 54321 ? 1000.0 : 1.0});
  const std::string html = chart_html(chart);
  EXPECT_LT(html.size(), 20000U);
  EXPECT_THAT(html, HasSubstr(",0.0 "));  // the top
}

TEST(Sparkline, NeedsTwoValues) {
  EXPECT_EQ(sparkline({}), "");
  EXPECT_EQ(sparkline({1, kNan}), "");
  EXPECT_EQ(sparkline({0, 0}), "");
  EXPECT_EQ(times(sparkline({1, 2}), "<polyline"), 1U);
}

}  // namespace
}  // namespace perfwatch
