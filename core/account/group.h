// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>

namespace perfwatch {

// What only grows. Of a process: since its start; of a group: of all that ever were in it.
// read_bytes and written_bytes are absent until they could be read of one member, then they stay.
struct GroupCounters {
  double user_seconds = 0;
  double system_seconds = 0;
  std::uint64_t minor_faults = 0;
  std::uint64_t major_faults = 0;
  std::uint64_t voluntary_switches = 0;
  std::uint64_t involuntary_switches = 0;
  std::optional<std::uint64_t> read_bytes;
  std::optional<std::uint64_t> written_bytes;
};

enum class ProcessState : std::uint8_t { running, sleeping, blocked, stopped, zombie, idle };
inline constexpr std::size_t kProcessStates = 6;
[[nodiscard]] ProcessState to_state(char letter);

// The living members at one sweep, and what their group spent since the sweep before.
struct GroupLiving {
  std::uint32_t processes = 0;
  std::uint32_t threads = 0;
  std::uint64_t resident_bytes = 0;
  std::uint64_t anonymous_bytes = 0;
  std::uint64_t swapped_bytes = 0;
  std::uint64_t largest_resident_bytes = 0;
  std::uint64_t oldest_start_ticks = std::numeric_limits<std::uint64_t>::max();
  std::array<std::uint32_t, kProcessStates> states{};
  std::optional<std::uint64_t> open_descriptors;  // absent when unreadable of all members
  std::optional<double> descriptor_limit_ratio;   // of the worst member
  double cpu_seconds_spent = 0;
  std::uint64_t io_bytes_moved = 0;
};

struct Group {
  std::string name;
  GroupCounters totals;
  GroupLiving living;
  // Told by events since the last sweep; part of `totals`.
  double cpu_seconds_told = 0;
  std::uint64_t io_bytes_told = 0;
  std::uint64_t started = 0;
  std::uint64_t exited = 0;
  // living.processes == base + started - exited, always: the members at the first sweep, and those
  // that a change of rules moved here (or, below 0, away).
  std::int64_t base = 0;
  std::optional<std::uint64_t> memory_limit_bytes;  // the smallest of its rules
  bool reserved = false;  // a rule names it outright: outside the limit, never displaced
  bool pss = false;       // one of its rules wants its proportional memory
  std::chrono::steady_clock::time_point last_seen_alive{};  // when it last had a member

  [[nodiscard]] std::int64_t members() const {
    return base + static_cast<std::int64_t>(started) - static_cast<std::int64_t>(exited);
  }
};

}  // namespace perfwatch
