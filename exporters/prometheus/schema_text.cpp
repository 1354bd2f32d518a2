// SPDX-License-Identifier: Apache-2.0
#include "exporters/prometheus/schema_text.h"

#include <algorithm>

#include "core/base/text.h"

namespace perfwatch {
namespace {

constexpr std::string_view kTotal = "_total";
constexpr std::string_view kInfo = "_info";
// Base units of the Prometheus naming rules that a metric of a host may have.
constexpr std::array<std::string_view, 9> kUnits = {
    "seconds", "bytes", "ratio", "celsius", "joules", "volts", "amperes", "hertz", "watts"};

// Appends `text` on one line. Line breaks and backslashes are escaped in both formats, quotes only
// where `quotes` says so. What is no UTF-8 or a control character becomes visible before that, as
// the formats allow neither to be sent.
void append_escaped(std::string& out, std::string_view text, bool quotes) {
  std::size_t begin = 0;
  while (true) {
    const std::size_t end = text.find('\n', begin);
    for (const char c : printable_utf8(text.substr(begin, end - begin))) {
      if (c == '\\' || (c == '"' && quotes)) out += '\\';
      out += c;
    }
    if (end == std::string_view::npos) return;
    out += "\\n";
    begin = end + 1;
  }
}

std::string_view openmetrics_family(const Metric& metric) {
  std::string_view name = metric.name;
  if (metric.type == MetricType::counter && name.ends_with(kTotal)) {
    name.remove_suffix(kTotal.size());
  } else if (metric.type == MetricType::info && name.ends_with(kInfo)) {
    name.remove_suffix(kInfo.size());
  }
  return name;
}

// OpenMetrics refuses a counter without _total and an info without _info; such a metric still has
// values, so it goes out as what fits (client_golang's expfmt does the same for counters).
std::string_view openmetrics_type(const Metric& metric) {
  if (metric.type == MetricType::counter && !metric.name.ends_with(kTotal)) return "unknown";
  if (metric.type == MetricType::info && !metric.name.ends_with(kInfo)) return "gauge";
  return to_string(metric.type);
}

// The text format 0.0.4 has no info.
std::string_view text_type(const Metric& metric) {
  return to_string(metric.type == MetricType::info ? MetricType::gauge : metric.type);
}

std::string_view unit_of(const Metric& metric, std::string_view family) {
  if (metric.type == MetricType::info) return {};  // an info has none, by the specification
  for (const std::string_view unit : kUnits) {
    if (family.size() > unit.size() + 1 && family.ends_with(unit) &&
        family[family.size() - unit.size() - 1] == '_') {
      return unit;
    }
  }
  return {};
}

void append_line(std::string& out, std::string_view keyword, std::string_view family,
                 std::string_view text) {
  out.append("# ").append(keyword).append(" ").append(family).append(" ").append(text) += '\n';
}

std::string head(const Metric& metric, Exposition exposition) {
  const bool openmetrics = exposition == Exposition::openmetrics_1_0_0;
  const std::string_view family = openmetrics ? openmetrics_family(metric) : metric.name;
  std::string help;
  append_escaped(help, metric.help, openmetrics);
  std::string out;
  append_line(out, "HELP", family, help);
  append_line(out, "TYPE", family, openmetrics ? openmetrics_type(metric) : text_type(metric));
  const std::string_view unit = unit_of(metric, family);
  if (openmetrics && !unit.empty()) append_line(out, "UNIT", family, unit);
  return out;
}

void append_prefix(std::string& out, const Series& series) {
  const Metric& metric = *series.metric;
  out.append(metric.name).append(series.suffix);
  // A bucket's `le` is one value more than the metric has names.
  const std::size_t names = metric.label_count();
  const std::size_t count = std::min(series.label_values.size(), names + 1);
  for (std::size_t i = 0; i < count; ++i) {
    out += i == 0 ? '{' : ',';
    out.append(i < names ? metric.labels[i] : "le").append("=\"");
    append_label_value(out, series.label_values[i]);
    out += '"';
  }
  out += count == 0 ? " " : "} ";
}

}  // namespace

void append_label_value(std::string& out, std::string_view text) {
  append_escaped(out, text, true);
}

SchemaText::SchemaText(const Schema& schema) {
  const auto& series = schema.series;
  offsets_.reserve(series.size() + 1);
  offsets_.push_back(0);
  for (std::size_t i = 0; i < series.size(); ++i) {
    const Metric& metric = *series[i].metric;
    if (i == 0 || series[i - 1].metric != &metric) {
      Family family{openmetrics_family(metric), i, i, {}};
      for (std::size_t e = 0; e < kExpositions; ++e) {
        family.head[e] = head(metric, static_cast<Exposition>(e));
      }
      head_bytes_ += std::max(family.head[0].size(), family.head[1].size());
      families_.push_back(std::move(family));
    }
    families_.back().end = i + 1;
    append_prefix(prefixes_, series[i]);
    offsets_.push_back(prefixes_.size());
  }
  prefixes_.shrink_to_fit();
}

}  // namespace perfwatch
