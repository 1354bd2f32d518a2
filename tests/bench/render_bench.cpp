// SPDX-License-Identifier: Apache-2.0
// What a scrape costs: rendering and compressing 1,000 and 10,000 series. Aim: under 1 and 5 ms, no
// allocation per series.
#include <benchmark/benchmark.h>
#include <zlib.h>

#include <memory>
#include <string>

#include "exporters/prometheus/exposition.h"
#include "exporters/prometheus/gzip.h"
#include "tests/exporters/prometheus/allocations.h"

namespace perfwatch {
namespace {

constexpr Metric kResident{"perfwatch_group_memory_resident_bytes",
                           MetricType::gauge,
                           "Resident memory of a group's processes.",
                           {"group"}};
constexpr Metric kCpu{"perfwatch_group_cpu_seconds_total",
                      MetricType::counter,
                      "CPU time of a group's processes.",
                      {"group", "mode"},
                      true};
constexpr Metric kPressure{"perfwatch_pressure_stall_ratio",
                           MetricType::gauge,
                           "Share of time in which tasks stood still.",
                           {"resource", "kind"}};

// As a host has them: a quarter integers, half CPU seconds, a quarter ratios, group after group.
Frame frame_with(int series) {
  SampleWriter out(nullptr);
  const int groups = series / 4;
  const auto name = [](int i) { return "build-group-" + std::to_string(i); };
  for (int i = 0; i < groups; ++i) out.add(kResident, 4096.0 * (i * 7919 + 1), {name(i)});
  for (int i = 0; i < groups; ++i) {
    out.add(kCpu, i * 13.37 + 0.01, {name(i), "user"});
    out.add(kCpu, i * 0.71 + 0.02, {name(i), "system"});
  }
  for (int i = 0; i < groups; ++i) out.add(kPressure, 1.0 / (i + 3), {name(i), "some"});
  auto block = std::make_shared<Block>();
  block->collector = "bench";
  block->samples = std::move(out).finish();
  Frame frame;
  frame.blocks.push_back(std::move(block));
  return frame;
}

void render(benchmark::State& state, Exposition exposition) {
  Frame frame = frame_with(static_cast<int>(state.range(0)));
  ExpositionRenderer renderer;
  std::string out;
  renderer.render(frame, exposition, out);
  const std::uint64_t before = test::allocations();
  for (auto _ : state) {
    frame.at.monotonic += std::chrono::seconds(2);
    renderer.render(frame, exposition, out);
    benchmark::DoNotOptimize(out.data());
  }
  state.counters["allocations"] = benchmark::Counter(
      static_cast<double>(test::allocations() - before), benchmark::Counter::kAvgIterations);
  state.counters["bytes"] = static_cast<double>(out.size());
}
BENCHMARK_CAPTURE(render, text_0_0_4, Exposition::text_0_0_4)
    ->Arg(1000)
    ->Arg(10000)
    ->Unit(benchmark::kMicrosecond);
BENCHMARK_CAPTURE(render, openmetrics_1_0_0, Exposition::openmetrics_1_0_0)
    ->Arg(1000)
    ->Arg(10000)
    ->Unit(benchmark::kMicrosecond);

// A new renderer, or a collector whose series changed.
void render_first(benchmark::State& state) {
  const Frame frame = frame_with(static_cast<int>(state.range(0)));
  std::string out;
  for (auto _ : state) {
    ExpositionRenderer renderer;
    renderer.render(frame, Exposition::text_0_0_4, out);
    benchmark::DoNotOptimize(out.data());
  }
}
BENCHMARK(render_first)->Arg(1000)->Arg(10000)->Unit(benchmark::kMicrosecond);

std::string text_with(int series) {
  ExpositionRenderer renderer;
  std::string text;
  renderer.render(frame_with(series), Exposition::text_0_0_4, text);
  return text;
}

void gzip_scrape(benchmark::State& state) {
  const std::string text = text_with(static_cast<int>(state.range(0)));
  Gzip gzip;
  std::string out;
  for (auto _ : state) {
    if (!gzip.compress(text, out)) state.SkipWithError("compressing failed");
    benchmark::DoNotOptimize(out.data());
  }
  state.counters["bytes"] = static_cast<double>(out.size());
}
BENCHMARK(gzip_scrape)->Arg(1000)->Arg(10000)->Unit(benchmark::kMicrosecond);

// How Gzip's level was chosen.
void zlib_level(benchmark::State& state) {
  const std::string text = text_with(static_cast<int>(state.range(1)));
  z_stream z{};
  if (deflateInit2(&z, static_cast<int>(state.range(0)), Z_DEFLATED, 31, 8, Z_DEFAULT_STRATEGY) !=
      Z_OK) {
    state.SkipWithError("no zlib");
  }
  std::string out(deflateBound(&z, static_cast<uLong>(text.size())), '\0');
  for (auto _ : state) {
    deflateReset(&z);
    z.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
    z.avail_in = static_cast<uInt>(text.size());
    z.next_out = reinterpret_cast<Bytef*>(out.data());
    z.avail_out = static_cast<uInt>(out.size());
    benchmark::DoNotOptimize(deflate(&z, Z_FINISH));
  }
  state.counters["bytes"] = static_cast<double>(z.total_out);
  deflateEnd(&z);
}
BENCHMARK(zlib_level)
    ->ArgNames({"level", "series"})
    ->ArgsProduct({{1, 2, 3, 4, 6}, {10000}})
    ->Unit(benchmark::kMicrosecond);

}  // namespace
}  // namespace perfwatch
