// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
#pragma once

// All that lives, in one read of an iterator: every task of the host, in the order of their ids.

#include "core/account/ebpf/state.bpf.h"

// Records in the making: the stack has no room for them. Nobody else is at them, as user space
// reads one sweep after the other.
struct SweepScratch {
  struct WireProcess process;
  struct WireThread thread;
  struct WireStandIn stand_in;
};
struct {
  __uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
  __uint(max_entries, 1);
  __type(key, __u32);
  __type(value, struct SweepScratch);
} sweep_scratch SEC(".maps");

INLINE __u32 sequence_of(struct signal_struct* signal) {
  if (copies) return (__u32)copy_4(ADDRESS(signal, stats_lock.seqcount.seqcount.sequence));
  return *(volatile __u32*)&signal->stats_lock.seqcount.seqcount.sequence;
}

// The counters of the dead threads of a process together with those of one living thread, such that
// no counter is in both: release_task() moves them within a write section of stats_lock, in which
// it also takes the thread's thread_pid. False when the thread is released, or it changes too fast.
INLINE bool read_together(struct task_struct* task, struct signal_struct* signal, bool dead_too,
                          struct WireUsage* usage, __u32* deaths) {
  for (int tries = 0; tries < 3; ++tries) {
    const __u32 before = sequence_of(signal);
    __builtin_memset(usage, 0, sizeof *usage);
    if (dead_too) read_dead(signal, usage);
    add_own(task, usage);
    const bool released = BPF_CORE_READ(task, thread_pid) == NULL;
    const __u32 after = sequence_of(signal);
    if (before != after || before & 1) continue;
    *deaths = before / 2;
    return !released;
  }
  return false;
}

// The program of a process, and what its freed threads moved; one that was there before us gets a
// number of its own.
INLINE __u64 sweep_state(struct signal_struct* signal, struct WireUsage* usage) {
  struct WireState* state = find_or_make_state(signal);
  if (!state) return 0;
  add_freed_io(state, usage);
  if (state->image == 0) state->image = ++swept_images;
  state->known = 1;
  state->swept = sweep_number;
  return state->image;
}

INLINE void sweep_leader(struct seq_file* seq, struct task_struct* task,
                         struct signal_struct* signal, struct mm_struct* mm,
                         struct WireProcess* process) {
  __builtin_memset(process, 0, sizeof *process);
  process->header.type = kWireProcess;
  process->header.size = sizeof *process;
  if (!read_together(task, signal, true, &process->usage, &process->deaths)) return;
  read_who(task, signal, &process->who);
  process->who.image = sweep_state(signal, &process->usage);
  process->who.cgroup = cgroup_id(task);
  read_memory(task, mm, &process->memory);
  process->descriptor_limit = LOAD(signal, rlim[kRlimitNofile].rlim_cur);
  process->state = task_state(task);
  process->exit_state = (__u32)LOAD(task, exit_state);
  process->threads = (__u32)LOAD(signal, nr_threads);
  bpf_seq_write(seq, process, sizeof *process);
}

INLINE void sweep_thread(struct seq_file* seq, struct task_struct* task,
                         struct signal_struct* signal, struct mm_struct* mm,
                         struct SweepScratch* scratch) {
  struct WireThread* thread = &scratch->thread;
  __builtin_memset(thread, 0, sizeof *thread);
  thread->header.type = kWireThread;
  thread->header.size = sizeof *thread;
  if (!read_together(task, signal, false, &thread->usage, &thread->deaths)) return;
  thread->pid = LOAD(task, tgid);
  thread->state = task_state(task);
  thread->exit_state = (__u32)LOAD(task, exit_state);
  bpf_seq_write(seq, thread, sizeof *thread);
  if (BPF_CORE_READ(task, group_leader, exit_state) == 0 || LOAD(task, exit_state) != 0) return;
  struct WireStandIn* stand_in = &scratch->stand_in;
  __builtin_memset(stand_in, 0, sizeof *stand_in);
  stand_in->header.type = kWireStandIn;
  stand_in->header.size = sizeof *stand_in;
  stand_in->pid = thread->pid;
  read_memory(task, mm, &stand_in->memory);
  bpf_seq_write(seq, stand_in, sizeof *stand_in);
}

SEC("iter/task")
int sweep_tasks(struct bpf_iter__task* ctx) {
  struct task_struct* task = ctx->task;
  if (!task) return 0;
  const __u32 zero = 0;
  struct SweepScratch* scratch = bpf_map_lookup_elem(&sweep_scratch, &zero);
  if (!scratch) return 0;
  learn_cpu_offsets();
  struct seq_file* seq = ctx->meta->seq;
  struct signal_struct* signal = LOAD(task, signal);
  struct mm_struct* mm = LOAD(task, mm);
  if (is_leader(task)) {
    sweep_leader(seq, task, signal, mm, &scratch->process);
  } else {
    sweep_thread(seq, task, signal, mm, scratch);
  }
  return 0;
}
