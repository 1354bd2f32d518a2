// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <initializer_list>
#include <optional>
#include <string_view>

#include "core/model/samples.h"

namespace perfwatch::test {

// The value of one series; nullopt when there is no such series or it is absent.
inline std::optional<double> value_of(const Samples& samples, std::string_view metric,
                                      std::initializer_list<std::string_view> labels = {}) {
  const auto& series = samples.schema->series;
  for (std::size_t i = 0; i < series.size(); ++i) {
    const auto& values = series[i].label_values;
    if (series[i].metric->name == metric &&
        std::equal(values.begin(), values.end(), labels.begin(), labels.end())) {
      return is_absent(samples.values[i]) ? std::nullopt : std::optional(samples.values[i]);
    }
  }
  return std::nullopt;
}

inline std::size_t series_count(const Samples& samples, std::string_view metric) {
  return static_cast<std::size_t>(std::ranges::count_if(
      samples.schema->series, [&](const Series& one) { return one.metric->name == metric; }));
}

inline std::uint32_t item_errors(const Samples& samples, ErrorKind kind) {
  return samples.item_errors[static_cast<std::size_t>(kind)];
}

}  // namespace perfwatch::test
