// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/result.h"
#include "core/base/roots.h"
#include "core/model/run.h"

namespace perfwatch {

// The paths in /proc/PID/cgroup of the hierarchies that a run needs; nullopt: no such hierarchy.
//   4:memory:/ci/job
//   0::/ci/job
struct CgroupPaths {
  std::optional<std::string> unified, memory, cpu;
};
[[nodiscard]] CgroupPaths parse_cgroup_paths(std::string_view text);

// Seconds in cpu.stat for which the cgroup was kept from running: throttled_usec of v2, the
// nanoseconds of throttled_time of v1; nullopt where no controller counts.
[[nodiscard]] std::optional<double> parse_throttled(std::string_view text);

// A cgroup of its own for one run, below the one that we are in, so that every limit and weight
// from above holds as before. In v2 it counts pressure, and memory where that controller is enabled
// for children; in v1 it is one of the memory hierarchy. Only where we may: on a host of systemd in
// a subtree that was delegated, as the rest belongs to systemd.
class RunCgroup {
 public:
  // Never fails: what may not be made is absent. Removes what dead ones of us left behind.
  RunCgroup(const Roots& roots, std::int32_t self);
  // Moves what is left back to where it came from, and removes it.
  ~RunCgroup();
  RunCgroup(const RunCgroup&) = delete;
  RunCgroup& operator=(const RunCgroup&) = delete;

  // Before the process has children.
  void take_in(std::int32_t pid);
  // Peak memory, throttling.
  void fill(RunFigures& out) const;
  // Of v2, with files of pressure; empty: none.
  [[nodiscard]] const std::string& unified() const { return unified_; }

 private:
  [[nodiscard]] std::string make_below(const std::string& parent, std::int32_t self);
  [[nodiscard]] double throttled_at(std::size_t place) const;

  std::string unified_;
  std::string memory_;     // of v1
  std::string peak_file_;  // empty: not counted
  // cpu.stat of our own cgroup and all above it, and what they said at the start.
  std::vector<std::string> cpu_stat_;
  std::vector<double> throttled_;
};

}  // namespace perfwatch
