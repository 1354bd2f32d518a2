// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace perfwatch {

// Whose limit was hit: the host's memory, or a cgroup's; unknown where the kernel's log could not
// be read.
enum class OomScope : std::uint8_t { host, cgroup, unknown };
inline constexpr std::size_t kOomScopes = 3;

[[nodiscard]] constexpr std::string_view to_string(OomScope scope) {
  switch (scope) {
    case OomScope::host:
      return "host";
    case OomScope::cgroup:
      return "cgroup";
    case OomScope::unknown:
      return "unknown";
  }
  return "unknown";
}

// How many of the processes that were there are kept of one kill.
inline constexpr std::size_t kOomLargest = 5;

// One of the processes that were there when the kernel killed.
struct OomProcess {
  std::int32_t pid = 0;
  std::string comm;
  std::uint64_t resident_bytes = 0;
  std::uint64_t swapped_bytes = 0;
};

// One process that the kernel killed for lack of memory. What is not known is absent or empty.
// Every text is printable UTF-8.
struct OomKill {
  std::chrono::system_clock::time_point at;
  std::string boot_id;  // with `sequence` and `pid` the identity of the record
  // kmsg's, of the "Killed process" line. Of a kill that is not in kmsg its nanoseconds since boot.
  std::uint64_t sequence = 0;
  std::int32_t pid = 0;  // 0: only counted by the kernel, nobody could tell who it was
  std::string comm;
  std::string group;  // of the victim, "unknown" when nobody saw it
  std::optional<std::uint32_t> uid;
  OomScope scope = OomScope::unknown;
  std::string victim_cgroup;  // below the cgroup root; of a group kill (memory.oom.group) its top
  std::string limit_cgroup;   // whose limit was hit; empty for the host's
  std::uint64_t virtual_bytes = 0;
  std::uint64_t anonymous_bytes = 0;
  std::uint64_t file_bytes = 0;
  std::uint64_t shared_bytes = 0;
  std::optional<std::int32_t> oom_score_adj;
  std::vector<OomProcess> largest;  // at most kOomLargest, largest first
  // Found in the kernel's log of this boot, but older than the daemon: told, not counted.
  bool before_start = false;

  [[nodiscard]] std::uint64_t resident_bytes() const {
    return anonymous_bytes + file_bytes + shared_bytes;
  }
};

// The same kill, however often and by whom it was found.
[[nodiscard]] inline bool same_kill(const OomKill& a, const OomKill& b) {
  return a.sequence == b.sequence && a.pid == b.pid && a.boot_id == b.boot_id;
}

// The latest kills, as pages and evidence show them. Immutable once in a frame.
struct OomHistory {
  std::vector<OomKill> kills;  // newest first
  std::string not_durable;     // why they are not kept over a restart; empty when they are
};

}  // namespace perfwatch
