// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory_resource>
#include <unordered_map>

#include "core/account/ebpf/decode.h"
#include "core/model/process.h"

namespace perfwatch {

// Sees to it that no counter of a process goes back between two looks at it. Two can: user and
// system time, as their ratio moves while only their sum is exact (the kernel remembers for the
// same reason, in prev_cputime); and every counter, when threads end while a sweep walks over them.
//
// Nodes come from a pool: no allocation once it has grown.
class UsageMemory {
 public:
  // A process that neither a sweep nor an event has named since is forgotten then.
  static constexpr std::uint32_t kForgetAfter = 8;  // sweeps

  // Raises `usage` to what was seen before, and puts it into `out`, divided into user and system.
  void settle(const ProcessKey& key, WireUsage usage, bool has_io, ProcessRecord& out);
  void forget(const ProcessKey& key) { seen_.erase(key); }
  void end_sweep();

  [[nodiscard]] std::size_t size() const { return seen_.size(); }

 private:
  struct Seen {
    WireUsage usage{};
    CpuTimes times;
    std::uint32_t sweep = 0;
  };

  std::pmr::unsynchronized_pool_resource pool_;
  std::pmr::unordered_map<ProcessKey, Seen> seen_{&pool_};
  std::uint32_t sweep_ = 0;
};

}  // namespace perfwatch
