// SPDX-License-Identifier: Apache-2.0
#include "core/model/frame.h"

#include <algorithm>

namespace perfwatch {

std::optional<double> Frame::value(std::string_view metric,
                                   std::initializer_list<std::string_view> labels) const {
  for (const auto& block : blocks) {
    const auto& series = block->samples.schema->series;
    for (std::size_t i = 0; i < series.size(); ++i) {
      if (series[i].metric->name != metric || !series[i].suffix.empty()) continue;
      const auto& values = series[i].label_values;
      if (!std::equal(values.begin(), values.end(), labels.begin(), labels.end())) continue;
      const double value = block->samples.values[i];
      if (is_absent(value)) return std::nullopt;
      return value;
    }
  }
  return std::nullopt;
}

}  // namespace perfwatch
