// SPDX-License-Identifier: Apache-2.0
// What it takes to find the change points of a stored series, and the trend of a watched one.
#include <benchmark/benchmark.h>

#include <random>
#include <vector>

#include "core/analyse/change_points.h"
#include "core/analyse/trend.h"

namespace perfwatch {
namespace {

// Four levels in autocorrelated noise.
std::vector<double> levels(std::size_t rows) {
  std::mt19937 random(1);
  std::normal_distribution<double> normal;
  std::vector<double> values;
  double noise = 0;
  for (std::size_t i = 0; i < rows; ++i) {
    noise = 0.5 * noise + normal(random);
    values.push_back(5 * static_cast<double>(4 * i / rows % 3) + noise);
  }
  return values;
}

void change_points(benchmark::State& state) {
  const std::vector<double> values = levels(static_cast<std::size_t>(state.range(0)));
  std::size_t found = 0;
  for (auto _ : state) found = find_change_points(values).size();
  state.counters["found"] = static_cast<double>(found);
}
BENCHMARK(change_points)
    ->ArgName("rows")
    ->Arg(100)
    ->Arg(500)
    ->Arg(1000)
    ->Arg(10'000)
    ->Unit(benchmark::kMillisecond);

void trend(benchmark::State& state) {
  const std::vector<double> values = levels(static_cast<std::size_t>(state.range(0)));
  std::vector<TrendPoint> points;
  for (const double value : values) points.push_back({static_cast<double>(points.size()), value});
  for (auto _ : state) benchmark::DoNotOptimize(find_trend(points));
}
BENCHMARK(trend)->ArgName("points")->Arg(100)->Arg(1000)->Unit(benchmark::kMicrosecond);

}  // namespace
}  // namespace perfwatch
