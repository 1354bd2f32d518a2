// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <vector>

#include "tests/bench/load_trace.h"

namespace perfwatch::bench {

inline constexpr std::size_t kSecond = 10;  // steps of a trace

enum Signal : std::size_t { kCpu, kMemory, kCpuStall, kMemoryStall };
inline constexpr std::size_t kSignals = 4;
using Values = std::array<double, kSignals>;  // ratios

// Where an alert is raised, and below what it is cleared.
struct Bounds {
  double raise = 0;
  double clear = 0;
};
using AllBounds = std::array<Bounds, kSignals>;

// A trace as sums, so that the mean of any stretch is one difference. Refers to the trace.
class Sums {
 public:
  explicit Sums(const LoadTrace& trace);

  [[nodiscard]] const LoadTrace& trace() const { return trace_; }
  [[nodiscard]] std::size_t size() const { return trace_.steps.size(); }
  [[nodiscard]] double seconds() const { return static_cast<double>(size()) * LoadTrace::kStep; }
  // Means of the steps from..to, without the last; memory in use as it was at their end.
  [[nodiscard]] Values mean(std::size_t from, std::size_t to) const;
  [[nodiscard]] Values last_second(std::size_t to) const { return mean(to - kSecond, to); }
  // Its available memory is none.
  [[nodiscard]] const LoadStep& since_begin(std::size_t to) const { return sums_[to]; }
  [[nodiscard]] double used(std::size_t to) const;  // of memory

 private:
  const LoadTrace& trace_;
  std::vector<LoadStep> sums_;
};

struct Sample {
  std::size_t since = 0;  // step of the sample before
  std::size_t step = 0;
  Values values{};  // means over the steps between both
};

[[nodiscard]] std::vector<Sample> sample_fixed(const Sums& sums, double seconds);

// What may wake the sampler between two rounds.
struct Wakes {
  bool pressure = false;  // PSI triggers: 150 ms of stall within a second, and a rule's bound
  bool execs = false;     // 100 forks within a second, as a look finds them
  bool look = false;      // CPUs or memory at a rule's bound, each half second (two small files)
};

// The policy as the daemon runs it: one collector of all four signals.
[[nodiscard]] std::vector<Sample> sample_adaptively(const Sums& sums, const AllBounds& bounds,
                                                    Wakes wakes);

}  // namespace perfwatch::bench
