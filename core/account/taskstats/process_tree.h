// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory_resource>
#include <optional>
#include <unordered_map>

#include "core/account/process_events.h"
#include "core/account/taskstats/exit_cpu.h"
#include "core/account/taskstats/records.h"
#include "core/model/process.h"

namespace perfwatch {

// What is remembered of a process between its fork and the sweep after its end.
struct TreeProcess {
  ProcessKey key;  // start_ticks 0: not known yet
  // The key is the one that /proc shows and others may know already; else it is derived from the
  // fork's time and may be off by one tick, which nobody notices.
  bool key_read = false;
  std::uint64_t fork_nanoseconds = 0;  // CLOCK_MONOTONIC; 0 when the fork was not seen
  // Its last exec, CLOCK_MONOTONIC; and the fork or exec before it that somebody was told of, when
  // it had used no more than `seen`. 0: not known.
  std::uint64_t exec_nanoseconds = 0;
  std::uint64_t told_nanoseconds = 0;
  // The last end of a child or of one of its threads, CLOCK_MONOTONIC; 0: none seen.
  std::uint64_t others_end_nanoseconds = 0;
  std::int32_t parent = 0;
  std::optional<std::uint32_t> uid;  // effective
  Comm comm{};
  bool kernel_thread = false;
  bool forked = false;  // as last read: has not called exec(2)
  bool image_known = false;
  std::uint64_t image = 0;
  Program before;  // what it ran until its last exec
  std::uint64_t cgroup = 0;
  CpuSplit seen;  // in the last record read from /proc
  bool ended = false;
  std::uint32_t sweep = 0;  // the last one that saw it, or that came before its first event
};

// The processes by pid, and the numbers of their images. Pure: no clock, no files.
class ProcessTree {
 public:
  // `boot_offset_nanoseconds`: CLOCK_BOOTTIME - CLOCK_MONOTONIC, now.
  ProcessTree(double ticks_per_second, std::uint64_t boot_offset_nanoseconds)
      : ticks_per_second_(ticks_per_second), boot_offset_(boot_offset_nanoseconds) {}
  void set_boot_offset(std::uint64_t nanoseconds) { boot_offset_ = nanoseconds; }

  [[nodiscard]] TreeProcess* find(std::int32_t pid);
  // The process of an event, made when it is not known.
  [[nodiscard]] TreeProcess& at(std::int32_t pid);

  void fork(const ProcEvent& event);
  // A number for its new program.
  void exec(TreeProcess& process, std::uint64_t nanoseconds) {
    process.exec_nanoseconds = nanoseconds;
    resolve_image(process);
    process.before = {process.image, process.comm};
    give_image(process, ++last_image_);
  }
  // The number of a program whose exec was not seen: that of the parent when the process only
  // forked and is still called the same, else a number of its own. Kernel threads have none.
  void resolve_image(TreeProcess& process) { resolve_image(process, kMostGenerations); }

  // A record from /proc: its key is true from now on, except that of a process whose end was told
  // with another: the record gets that one. False when the pid stands for another process by now,
  // which started later than the record.
  bool meet(ProcessRecord& record);

  // A key that was read from /proc may be that of the process, as far as its fork event tells.
  [[nodiscard]] static bool may_be(const TreeProcess& process, const ProcessKey& read);

  void begin_sweep() { ++sweep_; }
  void mark_swept(TreeProcess& process) const { process.sweep = sweep_; }
  // Forgets the ended and those that two sweeps did not see, whose end was lost.
  void end_sweep();

  // Field 22 of /proc/PID/stat for a start on CLOCK_MONOTONIC.
  [[nodiscard]] std::uint64_t to_ticks(std::uint64_t monotonic_nanoseconds) const;
  [[nodiscard]] std::size_t size() const { return processes_.size(); }

 private:
  static constexpr int kMostGenerations = 16;

  void resolve_image(TreeProcess& process, int generations);
  static void give_image(TreeProcess& process, std::uint64_t image) {
    process.image = image;
    process.image_known = true;
  }
  double ticks_per_second_;
  std::uint64_t boot_offset_;
  std::uint64_t last_image_ = 0;
  std::uint32_t sweep_ = 1;
  // Forks come by thousands a second; the pool keeps the nodes of the forgotten for the next.
  std::pmr::unsynchronized_pool_resource pool_;
  std::pmr::unordered_map<std::int32_t, TreeProcess> processes_{&pool_};
};

}  // namespace perfwatch
