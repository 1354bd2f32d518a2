// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace perfwatch {

// What perfwatchd itself may cost the host.
struct BudgetLimits {
  double cpu_ratio = 0.01;                                // of one core, averaged over a minute
  std::uint64_t memory_bytes = std::uint64_t{32} << 20U;  // resident
  bool operator==(const BudgetLimits&) const = default;
};

// How it keeps to that now.
struct BudgetState {
  BudgetLimits limits;
  // Of one core, over the last minute, or what there is of it; nullopt at first.
  std::optional<double> cpu_ratio;
  std::optional<double> resident_bytes;
  // 0: all as configured; 1 to 3: intervals 2, 4 and 8 times as long; 4: that, and optional
  // collectors are paused.
  unsigned cpu_level = 0;
  unsigned memory_level = 0;  // 1: optional collectors are paused
  std::string reason;         // why a level is not 0, in a sentence; empty when both are
};

}  // namespace perfwatch
