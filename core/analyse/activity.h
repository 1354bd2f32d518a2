// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <chrono>
#include <cstddef>

#include "core/analyse/change_meter.h"
#include "core/analyse/host_load.h"
#include "core/analyse/interval.h"
#include "core/analyse/load_bounds.h"

namespace perfwatch {

// What the rounds of a collector find of the host, for its AdaptiveInterval. Deterministic; no
// clock, no I/O.
//
// Watched are CPU time, memory in use, pressure, and what goes to and from disks and networks. Not
// the groups: what they do is in these sums.
class ActivityMeter {
 public:
  void set_bounds(const LoadBounds& bounds) { bounds_ = bounds; }

  [[nodiscard]] Activity see(const Frame& frame) { return add(reader_.read(frame)); }
  [[nodiscard]] Activity add(const HostLoad& load);

 private:
  static constexpr std::size_t kRises = 3;    // rounds in a row
  static constexpr std::size_t kBounded = 5;  // values that a rule may have a bound for
  using Values = std::array<double, kBounded>;
  struct Round {
    std::chrono::steady_clock::time_point at;
    Values values{};
  };
  [[nodiscard]] double seconds_to_limit(const Round& now);

  HostLoadReader reader_;
  ChangeMeter meter_;
  LoadBounds bounds_;
  std::array<Round, kRises> before_{};  // newest first
  std::size_t rounds_ = 0;              // of before_ that are there
};

}  // namespace perfwatch
