// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <optional>

#include "core/analyse/host_load.h"
#include "core/analyse/load_bounds.h"
#include "core/model/samples.h"

namespace perfwatch {

// What a few small files tell of the host between two rounds.
struct Glance {
  std::chrono::steady_clock::time_point at;
  // Since boot. CPU time of all cores in any unit; idle includes waiting for a disk.
  std::optional<std::uint64_t> cpu_time;
  std::optional<std::uint64_t> idle_time;
  std::optional<std::uint64_t> forks;  // processes and threads
  double memory_used_ratio = kAbsent;
  // Time in which some task waited, by kStallResources; only asked for where the kernel gives no
  // triggers.
  std::array<std::optional<std::uint64_t>, kStallResources.size()> stall_microseconds{};
};

// Whether what is seen at a glance is worth a whole round. As many busy threads as there are CPUs
// give no pressure and start nothing: without a look no event tells of them. Pure.
class HostLook {
 public:
  static constexpr double kExecBurst = 100;      // in a second
  static constexpr double kStallTrigger = 0.15;  // of a second

  void set_bounds(const LoadBounds& bounds) { bounds_ = bounds; }
  // What a round found is no news until it is well below the bound again.
  void learn(const HostLoad& load);

  struct Verdict {
    bool at_a_bound = false;  // the CPUs, or memory, unless a round said so
    bool exec_burst = false;
    std::array<bool, kStallResources.size()> pressure{};
    bool pressure_at_a_bound = false;
  };
  [[nodiscard]] Verdict see(const Glance& now);

 private:
  void see_last_second(const Glance& begin, const Glance& now, Verdict& verdict) const;

  LoadBounds bounds_;
  bool busy_is_known_ = false;
  bool memory_is_known_ = false;
  // Two, as a second has two looks.
  std::optional<Glance> before_;
  std::optional<Glance> second_before_;
};

}  // namespace perfwatch
