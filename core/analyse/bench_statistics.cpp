// SPDX-License-Identifier: Apache-2.0
#include "core/analyse/bench_statistics.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <string>
#include <utility>

#include "core/analyse/bench_advice.h"
#include "core/analyse/robust.h"
#include "core/analyse/statistics.h"

namespace perfwatch {
namespace {

// Standard deviations of a normal distribution in one mean absolute deviation: sqrt(pi / 2).
constexpr double kMeanDeviations = 1.2533141373155;
// Under this the start of a process is a good part of what is measured (hyperfine warns, too).
constexpr double kShort = 0.005;

// The deviation that distances are measured by; 0 when all values are equal.
double usual_distance(std::span<const double> known, double middle) {
  const double robust = robust_deviation(known);
  if (robust > 0) return robust;
  double sum = 0;
  for (const double value : known) sum += std::abs(value - middle);
  return kMeanDeviations * sum / static_cast<double>(known.size());
}

std::vector<RunFigures> figures_of(const BenchCommand& command) {
  std::vector<RunFigures> figures;
  figures.reserve(command.runs.size());
  for (const auto& run : command.runs) figures.push_back(run.figures);
  return figures;
}

// By position in `runs`, NaN where it is not known.
std::vector<double> wall_times(const BenchCommand& command) {
  std::vector<double> times;
  times.reserve(command.runs.size());
  for (const auto& run : command.runs) times.push_back(run.figures[RunMetric::wall_seconds]);
  return times;
}

double per_second(std::optional<double> work, const Statistics& wall) {
  const bool known = work && *work > 0 && wall.mean > 0;
  return known ? *work / wall.mean : Statistics::kUnknown;
}

void warn(BenchResult& result) {
  const Statistics& wall = result.metrics[RunMetric::wall_seconds];
  auto& out = result.warnings;
  const auto failed =
      std::count_if(result.command.runs.begin(), result.command.runs.end(),
                    [](const BenchMeasurement& run) { return run.exit_code.value_or(1) != 0; });
  if (failed > 0) {
    out.push_back(fmt::format("{} of {} runs failed; their figures are included", failed,
                              result.command.runs.size()));
  }
  if (wall.count == 1) out.emplace_back("one run tells nothing about how far the next may be off");
  if (wall.mean < kShort) {
    out.emplace_back("runs take less than 5 ms: most of that is the start of a process");
  }
  if (result.first_slower) {
    out.emplace_back(
        "the first run was slower than the others: caches were cold; warm them up (--warmup) or "
        "empty them before each run (--prepare)");
  }
  const std::size_t others = result.outliers.size() - (result.first_slower ? 1 : 0);
  if (others > 0) {
    out.push_back(fmt::format(
        "{} of {} runs {} far from the others: something else was running; measure again on a "
        "quiet host, or more often",
        others, wall.count, others == 1 ? "is" : "are"));
  }
}

BenchResult result_of(BenchCommand command) {
  BenchResult result;
  result.metrics = metric_statistics(figures_of(command));
  result.outliers = find_outliers(wall_times(command));
  result.first_slower = !result.outliers.empty() && result.outliers.front().run == 0 &&
                        result.outliers.front().score > 0;
  const Statistics& wall = result.metrics[RunMetric::wall_seconds];
  result.items_per_second = per_second(command.items, wall);
  result.bytes_per_second = per_second(command.bytes, wall);
  result.command = std::move(command);
  warn(result);
  return result;
}

const Statistics& wall_of(const BenchResult& result) {
  return result.metrics[RunMetric::wall_seconds];
}

void compare(std::vector<BenchResult>& results) {
  BenchResult* fastest = nullptr;
  for (auto& result : results) {
    if (wall_of(result).count == 0) continue;
    if (fastest == nullptr || wall_of(result).mean < wall_of(*fastest).mean) fastest = &result;
  }
  if (fastest == nullptr) return;
  fastest->fastest = true;
  for (auto& result : results) {
    const BenchRatio ratio = ratio_of(wall_of(result), wall_of(*fastest));
    result.ratio = ratio.value;
    // Against itself there is no uncertainty.
    result.ratio_deviation = &result == fastest ? 0 : ratio.deviation;
  }
}

}  // namespace

std::vector<BenchOutlier> find_outliers(std::span<const double> values) {
  std::vector<double> known;
  for (const double value : values) {
    if (std::isfinite(value)) known.push_back(value);
  }
  std::vector<BenchOutlier> found;
  if (known.size() < kFewestForOutliers) return found;
  const double middle = median(known);
  const double distance = usual_distance(known, middle);
  if (!(distance > 0)) return found;
  for (std::size_t i = 0; i < values.size(); ++i) {
    const double score = (values[i] - middle) / distance;
    const bool far = std::abs(values[i] - middle) >= kOutlierDistance * std::abs(middle);
    if (std::isfinite(score) && std::abs(score) > kOutlierScore && far) {
      found.push_back({i, values[i], score});
    }
  }
  return found;
}

BenchRatio ratio_of(const Statistics& slower, const Statistics& faster) {
  if (!(slower.mean > 0) || !(faster.mean > 0)) {
    return {Statistics::kUnknown, Statistics::kUnknown};
  }
  const double ratio = slower.mean / faster.mean;
  return {ratio,
          ratio * std::hypot(slower.deviation / slower.mean, faster.deviation / faster.mean)};
}

BenchReport bench_report(std::vector<BenchCommand> commands) {
  BenchReport report;
  std::vector<RunFigures> all;
  for (auto& command : commands) {
    const auto figures = figures_of(command);
    all.insert(all.end(), figures.begin(), figures.end());
    report.results.push_back(result_of(std::move(command)));
  }
  report.memory_metric = memory_metric(all);
  compare(report.results);
  report.recommendations = bench_advice(report.results, report.memory_metric);
  return report;
}

}  // namespace perfwatch
