// SPDX-License-Identifier: Apache-2.0
#pragma once

// What the programs in process.bpf.c hand to user space: fixed records, then, for exec events, the
// names. C and C++ both include this; all numbers are in the host's byte order, and every record's
// size is a multiple of 8.

#ifdef __BPF__
#include <linux/types.h>
#else
#include <linux/types.h>

#include <type_traits>

namespace perfwatch {
#endif

enum WireType {
  kWireExec = 1,
  kWireExit = 2,
  kWireOom = 3,
  kWireProcess = 4,  // of the sweep, as are the next two
  kWireThread = 5,
  kWireStandIn = 6,
};

enum WireFlag {
  kWireKernelThread = 1,
  kWireForked = 2,        // no exec(2) since the fork
  kWireHasIo = 4,         // the kernel counts bytes to and from storage
  kWireHasPeak = 8,       // of an exit: its memory was still there
  kWireHasLife = 16,      // of an exit: when it ended is known
  kWireExeLost = 32,      // of an exec: the name was wanted, but could not be read
  kWireCmdlineLost = 64,  // the same
  kWireExeWanted = 128,   // of an exec: what was asked for when it came
  kWireCmdlineWanted = 256,
  kWireCgroupWanted = 512,
  kWireJobSeen = 1024,  // of an exec: its environment has a WireSign, its parent's had none
};

// How much of a name an exec event takes along.
enum WireLimit {
  kWireNameSize = 256,  // of one component of a path
  kWireExeDepth = 40,   // components
  kWireCgroupDepth = 24,
  kWireCmdlineSize = 4096,  // as ProcessNames
  kWireNamesSize = 16384,   // of all
  kWireMaxDescriptors = 1024,
  // In an environment, signs of jobs are looked for among the first variables.
  kWireVariables = 256,
  kWireVariableSize = 4096,  // a longer one counts as several
  kWireSignSize = 16,
  kWireSigns = 12,  // of them at most
};

struct WireHeader {
  __u32 type;
  __u32 size;  // of the whole record, this included
};

// Counters since the start of a process.
struct WireUsage {
  __u64 cpu_ns;     // by the scheduler, exact
  __u64 user_ns;    // by the tick: good for the ratio
  __u64 system_ns;  // of the two only
  __u64 minor_faults;
  __u64 major_faults;
  __u64 voluntary_switches;
  __u64 involuntary_switches;
  __u64 read_bytes;
  __u64 written_bytes;
};

struct WireWho {
  __s32 pid;
  __s32 parent;
  __u32 uid;
  __u32 flags;  // WireFlag
  __u64 start_boottime_ns;
  __u64 image;
  __u64 cgroup;
  char comm[16];
};

// Pages by kind, descriptors.
struct WireMemory {
  __u64 file_pages;
  __u64 anonymous_pages;
  __u64 shared_pages;
  __u64 swapped_pages;
  __u32 descriptors;  // open; of the first kWireMaxDescriptors
  __u32 more;         // 1: the table is larger than that; 2: there is none
};

struct WireExec {
  struct WireHeader header;
  struct WireWho who;
  struct WireUsage usage;
  __u32 exe_size;      // components with their '\0', the last one first
  __u32 cmdline_size;  // arguments with their '\0'
  __u32 cgroup_size;   // components with their '\0', the last one first
  __u32 unused;
  __u64 before_image;
  char before_comm[16];
};

struct WireExit {
  struct WireHeader header;
  struct WireWho who;
  struct WireUsage usage;
  __u64 peak_pages;  // of the last program
  __u64 max_pages;   // ru_maxrss
  __u64 lived_ns;
  __s32 wait_status;
  __u32 unused;
};

struct WireOom {
  struct WireHeader header;
  __s32 pid;
  __u32 uid;
  char comm[16];
  __u64 anonymous_pages;
  __u64 file_pages;
  __u64 shared_pages;
  __u64 boottime_ns;
};

// The leader of a process with the sums of its dead threads.
struct WireProcess {
  struct WireHeader header;
  struct WireWho who;
  struct WireUsage usage;
  struct WireMemory memory;
  __u64 descriptor_limit;  // ~0: unlimited
  __u32 state;             // task_struct::__state
  __u32 exit_state;
  __u32 threads;
  __u32 deaths;  // grows when a thread's counters become part of the sums
};

// Another thread.
struct WireThread {
  struct WireHeader header;
  __s32 pid;  // of the process
  __u32 state;
  __u32 exit_state;
  __u32 deaths;
  struct WireUsage usage;
};

// What a thread tells in place of a leader that ended before it.
struct WireStandIn {
  struct WireHeader header;
  __s32 pid;
  __u32 unused;
  struct WireMemory memory;
};

// Ended processes that nobody knew, by their program, while the ring was full.
struct WireSummaryKey {
  __u64 image;
  char comm[16];
};

struct WireSummary {
  __u64 count;
  __u64 failed;
  __u64 largest_peak_pages;
  __u64 lived_ns;
  __u64 cgroup;  // of the first, as are
  __u32 uid;
  __u32 flags;
  struct WireUsage usage;  // sums
};

// The front of an environment variable, "CI_JOB_ID=": those bytes of `text` count that `mask` has
// set.
struct WireSign {
  __u64 mask[kWireSignSize / 8];
  __u64 text[kWireSignSize / 8];
};

// What user space cannot learn from the kernel after the fact, by process: by its signal_struct,
// which stays the same over exec(2) by another thread than the leader, and until the last task is
// freed.
struct WireState {
  __u64 image;
  __u64 freed_ns;  // CPU time of the tasks that were freed
  __u64 freed_read_bytes;
  __u64 freed_written_bytes;
  // Tasks that it ever had, and those that were freed; born 0: it was there before us. The last one
  // to be freed tells of the end.
  __u32 born;
  __u32 freed;
  __u32 known;           // user space has heard of it
  __u32 swept;           // the last sweep that met it
  char before_comm[16];  // before exec(2)
  __u64 released_ns;     // when its leader was freed before another task; 0: was not
  // As it was when its last thread began to end; once the leader is freed, as it was then.
  __u64 end_ns;      // CLOCK_BOOTTIME; 0: has not ended
  __u64 peak_pages;  // 0: not known
  __u64 max_pages;
  __s32 exit_code;
  __u32 job;  // wants_jobs when its environment, or that of who it descends from, had a WireSign
  struct WireWho who;
  struct WireUsage usage;
};

// Where an event was lost; indices of the counters that the programs keep.
enum WireLoss {
  kLostExecRingFull,
  kLostExitRingFull,
  kLostExitTableFull,
  kLostExitUnseen,  // its last task was freed without a word: told as it was when it began to end
  kLostOomRingFull,
  kWireLosses,
};

#ifndef __BPF__
static_assert(sizeof(WireWho) == 56 && sizeof(WireUsage) == 72 && sizeof(WireMemory) == 40);
static_assert(sizeof(WireExec) % 8 == 0 && sizeof(WireExit) % 8 == 0 && sizeof(WireOom) % 8 == 0);
static_assert(std::is_trivially_copyable_v<WireExec> && std::is_trivially_copyable_v<WireExit>);
}  // namespace perfwatch
#endif
