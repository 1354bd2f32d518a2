// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <string_view>

#include "exporters/report/markdown_parts.h"
#include "exporters/report/report.h"
#include "exporters/report/words.h"

namespace perfwatch {
namespace {

// One unit for a whole table, so that its numbers can be compared by eye.
struct TimeUnit {
  double seconds;
  std::string_view name;
  int decimals;
};

const Statistics& wall_of(const BenchResult& result) {
  return result.metrics[RunMetric::wall_seconds];
}

TimeUnit unit_of(const BenchReport& report) {
  double least = std::nan("");
  for (const auto& result : report.results) least = std::fmin(least, wall_of(result).mean);
  if (least < 1e-3) return {1e-6, "µs", 1};
  if (least < 1) return {1e-3, "ms", 1};
  return {1, "s", 3};
}

std::string in_unit(double seconds, const TimeUnit& unit) {
  if (!std::isfinite(seconds)) return std::string(kNotKnown);
  return fmt::format("{:.{}f}", seconds / unit.seconds, unit.decimals);
}

std::string mean_words(const Statistics& wall, const TimeUnit& unit) {
  std::string text = in_unit(wall.mean, unit);
  if (std::isfinite(wall.deviation)) text += " ± " + in_unit(wall.deviation, unit);
  return text;
}

std::string relative_words(const BenchResult& result) {
  if (!std::isfinite(result.ratio)) return std::string(kNotKnown);
  if (result.fastest || !std::isfinite(result.ratio_deviation)) {
    return fmt::format("{:.2f}", result.ratio);
  }
  return fmt::format("{:.2f} ± {:.2f}", result.ratio, result.ratio_deviation);
}

bool any_known(const BenchReport& report, double BenchResult::*value) {
  return std::any_of(report.results.begin(), report.results.end(),
                     [&](const BenchResult& each) { return std::isfinite(each.*value); });
}

void append_head(std::string& out, const TimeUnit& unit, bool items, bool bytes) {
  put_markdown(out,
               "| Command | Mean [{0}] | Median [{0}] | Min [{0}] | Max [{0}] | 95 % [{0}] | "
               "99 % [{0}] | Memory | {1}{2}Relative |\n",
               unit.name, items ? "Items/s | " : "", bytes ? "Bytes/s | " : "");
  put_markdown(out, "|:---|---:|---:|---:|---:|---:|---:|---:|{}{}---:|\n", items ? "---:|" : "",
               bytes ? "---:|" : "");
}

void append_notes(std::string& out, const BenchResult& result) {
  std::vector<std::string> notes = result.warnings;
  for (const auto& outlier : result.outliers) {
    notes.push_back(fmt::format("outlier: run {} took {} (score {:.1f})", outlier.run + 1,
                                seconds_words(outlier.value), outlier.score));
  }
  if (notes.empty()) return;
  put_markdown(out, "{}\n\n", as_markdown_code(result.command.command));
  for (const auto& note : notes) put_markdown(out, "- {}\n", as_markdown(note));
  out += '\n';
}

}  // namespace

std::string bench_markdown(const BenchReport& report) {
  const TimeUnit unit = unit_of(report);
  const bool items = any_known(report, &BenchResult::items_per_second);
  const bool bytes = any_known(report, &BenchResult::bytes_per_second);
  std::string out;
  append_head(out, unit, items, bytes);
  for (const auto& result : report.results) {
    const Statistics& wall = wall_of(result);
    put_markdown(out, "| {} | {} | {} | {} | {} | {} | {} | {} | ",
                 as_markdown_cell(result.command.command), mean_words(wall, unit),
                 in_unit(wall.median, unit), in_unit(wall.min, unit), in_unit(wall.max, unit),
                 in_unit(wall.p95, unit), in_unit(wall.p99, unit),
                 bytes_words(result.metrics[report.memory_metric].mean));
    if (items) put_markdown(out, "{} | ", count_words(result.items_per_second));
    if (bytes) put_markdown(out, "{} | ", bytes_words(result.bytes_per_second));
    put_markdown(out, "{} |\n", relative_words(result));
  }
  put_markdown(out, "\nMemory is the mean of each run's peak: {}.\n\n",
               as_markdown(info_of(report.memory_metric).label));
  for (const auto& result : report.results) append_notes(out, result);
  append_markdown_list(out, "What to do", report.recommendations);
  return out;
}

}  // namespace perfwatch
