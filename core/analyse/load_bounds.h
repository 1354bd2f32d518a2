// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "core/analyse/rule_set.h"
#include "core/base/clock.h"
#include "core/model/finding.h"
#include "core/model/samples.h"

namespace perfwatch {

inline constexpr std::array<std::string_view, 3> kStallResources = {"cpu", "memory", "io"};

// A ratio of time at which a rule about pressure is raised.
struct StallBound {
  std::size_t resource = 0;  // of kStallResources
  bool full = false;         // all tasks wait; else some
  double ratio = 0;
};

// Where the host's load becomes of interest to somebody; 0..1. Absent: nowhere.
struct LoadBounds {
  double busy_ratio = 0.8;  // no rule that ships has one; from here on a host counts as loaded
  double memory_used_ratio = kAbsent;     // where a rule is raised ...
  double memory_watched_ratio = kAbsent;  // ... and where twice as much is available still
  std::array<double, kStallResources.size()> some_stall{kAbsent, kAbsent, kAbsent};
  std::vector<StallBound> stalls;  // of all rules about pressure, at most kMostStalls
};
inline constexpr std::size_t kMostStalls = 12;

// Of the rules over available memory by the whole, and over pressure.
[[nodiscard]] LoadBounds load_bounds(std::span<const Rule> rules);

// The longest time between two samples at which each rule still sees enough: half of the points in
// the time that a trend looks back over may be missing. Absent: none cares.
[[nodiscard]] std::optional<std::chrono::nanoseconds> longest_interval(std::span<const Rule> rules);

// What pending alerts ask for.
struct PendingAlerts {
  bool fresh = false;  // one began with this frame
  // Until the first of them fires, if its subject stays raised.
  std::optional<std::chrono::nanoseconds> fires_in;
};
[[nodiscard]] PendingAlerts pending_alerts(std::span<const Alert* const> alerts,
                                           std::span<const Rule> rules, Instant now);

}  // namespace perfwatch
