// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace perfwatch {

// Whose limit was hit: the host's memory, or a cgroup's.
enum class OomScope : std::uint8_t { host, cgroup };

[[nodiscard]] constexpr std::string_view to_string(OomScope scope) {
  return scope == OomScope::cgroup ? "cgroup" : "host";
}

// One of the processes that were there when the kernel killed.
struct OomProcess {
  std::int32_t pid = 0;
  std::string comm;
  std::uint64_t resident_bytes = 0;
  std::uint64_t swapped_bytes = 0;
};

// One process that the kernel killed for lack of memory. What is not known is absent or empty.
struct OomKill {
  std::chrono::system_clock::time_point at;
  std::string boot_id;         // with `sequence` the identity of the record
  std::uint64_t sequence = 0;  // kmsg's; of the "Killed process" line
  std::int32_t pid = 0;
  std::string comm;
  std::string group;  // of the victim, "unknown" when nobody saw it
  std::uint32_t uid = 0;
  OomScope scope = OomScope::host;
  std::string victim_cgroup;  // path below the cgroup root
  std::string limit_cgroup;   // whose limit was hit; empty for the host's
  std::uint64_t virtual_bytes = 0;
  std::uint64_t anonymous_bytes = 0;
  std::uint64_t file_bytes = 0;
  std::uint64_t shared_bytes = 0;
  std::optional<std::int32_t> oom_score_adj;
  std::vector<OomProcess> largest;  // at most 5, largest first
};

}  // namespace perfwatch
