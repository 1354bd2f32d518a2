// SPDX-License-Identifier: Apache-2.0
#include "tests/bench/load_trace.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <functional>
#include <random>

namespace perfwatch::bench {
namespace {

constexpr double kMiB = 1024.0 * 1024.0;
constexpr double kGiB = 1024.0 * kMiB;
constexpr double kMemory = 16 * kGiB;
constexpr std::size_t kMinute = 600;  // steps
constexpr std::size_t kSecond = 10;

// The state of a made-up host, as parts of the whole.
struct State {
  double busy = 0.02;
  double cpu_stall = 0;
  double memory_stall = 0;
  double available = 0.8;  // of the memory
  double forks = 0;        // a second
};

using Random = std::mt19937_64;

double uniform(Random& random, double low, double high) {
  return std::uniform_real_distribution<double>(low, high)(random);
}

LoadTrace make(std::string name, std::size_t minutes,
               const std::function<State(std::size_t step, Random& random)>& state_at) {
  LoadTrace trace{std::move(name), kMemory, {}};
  Random random(11);
  for (std::size_t i = 0; i < minutes * kMinute; ++i) {
    const State state = state_at(i, random);
    // In ticks of 10 ms on four cores, as /proc/stat counts.
    const double busy =
        std::round(40 * std::clamp(state.busy + uniform(random, 0, 0.02), 0.0, 1.0));
    trace.steps.push_back({busy, 40, state.available * kMemory, state.cpu_stall * LoadTrace::kStep,
                           state.memory_stall * LoadTrace::kStep, state.forks * LoadTrace::kStep});
  }
  return trace;
}

// Nothing but a job of half a second each minute.
State calm(std::size_t step, Random& /*random*/) {
  State state;
  if (step % kMinute < kSecond / 2) state = {.busy = 0.3, .forks = 10};
  return state;
}

// Five minutes of calm, three of a parallel build whose load trembles, with links in between.
State builds(std::size_t step, Random& random) {
  const std::size_t phase = step % (8 * kMinute);
  if (phase < 5 * kMinute) return calm(step, random);
  const bool links = phase % (45 * kSecond) < 8 * kSecond;
  if (links) return {.busy = 0.27, .cpu_stall = 0.01, .available = 0.6, .forks = 2};
  return {.busy = uniform(random, 0.9, 1.0),
          .cpu_stall = uniform(random, 0.5, 1.0),
          .available = 0.7 - 0.1 * static_cast<double>(phase) / (8.0 * kMinute),
          .forks = 40};
}

// Three seconds of everything, twice a minute.
State bursts(std::size_t step, Random& /*random*/) {
  if (step % (30 * kSecond) >= 3 * kSecond) return {};
  return {.busy = 0.98, .cpu_stall = 0.8, .forks = 30};
}

// As many busy threads as cores: nobody waits, nothing is started, no wake-up comes.
State silent_load(std::size_t step, Random& /*random*/) {
  if (step % (4 * kMinute) < 3 * kMinute) return {};
  return {.busy = 0.98, .cpu_stall = 0.04};
}

// Load that grows over two minutes and goes again.
State ramps(std::size_t step, Random& /*random*/) {
  const double phase = static_cast<double>(step % (5 * kMinute)) / kMinute;
  const double busy = phase < 1   ? 0.05
                      : phase < 3 ? 0.05 + 0.475 * (phase - 1)
                      : phase < 4 ? 1
                                  : 0.05;
  return {.busy = busy, .cpu_stall = std::max(0.0, busy - 0.6), .forks = 1};
}

// Memory runs low within a minute, then its users wait for it.
State memory_runs_out(std::size_t step, Random& /*random*/) {
  const double phase = static_cast<double>(step % (6 * kMinute)) / kMinute;
  if (phase < 3) return {};
  const double available = std::max(0.02, 0.8 - 0.78 * (phase - 3));
  return {
      .busy = 0.3, .memory_stall = available < 0.03 ? 0.4 : 0, .available = available, .forks = 1};
}

// A host that is never the same from second to second.
struct Restless {
  double level = 0.5;

  State operator()(std::size_t step, Random& random) {
    if (step % 5 == 0) level = std::clamp(level + uniform(random, -0.25, 0.25), 0.1, 1.0);
    return {.busy = level, .cpu_stall = std::max(0.0, level - 0.5), .available = 0.5, .forks = 5};
  }
};

}  // namespace

std::vector<LoadTrace> made_up_load_traces() {
  return {make("calm", 30, calm),          make("builds", 48, builds),
          make("bursts", 20, bursts),      make("silent load", 24, silent_load),
          make("ramps", 20, ramps),        make("memory runs out", 24, memory_runs_out),
          make("restless", 20, Restless{})};
}

LoadTrace read_load_trace(const std::string& path, std::string_view name) {
  std::ifstream file(path);
  LoadTrace trace{std::string(name), 0, {}};
  std::string line;
  unsigned long long total_mib = 0;
  if (!std::getline(file, line) ||
      std::sscanf(line.c_str(), "# memory_total_mib=%llu", &total_mib) != 1 ||
      !std::getline(file, line)) {
    std::fprintf(stderr, "%s: not a recording\n", path.c_str());
    std::exit(2);
  }
  trace.total_bytes = static_cast<double>(total_mib) * kMiB;
  while (std::getline(file, line)) {
    double busy, all, available_mib, cpu_ms, memory_ms, forks;
    if (std::sscanf(line.c_str(), "%lf,%lf,%lf,%lf,%lf,%lf", &busy, &all, &available_mib, &cpu_ms,
                    &memory_ms, &forks) != 6) {
      std::fprintf(stderr, "%s: malformed: %s\n", path.c_str(), line.c_str());
      std::exit(2);
    }
    trace.steps.push_back(
        {busy, all, available_mib * kMiB, cpu_ms / 1000, memory_ms / 1000, forks});
  }
  return trace;
}

}  // namespace perfwatch::bench
