// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/analyse/bottleneck.h"

// A host in good use, to be made worse, and what is said of it.
namespace perfwatch::test {

inline constexpr double kMiB = 1024.0 * 1024.0;
inline constexpr double kGiB = 1024.0 * kMiB;
inline const std::chrono::system_clock::time_point kNow{std::chrono::seconds(1'700'000'000)};

inline Load::Group group(std::string_view name, double cores, double running, double blocked = 0) {
  Load::Group out;
  out.name = name;
  out.cores = cores;
  out.processes = running + blocked + 1;
  out.running = running;
  out.blocked = blocked;
  out.resident = kGiB;
  out.descriptors = 0.02;
  out.io = 0;
  return out;
}

// A build as wide as the host: eight cores, nine tenths of them busy, short waits.
inline Load busy_host() {
  Load load;
  load.samples = 30;
  load.seconds = 60;
  load.cores = 8;
  load.cpu_busy = 0.92;
  load.cpu_iowait = 0.01;
  load.cpu_steal = 0;
  load.running = 8.5;
  load.blocked = 0.1;
  load.cpu_some = 0.22;
  load.memory_some = load.memory_full = 0;
  load.io_some = 0.06;
  load.io_full = 0.01;
  load.memory_available = 0.45;
  load.swap_used = 0.1;
  load.swap_read = load.swap_written = 0;
  load.major_faults = 3;
  load.busiest_disk = {"nvme0n1", 0.12, 20 * kMiB};
  load.groups = {group("cc1plus", 6.8, 7), group("make", 0.2, 0.2)};
  return load;
}

inline Bottlenecks found(const Load& load, const Bottlenecks* before = nullptr) {
  return find_bottlenecks(load, before, kNow);
}

// "cpu", "io of ld", ... in order.
inline std::vector<std::string> names(const Bottlenecks& bottlenecks) {
  std::vector<std::string> out;
  for (const auto& one : bottlenecks.list) {
    std::string name(to_string(one.resource));
    if (!one.group.empty()) name += " of " + one.group;
    out.push_back(std::move(name));
  }
  return out;
}

inline void without_pressure(Load& load) {
  load.cpu_some = load.memory_some = load.memory_full = load.io_some = load.io_full = std::nullopt;
}

}  // namespace perfwatch::test
