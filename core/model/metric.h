// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace perfwatch {

enum class MetricType : std::uint8_t { gauge, counter, histogram, info };

[[nodiscard]] constexpr std::string_view to_string(MetricType type) {
  switch (type) {
    case MetricType::gauge:
      return "gauge";
    case MetricType::counter:
      return "counter";
    case MetricType::histogram:
      return "histogram";
    case MetricType::info:
      return "info";
  }
  return "gauge";
}

inline constexpr std::size_t kMaxLabels = 4;

// What a metric is. Declared once as `constexpr` beside the code that fills it, never copied: its
// address is its identity. `name` is the name in text format 0.0.4 (counters end in _total, base
// units). `labels` lists the label names in their order of exposition; unused places stay empty.
struct Metric {
  std::string_view name;
  MetricType type = MetricType::gauge;
  std::string_view help;
  std::array<std::string_view, kMaxLabels> labels{};
  // A counter that perfwatch itself starts at 0 when a series is born after the daemon's first
  // frame (groups, say; not the kernel's own counters). Its first exposition is 0, so that
  // increase() sees the first increment.
  bool born_at_zero = false;

  [[nodiscard]] constexpr std::size_t label_count() const {
    std::size_t count = 0;
    while (count < labels.size() && !labels[count].empty()) ++count;
    return count;
  }
};

// The metrics of one module, for docs/metrics.md and the contract suite.
using MetricList = std::span<const Metric* const>;

}  // namespace perfwatch
