// SPDX-License-Identifier: Apache-2.0
#include "exporters/json/prometheus_answer.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>

#include "core/base/text.h"
#include "exporters/json/json_node.h"

namespace perfwatch {
namespace {

constexpr std::size_t kLabels = 100;  // of one series
constexpr std::size_t kQuoted = 300;  // of a server's words
constexpr double kUnknown = std::numeric_limits<double>::quiet_NaN();

std::string in_its_words(std::string_view text) { return printable_utf8(cut_utf8(text, kQuoted)); }

// Values are texts, as JSON knows neither infinity nor NaN.
double read_value(const JsonNode& node) {
  const std::string text = node.text();
  if (const auto number = to_number<double>(text)) {
    return std::isfinite(*number) ? *number : kUnknown;
  }
  if (text != "+Inf") node.complain("a number in quotes is expected");
  return kUnknown;
}

// [seconds, "value"]
ServerPoint read_point(const JsonNode& node) {
  ServerPoint point{kUnknown, kUnknown};
  std::size_t place = 0;
  node.each_element(2, [&](const JsonNode& part) {
    if (place++ == 0) {
      point.seconds = part.number();
    } else {
      point.value = read_value(part);
    }
  });
  if (place != 2 || std::isnan(point.seconds)) node.complain("a time and a value are expected");
  return point;
}

// Of a histogram there is neither "value" nor "values": no points.
ServerSeries read_series(const JsonNode& node, std::size_t& points_left) {
  ServerSeries series;
  node.at("metric").each_member(kLabels, [&](const std::string& name, const JsonNode& value) {
    series.labels.emplace_back(name, value.text());
  });
  std::sort(series.labels.begin(), series.labels.end());
  if (const JsonNode value = node.at("value"); value.there() && points_left > 0) {
    series.points.push_back(read_point(value));
  }
  node.at("values").each_element(
      points_left, [&](const JsonNode& point) { series.points.push_back(read_point(point)); });
  points_left -= std::min(points_left, series.points.size());
  std::stable_sort(series.points.begin(), series.points.end(),
                   [](const auto& a, const auto& b) { return a.seconds < b.seconds; });
  return series;
}

}  // namespace

std::string_view ServerSeries::label(std::string_view name) const {
  const auto found = std::find_if(labels.begin(), labels.end(),
                                  [&](const auto& label) { return label.first == name; });
  return found == labels.end() ? std::string_view() : found->second;
}

Result<std::vector<ServerSeries>> series_from_prometheus(std::string_view text,
                                                         std::size_t most_values) {
  const auto document = parse_document(text, kPrometheusAnswerBytes, most_values);
  if (!document) return tl::unexpected(document.error());
  std::string problem;
  const JsonNode node(*document, problem);
  if (node.at("status").text() == "error") {
    return fail(ErrorKind::denied, in_its_words(node.at("errorType").text()) + ": " +
                                       in_its_words(node.at("error").text()));
  }
  const JsonNode data = node.at("data");
  const JsonNode type = data.at("resultType");
  const std::string name = type.text();
  if (name != "matrix" && name != "vector") {
    type.complain("a matrix or a vector is expected" +
                  (name.empty() ? "" : ", not \"" + in_its_words(name) + "\""));
  }
  std::vector<ServerSeries> all;
  std::size_t points_left = kServerPoints;
  if (problem.empty()) {
    data.at("result").each_element(kServerSeries, [&](const JsonNode& series) {
      all.push_back(read_series(series, points_left));
    });
  }
  if (!problem.empty()) return fail(ErrorKind::malformed, std::move(problem));
  return all;
}

}  // namespace perfwatch
