// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/model/finding.h"
#include "core/model/frame.h"

namespace perfwatch {

// The host on one screen, for the page, /api/v1/status and `perfwatch status`. Absent stays absent.
struct HostSummary {
  std::optional<double> cpu_cores;
  std::optional<double> cpu_busy_ratio;  // 0..1 of all cores, between two rounds of its collector
  std::optional<double> load1, load5, load15;
  std::optional<double> memory_total_bytes, memory_available_bytes;
  std::optional<double> swap_total_bytes, swap_free_bytes;
  std::optional<double> pressure_cpu_some, pressure_memory_full, pressure_io_full;  // avg10, 0..1
  std::optional<double> oom_kills_total;
  struct Filesystem {
    std::string mountpoint;
    double available_ratio = 0;  // 0..1
  };
  std::optional<Filesystem> fullest_filesystem;
  std::optional<double> uptime_seconds;
  // What perfwatch itself takes.
  std::optional<double> own_cpu_cores;  // between two rounds of its own block
  std::optional<double> own_resident_bytes;

  // "well", "strained" (a warning fires, a collector fails, or a bottleneck is a warning) or
  // "suffering" (an alert or a bottleneck is critical), and why in words an administrator would
  // use.
  std::string verdict;
  std::vector<std::string> reasons;
};

// `before` is an older frame, or null. What needs a difference is taken over the time between the
// two blocks that have it, and absent without an older one: when `before` is null, or shares the
// block (a frame may be published because another collector was late).
[[nodiscard]] HostSummary summarise(const Frame& frame, const Frame* before,
                                    const std::vector<const Alert*>& alerts);

}  // namespace perfwatch
