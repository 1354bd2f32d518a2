// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/model/accounting.h"

namespace perfwatch {

// A pid alone is reused; with the start time (clock ticks since boot, field 22 of /proc/PID/stat)
// it is not.
struct ProcessKey {
  std::int32_t pid = 0;
  std::uint64_t start_ticks = 0;
  auto operator<=>(const ProcessKey&) const = default;
};
// The same process, as far as that can be told: the taskstats tier derives start times from events,
// which may be off by one tick.
[[nodiscard]] constexpr bool is_same_process(const ProcessKey& a, const ProcessKey& b) {
  const std::uint64_t apart =
      a.start_ticks > b.start_ticks ? a.start_ticks - b.start_ticks : b.start_ticks - a.start_ticks;
  return a.pid == b.pid && apart <= 1;
}

// The kernel's TASK_COMM_LEN; raw bytes, may be anything but '\0'.
inline constexpr std::size_t kCommSize = 16;
using Comm = std::array<char, kCommSize>;
[[nodiscard]] inline std::string_view view(const Comm& comm) {
  const std::string_view all(comm.data(), comm.size());
  return all.substr(0, all.find('\0'));
}

// One process in one sweep. Counters are since its start. What could not be read is absent, not 0.
struct ProcessRecord {
  ProcessKey key;
  std::int32_t parent = 0;
  std::uint32_t uid = 0;  // effective
  Comm comm{};
  char state = '?';  // R S D T t Z I ...
  bool kernel_thread = false;
  bool forked =
      false;  // has not called exec(2) since its parent made it: still the parent's program
  // Which exec(2) it comes from: grows with every exec on the host, and a child has its parent's
  // until it calls exec itself; 0 where events are not seen, or before the first.
  std::uint64_t image = 0;
  // Inode of its cgroup, at most 2 levels below the root, in the hierarchy that accounts CPU (v2,
  // or v1's cpuacct); 0 when unknown.
  std::uint64_t cgroup = 0;
  std::uint32_t threads = 0;
  double user_seconds = 0;
  double system_seconds = 0;
  std::uint64_t resident_bytes = 0;
  std::uint64_t anonymous_bytes = 0;
  std::uint64_t swapped_bytes = 0;
  std::uint64_t minor_faults = 0;
  std::uint64_t major_faults = 0;
  std::uint64_t voluntary_switches = 0;
  std::uint64_t involuntary_switches = 0;
  std::optional<std::uint64_t> read_bytes;  // from and
  std::optional<std::uint64_t>
      written_bytes;  // to storage; needs CAP_SYS_PTRACE for others' processes
  std::optional<std::uint32_t> open_descriptors;
  std::optional<std::uint64_t> descriptor_limit;  // soft RLIMIT_NOFILE
};

// One process as `perfwatch top` and the evidence of alerts show it.
struct ProcessView {
  ProcessKey key;
  std::int32_t parent = 0;
  std::uint32_t uid = 0;
  Comm comm{};
  char state = '?';
  std::uint16_t group = 0;  // index into ProcessTable::groups
  std::uint32_t threads = 0;
  double start_time_seconds = 0;  // since 1970-01-01 UTC; NaN when the boot time is unknown
  double cpu_seconds = 0;         // user + system since its start
  double cpu_cores = 0;           // CPU seconds per second since the sweep before; NaN in the first
  double io_bytes_per_second = 0;  // read + written; NaN when unreadable and in the first sweep
  std::uint64_t resident_bytes = 0;
  std::uint64_t anonymous_bytes = 0;
  std::uint64_t swapped_bytes = 0;
};

// One group in one sweep: the living for gauges; rates since the sweep before, the ended included,
// NaN in the first.
struct GroupView {
  std::string name;
  std::uint32_t processes = 0;
  std::uint32_t threads = 0;
  double cpu_cores = 0;
  double cpu_seconds_total = 0;
  double io_bytes_per_second = 0;
  std::uint64_t resident_bytes = 0;
  std::uint64_t anonymous_bytes = 0;
  std::uint64_t swapped_bytes = 0;
  std::uint64_t largest_resident_bytes = 0;
  std::uint64_t started_total = 0;
  std::uint64_t exited_total = 0;
};

struct ExitTable;
struct OomKill;

// Who stood behind the groups' series at one sweep. Immutable once in a frame.
struct ProcessTable {
  std::vector<GroupView> groups;
  std::vector<ProcessView> processes;
  std::shared_ptr<const Accounting> accounting;  // never null in a frame
  std::shared_ptr<const ExitTable> exits;        // null where exits are not seen
  // The latest kills for lack of memory that were found since the daemon's start, oldest first; the
  // same object until one comes, null before the first.
  std::shared_ptr<const std::vector<OomKill>> new_oom_kills;
};

}  // namespace perfwatch

template <>
struct std::hash<perfwatch::ProcessKey> {
  std::size_t operator()(const perfwatch::ProcessKey& key) const noexcept {
    // splitmix64's finaliser over both parts.
    std::uint64_t x = key.start_ticks * 0x9E3779B97F4A7C15ULL + static_cast<std::uint32_t>(key.pid);
    x = (x ^ (x >> 30U)) * 0xBF58476D1CE4E5B9ULL;
    x = (x ^ (x >> 27U)) * 0x94D049BB133111EBULL;
    return x ^ (x >> 31U);
  }
};
