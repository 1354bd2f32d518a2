// SPDX-License-Identifier: Apache-2.0
// What the history of a series costs: bytes per point by kind of value, once 1,000 points are held,
// with all that is allocated for it; time to append and to read one. Aim: 1,000 series of 1,000
// points in 8 MB, so 8 bytes a point.
#include <benchmark/benchmark.h>
#include <malloc.h>

#include <cmath>
#include <cstdint>
#include <random>
#include <string>
#include <vector>

#include "core/analyse/history.h"

namespace perfwatch {
namespace {

constexpr std::size_t kSeries = 1000;
constexpr int kRounds = 1500;  // so that the oldest chunks have gone

enum Kind : std::int64_t { kMemory, kRatio, kTicks, kBytes, kSeconds, kConstant, kMixed, kNoise };
constexpr const char* kNames[] = {"memory in pages",
                                  "ratio of any two",
                                  "ratio of ticks",
                                  "counter of bytes",
                                  "counter of ticks in seconds",
                                  "constant",
                                  "mixed",
                                  "noise in every bit"};

// One series as a host has it.
class Source {
 public:
  Source(Kind kind, std::uint64_t seed) : kind_(kind), random_(seed) {
    if (kind_ == kMixed) kind_ = static_cast<Kind>(seed % kMixed);
  }

  double next() {
    switch (kind_) {
      case kMemory:  // grows and shrinks by pages, between 100 MB and GBs
        level_ = std::abs(level_ + std::floor(normal_(random_) * 500));
        return 4096 * (25'000 + level_);
      case kRatio:
        level_ = std::clamp(level_ + 0.05 * normal_(random_), 0.0, 1.0);
        return level_;
      case kTicks:  // busy of all ticks between two rounds
        return std::floor(200 * uniform_(random_)) / std::floor(400 + 2 * uniform_(random_));
      case kBytes:
        return level_ += std::floor(1e5 * uniform_(random_));
      case kSeconds:
        level_ += std::floor(200 * uniform_(random_));
        return (5e6 + level_) / 100;
      case kConstant:
        return 16.0 * (1 << 30);
      default:
        return std::bit_cast<double>(random_());
    }
  }

 private:
  Kind kind_;
  std::mt19937_64 random_;
  std::normal_distribution<double> normal_;
  std::uniform_real_distribution<double> uniform_;
  double level_ = 0;
};

// Rounds come 2 s apart on a timer that is up to 2 ms late; each tenth interval is another one.
std::vector<std::chrono::milliseconds> times() {
  std::mt19937_64 random(7);
  std::vector<std::chrono::milliseconds> times;
  std::int64_t due = 86'400'000;
  for (int i = 0; i < kRounds; ++i) {
    due += i / 100 % 10 == 9 ? 500 : 2000;
    times.emplace_back(due + static_cast<std::int64_t>(random() % 3));
  }
  return times;
}

void fill(History& history, Kind kind) {
  const auto rounds = times();
  for (std::size_t i = 0; i < kSeries; ++i) {
    Source source(kind, i);
    const std::string key = "perfwatch_group_memory_resident_bytes" + std::string(1, '\0') +
                            "a group of some length " + std::to_string(i);
    const auto id = history.open(key, rounds.front());
    for (const auto at : rounds) history.append(*id, {at, source.next()});
  }
}

// Bytes of 1,000 series, by History::bytes() and by what malloc() has handed out.
void memory(benchmark::State& state) {
  const auto kind = static_cast<Kind>(state.range(0));
  for (auto _ : state) {
    const std::size_t before = mallinfo2().uordblks;
    History history;
    fill(history, kind);
    const auto allocated = static_cast<double>(mallinfo2().uordblks - before);
    state.counters["bytes_per_point"] = allocated / (kSeries * 1000.0);
    state.counters["megabytes"] = allocated / 1e6;
    state.counters["megabytes_published"] = static_cast<double>(history.bytes()) / 1e6;
  }
  state.SetLabel(kNames[kind]);
}
BENCHMARK(memory)
    ->ArgName("kind")
    ->DenseRange(kMemory, kNoise)
    ->Iterations(1)
    ->Unit(benchmark::kMillisecond);

void append(benchmark::State& state) {
  const auto kind = static_cast<Kind>(state.range(0));
  Source source(kind, 1);
  std::vector<HistoryPoint> points;
  for (const auto at : times()) points.push_back({at, source.next()});
  PackedPoints packed(1000);
  std::size_t next = 0;
  for (auto _ : state) {
    packed.append(points[next]);
    if (++next == points.size()) next = 0;
  }
  state.SetLabel(kNames[kind]);
}
BENCHMARK(append)->ArgName("kind")->DenseRange(kMemory, kConstant);

// All points of a series; the time is that of one point.
void read(benchmark::State& state) {
  const auto kind = static_cast<Kind>(state.range(0));
  Source source(kind, 1);
  PackedPoints packed(1000);
  for (const auto at : times()) packed.append({at, source.next()});
  double sum = 0;
  for (auto _ : state) {
    for (const HistoryPoint& point : packed.all()) sum += point.value;
  }
  benchmark::DoNotOptimize(sum);
  state.SetLabel(kNames[kind]);
  state.counters["time_per_point"] = benchmark::Counter(
      static_cast<double>(packed.size()),
      benchmark::Counter::kIsIterationInvariantRate | benchmark::Counter::kInvert);
}
BENCHMARK(read)->ArgName("kind")->DenseRange(kMemory, kConstant);

// The last minute of 1,000 points: older chunks are stepped over.
void read_last_minute(benchmark::State& state) {
  Source source(kRatio, 1);
  PackedPoints packed(1000);
  for (const auto at : times()) packed.append({at, source.next()});
  double sum = 0;
  for (auto _ : state) {
    for (const HistoryPoint& point :
         packed.between(packed.last().at - std::chrono::minutes(1), packed.last().at)) {
      sum += point.value;
    }
  }
  benchmark::DoNotOptimize(sum);
}
BENCHMARK(read_last_minute);

}  // namespace
}  // namespace perfwatch
