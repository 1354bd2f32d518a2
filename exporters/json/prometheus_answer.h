// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/base/result.h"

namespace perfwatch {

// One value that a server knows of a series; NaN where it is none that is finite.
struct ServerPoint {
  double seconds = 0;  // since 1970
  double value = 0;
};

// One series of a Prometheus-compatible server, with what was asked for of its history.
struct ServerSeries {
  std::vector<std::pair<std::string, std::string>> labels;  // by name; "__name__" is the metric's
  std::vector<ServerPoint> points;                          // oldest first

  // "" where it has none of that name.
  [[nodiscard]] std::string_view label(std::string_view name) const;
};

inline constexpr std::size_t kPrometheusAnswerBytes = std::size_t{8} << 20U;
// Of JSON: each point is a list of two.
inline constexpr std::size_t kPrometheusAnswerValues = 2'000'000;
inline constexpr std::size_t kServerSeries = 10'000;
inline constexpr std::size_t kServerPoints = 300'000;  // of all series together

// The answer of /api/v1/query to an expression whose value is a matrix (one that ends in a range)
// or a vector (a point each). The server is not trusted. Denied: it refused, with its words.
// Malformed names the place: no JSON, too large (in bytes, or more than `most_values` of JSON),
// another type of result, a value that is no number.
// https://prometheus.io/docs/prometheus/latest/querying/api/
[[nodiscard]] Result<std::vector<ServerSeries>> series_from_prometheus(
    std::string_view text, std::size_t most_values = kPrometheusAnswerValues);

}  // namespace perfwatch
