// SPDX-License-Identifier: Apache-2.0
// What an exit costs: adding it to the log in a steady state, in a flood of new names, and the
// table of each frame. Aim: well under 1 microsecond an exit, so that 20,000 a second take under 2
// % of a core, and no allocation.
#include <benchmark/benchmark.h>

#include <charconv>
#include <memory>
#include <string>
#include <vector>

#include "core/account/exit_log.h"
#include "tests/exporters/prometheus/allocations.h"

namespace perfwatch {
namespace {

constexpr std::string_view kGroup = "a build in a container, with a name that is not short";
constexpr int kExitsPerSecond = 20'000;

Instant at(std::int64_t exits) {
  Instant now;
  now.wall += std::chrono::seconds(1'700'000'040);
  now.wall += std::chrono::microseconds(exits * 1'000'000 / kExitsPerSecond);
  return now;
}

ProcessExit exit_of(int kind) {
  ProcessExit exit;
  exit.last.comm = {'c', 'c', '-'};
  std::to_chars(&exit.last.comm[3], exit.last.comm.data() + kCommSize, kind);
  exit.last.user_seconds = 0.01;
  exit.last.read_bytes = exit.last.written_bytes = 4096;
  exit.peak_resident_bytes = 1 << 20;
  exit.wait_status = 0;
  exit.lived_seconds = 0.02;
  return exit;
}

void report(benchmark::State& state, std::uint64_t allocations_before) {
  state.counters["allocations"] =
      benchmark::Counter(static_cast<double>(test::allocations() - allocations_before),
                         benchmark::Counter::kAvgIterations);
}

// 20,000 exits a second of so many kinds, minute after minute, a table each 2 s.
void add_exit(benchmark::State& state) {
  std::vector<ProcessExit> exits;
  for (int i = 0; i < state.range(0); ++i) exits.push_back(exit_of(i));
  ExitLog log;
  for (int i = 0; i < kExitsPerSecond; ++i)
    log.add(exits[static_cast<std::size_t>(i) % exits.size()], kGroup, at(0));
  std::int64_t n = 0;
  std::size_t next = 0;
  const std::uint64_t before = test::allocations();
  for (auto _ : state) {
    log.add(exits[next], kGroup, at(++n));
    if (++next == exits.size()) next = 0;
    if (n % (2 * kExitsPerSecond) == 0) benchmark::DoNotOptimize(log.table(at(n)));
  }
  report(state, before);
}
BENCHMARK(add_exit)->ArgName("kinds")->Arg(1)->Arg(20)->Arg(250);

// Every exit has a name that was never seen.
void add_exit_of_a_new_name(benchmark::State& state) {
  ExitLog log;
  int n = 0;
  const std::uint64_t before = test::allocations();
  for (auto _ : state) {
    ++n;
    log.add(exit_of(n), kGroup, at(n));
  }
  report(state, before);
}
BENCHMARK(add_exit_of_a_new_name);

// A frame's table after a minute with so many kinds has gone on.
void make_table(benchmark::State& state) {
  ExitLog log;
  for (int i = 0; i < 1000; ++i)
    log.add(exit_of(i % static_cast<int>(state.range(0))), kGroup, at(0));
  const ProcessExit exit = exit_of(0);
  const std::uint64_t before = test::allocations();
  for (auto _ : state) {
    log.add(exit, kGroup, at(0));
    benchmark::DoNotOptimize(log.table(at(0)));
  }
  report(state, before);
}
BENCHMARK(make_table)->ArgName("kinds")->Arg(20)->Arg(250)->Unit(benchmark::kMicrosecond);

}  // namespace
}  // namespace perfwatch
