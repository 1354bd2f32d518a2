// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
#pragma once

// The maps and variables that the hooks, the sweep and user space share.

#include "core/account/ebpf/counters.bpf.h"
#include "core/account/ebpf/names.bpf.h"

struct {
  __uint(type, BPF_MAP_TYPE_HASH);
  __uint(map_flags, BPF_F_NO_PREALLOC);
  __uint(max_entries, 65536);
  __type(key, __u64);
  __type(value, struct WireState);
} states SEC(".maps");  // by the address of the signal_struct

struct {
  __uint(type, BPF_MAP_TYPE_RINGBUF);
  __uint(max_entries, 512 * 1024);  // set by user space
} ring SEC(".maps");

// Two, so that user space empties one that nobody writes to.
struct Overflow {
  __uint(type, BPF_MAP_TYPE_HASH);
  __uint(map_flags, BPF_F_NO_PREALLOC);
  __uint(max_entries, 4096);
  __type(key, struct WireSummaryKey);
  __type(value, struct WireSummary);
} overflow_0 SEC(".maps"), overflow_1 SEC(".maps");

// Shared with user space.
__u32 needs = 0;            // kWire*Wanted
__u32 active_overflow = 0;  // which of the two is written to
__u64 summarised[2] = {};   // exits in each, ever
__u64 lost[kWireLosses] = {};
__u64 waiting = 0;       // leaders that are freed, for another task of theirs
__u32 sweep_number = 0;  // of the sweep that is under way
__u64 swept_images = 0;  // given to programs that were there before us

const volatile __u64 ring_bytes = 512 * 1024;
// Of `needs`, what may ever be set: the verifier leaves out the code for the rest.
const volatile __u32 possible_needs = kWireExeWanted | kWireCmdlineWanted | kWireCgroupWanted;

const volatile bool possible_jobs = true;  // else the code for them is left out
__u32 wants_jobs = 0;                      // another number for each set of signs; 0: none
__u64 woken_ns = 0;                        // when user space was last woken

INLINE void add(__u64* counter, __u64 amount) { __sync_fetch_and_add(counter, amount); }
INLINE void count_freed_io(struct WireState* state, struct task_struct* task) {
  if (!bpf_core_field_exists(task->ioac.read_bytes)) return;
  add(&state->freed_read_bytes, LOAD(task, ioac.read_bytes));
  add(&state->freed_written_bytes, LOAD(task, ioac.write_bytes));
}
INLINE void add_freed_io(const struct WireState* state, struct WireUsage* usage) {
  usage->read_bytes += state->freed_read_bytes;
  usage->written_bytes += state->freed_written_bytes;
}
INLINE void count_loss(enum WireLoss loss) { add(&lost[loss], 1); }

// Grows with every exec(2) and is never the same twice: 256 ns hold no two of them on one CPU.
// Above all of swept_images.
INLINE __u64 new_image(void) {
  return bpf_ktime_get_ns() >> 8 << 13 | (bpf_get_smp_processor_id() & 0x1fff);
}

// User space comes by itself every few seconds; it is woken only when room gets scarce.
INLINE __u64 wake_up(__u64 used) {
  if (used < ring_bytes / 4) return BPF_RB_NO_WAKEUP;
  const __u64 now = bpf_ktime_get_ns();
  if (now - woken_ns < 5000000) return BPF_RB_NO_WAKEUP;
  woken_ns = now;
  return BPF_RB_FORCE_WAKEUP;
}

INLINE struct WireState* find_state(struct signal_struct* signal) {
  const __u64 key = (__u64)signal;
  return bpf_map_lookup_elem(&states, &key);
}

// The state of a process that was there before us, or that had no room at its fork.
INLINE struct WireState* find_or_make_state(struct signal_struct* signal) {
  struct WireState* state = find_state(signal);
  if (state) return state;
  const __u64 key = (__u64)signal;
  struct WireState fresh = {.known = 1};
  bpf_map_update_elem(&states, &key, &fresh, BPF_NOEXIST);
  return bpf_map_lookup_elem(&states, &key);
}
