// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>

#include "core/account/taskstats/netlink.h"
#include "core/base/result.h"
#include "core/model/process.h"

namespace perfwatch {

// What the kernel says of one thread that ends: struct taskstats of linux/taskstats.h, as
// kernel/taskstats.c, kernel/tsacct.c and kernel/delayacct.c fill it. The memory of the process is
// still there at that moment.
struct ThreadRecord {
  std::int32_t tid = 0;
  std::int32_t pid = 0;  // of its process
  std::int32_t parent = 0;
  std::uint32_t uid = 0;  // real
  Comm comm{};
  bool last = false;    // of its process
  bool forked = false;  // has not called exec(2); only a first thread tells
  int exit_code = 0;    // as wait(2) has it; only a first thread tells
  std::uint16_t version = 0;
  // se.sum_exec_runtime: exact, but only up to the last tick or switch; see exit_cpu.h.
  std::uint64_t run_nanoseconds = 0;
  std::uint64_t queued_nanoseconds = 0;  // runnable, waiting for a CPU
  std::uint64_t lived_microseconds = 0;
  std::uint64_t process_lived_microseconds = 0;
  std::uint64_t user_microseconds = 0;  // by ticks, as is
  std::uint64_t system_microseconds = 0;
  std::uint64_t minor_faults = 0;
  std::uint64_t major_faults = 0;
  std::uint64_t voluntary_switches = 0;
  std::uint64_t involuntary_switches = 0;
  std::uint64_t read_bytes = 0;
  std::uint64_t written_bytes = 0;
  std::uint64_t peak_resident_kib = 0;  // of the program it runs; 0: no memory of its own
};

// One message: a thread, and with the last thread of a process that had several the run time of
// all of them, those that ended before anyone listened included. (The kernel fills no other field
// of that second record at the end of a process.)
struct ExitRecord {
  ThreadRecord thread;
  std::optional<std::uint64_t> process_run_nanoseconds;
};

// The first version that tells the process of a thread and which thread is the last: Linux 5.19.
// Later ones append; 14 and 15 shifted fields by mistake and are refused, as their pid is not where
// it should be.
inline constexpr std::uint16_t kLeastTaskstatsVersion = 12;

// `payload` of a message of the family TASKSTATS, from genlmsghdr on.
[[nodiscard]] Result<ExitRecord> parse_exit_record(Bytes payload);

enum class ProcKind : std::uint8_t { other, acknowledged, forked, executed, owner, renamed, ended };

// An event of the proc connector (linux/cn_proc.h).
struct ProcEvent {
  ProcKind kind = ProcKind::other;
  std::uint32_t cpu = 0;
  std::uint32_t sequence = 0;     // grows by 1 with each event of its CPU
  std::uint64_t nanoseconds = 0;  // CLOCK_MONOTONIC
  std::int32_t tid = 0;
  std::int32_t pid = 0;     // of its process
  std::int32_t parent = 0;  // forked, ended: the process; 0 when unknown
  std::uint32_t uid = 0;    // owner: effective
  Comm comm{};              // renamed
  int exit_code = 0;        // ended: of this thread; acknowledged: an errno
};

// `payload` of a message of NETLINK_CONNECTOR, from cn_msg on.
[[nodiscard]] Result<ProcEvent> parse_proc_event(Bytes payload);

}  // namespace perfwatch
