// SPDX-License-Identifier: Apache-2.0
#include "daemon/cli/bench_view.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <string_view>
#include <vector>

#include "daemon/cli/cells.h"
#include "daemon/cli/human.h"
#include "exporters/report/words.h"

namespace perfwatch {
namespace {

constexpr std::size_t kLabelWidth = 22;
constexpr std::size_t kTimeWidth = 9;
constexpr std::size_t kShownOutliers = 5;

// All times of a command in one unit, so that they can be compared by eye.
struct TimeUnit {
  double seconds;
  std::string_view name;
  int decimals;
};

TimeUnit unit_of(double seconds) {
  if (seconds < 1e-3) return {1e-6, "µs", 1};
  if (seconds < 1) return {1e-3, "ms", 1};
  return {1, "s", 3};
}

std::string in_unit(double seconds, const TimeUnit& unit) {
  if (!std::isfinite(seconds)) return "-";
  return fmt::format("{:.{}f} {}", seconds / unit.seconds, unit.decimals, unit.name);
}

std::string own_unit(double seconds) { return in_unit(seconds, unit_of(seconds)); }

std::string cell(double seconds, const TimeUnit& unit, const Style& style, Tone tone) {
  return style.paint(tone, fit(in_unit(seconds, unit), kTimeWidth, true));
}

void add_line(std::string& out, std::string_view label, const std::string& text) {
  if (!text.empty()) out += "  " + fit(std::string(label) + ":", kLabelWidth - 2) + text + "\n";
}

std::string range_words(const Statistics& wall, const TimeUnit& unit, const Style& style) {
  return fmt::format("{} … {}    {}", cell(wall.min, unit, style, Tone::plain),
                     cell(wall.max, unit, style, Tone::plain),
                     style.paint(Tone::faint, counted(wall.count, "run")));
}

std::string time_words(const BenchResult& result, const TimeUnit& unit, const Style& style) {
  const Statistics& wall = result.metrics[RunMetric::wall_seconds];
  const Statistics& user = result.metrics[RunMetric::user_seconds];
  const Statistics& system = result.metrics[RunMetric::system_seconds];
  std::string out = cell(wall.mean, unit, style, Tone::good);
  if (std::isfinite(wall.deviation)) {
    out += " ± " + cell(wall.deviation, unit, style, Tone::plain);
  }
  if (user.count == 0 || system.count == 0) return out;
  return out +
         fmt::format("    [User: {}, System: {}]", own_unit(user.mean), own_unit(system.mean));
}

// Each kind of peak by its name: they mean different things.
std::string memory_words(const BenchResult& result) {
  constexpr std::pair<RunMetric, std::string_view> kPeaks[] = {
      {RunMetric::largest_process_bytes, "largest process"},
      {RunMetric::concurrent_anonymous_bytes, "anonymous at once"},
      {RunMetric::cgroup_peak_bytes, "with page cache"}};
  std::string out;
  for (const auto& [metric, name] : kPeaks) {
    const Statistics& peak = result.metrics[metric];
    if (peak.count == 0) continue;
    out += fmt::format("{}{} {}", out.empty() ? "" : ", ", name, human_bytes(peak.mean));
    if (peak.max > peak.mean * 1.05) out += fmt::format(" (max {})", human_bytes(peak.max));
  }
  return out;
}

std::string throughput_words(const BenchResult& result) {
  std::string out;
  if (std::isfinite(result.items_per_second)) {
    out = count_words(result.items_per_second) + " items/s";
  }
  if (std::isfinite(result.bytes_per_second)) {
    out += (out.empty() ? "" : ", ") + human_bytes(result.bytes_per_second) + "/s";
  }
  return out;
}

std::string storage_words(const BenchResult& result) {
  const Statistics& read = result.metrics[RunMetric::read_bytes];
  const Statistics& written = result.metrics[RunMetric::written_bytes];
  if (!(read.mean > 0) && !(written.mean > 0)) return {};
  return fmt::format("{} read, {} written", human_bytes(read.mean), human_bytes(written.mean));
}

void add_warnings(std::string& out, const BenchResult& result, const Style& style) {
  const auto tag = style.paint(Tone::warning, "Warning:");
  for (const auto& warning : result.warnings) {
    out += fmt::format("  {} {}\n", tag, safe_text(warning));
  }
  for (std::size_t i = 0; i < std::min(result.outliers.size(), kShownOutliers); ++i) {
    const BenchOutlier& outlier = result.outliers[i];
    out += fmt::format("  {} run {} took {} ({:+.1f} deviations)\n",
                       style.paint(Tone::warning, "Outlier:"), outlier.run + 1,
                       own_unit(outlier.value), outlier.score);
  }
  if (result.outliers.size() > kShownOutliers) {
    out += fmt::format("  {} more outliers\n", result.outliers.size() - kShownOutliers);
  }
}

std::string ratio_line(const BenchResult& result, const std::string& name, const Style& style) {
  const std::string ratio = style.paint(Tone::strong, fmt::format("{:8.2f}", result.ratio));
  const std::string deviation = std::isfinite(result.ratio_deviation)
                                    ? fmt::format(" ± {:.2f}", result.ratio_deviation)
                                    : std::string();
  return fmt::format("  {}{} times faster than {}\n", ratio, deviation, name);
}

Tone tone_of(RunVerdict verdict) {
  if (verdict == RunVerdict::regressed) return Tone::bad;
  return verdict == RunVerdict::improved ? Tone::good : Tone::plain;
}

bool is_shown(const MetricVerdict& verdict) {
  return verdict.verdict == RunVerdict::regressed || verdict.verdict == RunVerdict::improved ||
         verdict.metric == RunMetric::cpu_seconds || verdict.metric == RunMetric::wall_seconds;
}

}  // namespace

std::string render_bench_head(std::size_t task, const std::string& command, const Style& style) {
  return fmt::format("{}: {}\n", style.paint(Tone::strong, fmt::format("Benchmark {}", task + 1)),
                     safe_text(command));
}

std::string render_bench_result(const BenchResult& result, const Style& style) {
  const Statistics& wall = result.metrics[RunMetric::wall_seconds];
  const TimeUnit unit = unit_of(wall.mean);
  std::string out;
  add_line(out, wall.count > 1 ? "Time (mean ± σ)" : "Time", time_words(result, unit, style));
  if (wall.count > 1) {
    add_line(out, "Range (min … max)", range_words(wall, unit, style));
    add_line(out, "50 % 95 % 99 %",
             fmt::format("{}   {}   {}", cell(wall.median, unit, style, Tone::plain),
                         cell(wall.p95, unit, style, Tone::plain),
                         cell(wall.p99, unit, style, Tone::plain)));
  }
  add_line(out, "Peak memory", memory_words(result));
  add_line(out, "Throughput", throughput_words(result));
  add_line(out, "Storage", storage_words(result));
  add_warnings(out, result, style);
  return out;
}

std::string render_bench_summary(const BenchReport& report, const Style& style) {
  std::string out;
  const auto fastest = std::find_if(report.results.begin(), report.results.end(),
                                    [](const BenchResult& each) { return each.fastest; });
  if (report.results.size() > 1 && fastest != report.results.end()) {
    out += style.paint(Tone::strong, "Summary") + "\n  " +
           style.paint(Tone::good, safe_text(fastest->command.command)) + " ran\n";
    std::vector<const BenchResult*> others;
    for (const auto& result : report.results) {
      if (&result != &*fastest && std::isfinite(result.ratio)) others.push_back(&result);
    }
    std::stable_sort(others.begin(), others.end(),
                     [](const auto* a, const auto* b) { return a->ratio < b->ratio; });
    for (const auto* other : others) {
      out += ratio_line(*other, safe_text(other->command.command), style);
    }
  }
  if (report.recommendations.empty()) return out;
  out += (out.empty() ? "" : "\n") + style.paint(Tone::strong, "What to do") + "\n";
  for (const auto& advice : report.recommendations) out += "  - " + safe_text(advice) + "\n";
  return out;
}

std::string render_comparisons(const BenchBaseline& baseline,
                               std::span<const BenchComparison> comparisons, const Style& style) {
  std::string out = style.paint(Tone::strong, "Against") + " " + safe_text(baseline.name) + "\n";
  for (const auto& comparison : comparisons) {
    out += "  " + safe_text(comparison.command) + "\n";
    if (!comparison.judgement) {
      out += "    - not in the baseline\n";
      continue;
    }
    for (const MetricVerdict& verdict : comparison.judgement->metrics) {
      if (!is_shown(verdict)) continue;
      out += fmt::format("    - {}: {}\n",
                         style.paint(tone_of(verdict.verdict), words_of(verdict.verdict)),
                         safe_text(verdict.text));
    }
  }
  return out;
}

std::string render_bench_progress(const BenchProgress& progress, std::size_t width) {
  std::string line =
      fmt::format("perfwatch: benchmark {} of {}, {} {} of {}", progress.task + 1, progress.tasks,
                  progress.warmup ? "warm-up" : "run", progress.run + 1, progress.runs);
  if (std::isfinite(progress.mean_seconds)) line += ", mean " + own_unit(progress.mean_seconds);
  if (std::isfinite(progress.left_seconds)) {
    line += ", " + human_duration(progress.left_seconds) + " left";
  }
  return clip(line, width > 0 ? width - 1 : 0);
}

}  // namespace perfwatch
