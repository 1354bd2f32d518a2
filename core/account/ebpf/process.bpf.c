// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)

// What every process costs, to the end. docs/architecture.md, "The ebpf tier", says why these
// hooks.

#include "core/account/ebpf/state.bpf.h"
#include "core/account/ebpf/sweep.bpf.h"

const char kLicense[] SEC("license") = "Dual BSD/GPL";

INLINE __s32 wait_status(struct signal_struct* signal, __s32 exit_code) {
  return LOAD(signal, flags) & kSignalGroupExit ? LOAD(signal, group_exit_code) : exit_code;
}

// A state of an address that belongs to a new process: the kernel freed the old one without a word.
// (Seen under load, of one process in a thousand, on a kernel that was not a distribution's.)
INLINE void tell_leftover(const struct WireState* old) {
  if (!old->end_ns) return;
  if (old->released_ns) {
    add(&waiting, -1);
  } else {
    count_loss(kLostExitUnseen);
  }
  struct WireExit* end = bpf_ringbuf_reserve(&ring, sizeof *end, 0);
  if (!end) {
    count_loss(kLostExitRingFull);
    return;
  }
  __builtin_memset(end, 0, sizeof *end);
  end->header.type = kWireExit;
  end->header.size = sizeof *end;
  end->who = old->who;
  end->who.image = old->image;
  end->usage = old->usage;
  if (old->freed_ns > end->usage.cpu_ns) end->usage.cpu_ns = old->freed_ns;
  end->peak_pages = old->peak_pages;
  end->max_pages = old->max_pages;
  end->wait_status = old->exit_code;
  if (old->peak_pages) end->who.flags |= kWireHasPeak;
  if (old->end_ns > end->who.start_boottime_ns) {
    end->lived_ns = old->end_ns - end->who.start_boottime_ns;
    end->who.flags |= kWireHasLife;
  }
  bpf_ringbuf_submit(end, BPF_RB_NO_WAKEUP);
}

// A child is its parent's program until it calls exec(2). Nobody is told: forks are most of a
// storm.
SEC("tp_btf/sched_process_fork")
int BPF_PROG(on_fork, struct task_struct* parent, struct task_struct* child) {
  struct signal_struct* signal = BPF_CORE_READ(child, signal);
  if (!is_leader(child)) {
    struct WireState* state = find_state(signal);
    if (state && state->born) __sync_fetch_and_add(&state->born, 1);
    return 0;
  }
  struct WireState fresh = {.born = 1};
  const struct WireState* maker = find_state(BPF_CORE_READ(parent, signal));
  if (maker) {
    fresh.image = maker->image;
    fresh.job = maker->job;
  }
  bpf_probe_read_kernel(fresh.before_comm, sizeof fresh.before_comm, child->comm);
  const __u64 key = (__u64)signal;
  const struct WireState* old = bpf_map_lookup_elem(&states, &key);
  if (old) tell_leftover(old);
  if (bpf_map_update_elem(&states, &key, &fresh, BPF_ANY)) count_loss(kLostExitTableFull);
  return 0;
}

// exec(2) does it, too, shortly before its own event: the old name is still there.
SEC("tp_btf/task_rename")
int BPF_PROG(on_rename, struct task_struct* task) {
  if (!is_leader(task)) return 0;
  struct WireState* state = find_or_make_state(BPF_CORE_READ(task, signal));
  if (state) bpf_probe_read_kernel(state->before_comm, sizeof state->before_comm, task->comm);
  return 0;
}

INLINE void append_names(struct ExecScratch* scratch, struct task_struct* task) {
  struct WireExec* event = &scratch->event;
  const __u32 wanted = needs & possible_needs;
  struct mm_struct* mm = LOAD(task, mm);
  __u32 at = 0;
  if (mm && wanted & kWireExeWanted) {
    at = append_exe(0, (__u64)BPF_CORE_READ(mm, exe_file));
    event->exe_size = at;
    if (at == 0) event->who.flags |= kWireExeLost;
  }
  if (mm && wanted & kWireCmdlineWanted) {
    const __u32 end = append_cmdline(scratch, at, mm);
    event->cmdline_size = end - at;
    if (end == at) event->who.flags |= kWireCmdlineLost;
    at = end;
  }
  if (wanted & kWireCgroupWanted) {
    const __u32 end = append_cgroup(at, (__u64)BPF_CORE_READ(task, cgroups));
    event->cgroup_size = end - at;
    at = end;
  }
  event->who.flags |= wanted;
  event->header.size = sizeof *event + ((at + 7) & ~7U);
}

// By now the other threads are gone, name and arguments are the new ones.
SEC("tp_btf/sched_process_exec")
int BPF_PROG(on_exec, struct task_struct* task, int old_pid, struct linux_binprm* binprm) {
  const __u32 zero = 0;
  struct signal_struct* signal = LOAD(task, signal);
  const __u64 image = new_image();
  struct WireState* state = find_or_make_state(signal);
  struct ExecScratch* scratch = bpf_map_lookup_elem(&exec_scratch, &zero);
  if (!scratch) return 0;
  struct WireExec* event = &scratch->event;
  __builtin_memset(event, 0, sizeof *event);
  event->header.type = kWireExec;
  event->header.size = sizeof *event;
  if (state) {
    event->before_image = state->image;
    __builtin_memcpy(event->before_comm, state->before_comm, sizeof event->before_comm);
    state->image = image;
  }
  read_who(task, signal, &event->who);
  event->who.image = image;
  event->who.cgroup = cgroup_id(task);
  read_dead(signal, &event->usage);
  add_own(task, &event->usage);
  if (state) add_freed_io(state, &event->usage);
  struct mm_struct* mm = LOAD(task, mm);
  const __u32 jobs = wants_jobs;
  if (possible_jobs && mm && state && jobs && state->job != jobs &&
      has_job_sign(BPF_CORE_READ(mm, env_start), BPF_CORE_READ(mm, env_end))) {
    event->who.flags |= kWireJobSeen;
  }
  if (needs & possible_needs) append_names(scratch, task);

  __u64 size = event->header.size;
  OPAQUE(size);
  if (size > sizeof *scratch) return 0;
  const __u64 used = bpf_ringbuf_query(&ring, BPF_RB_AVAIL_DATA);
  // It may be over when user space comes by itself.
  const bool job = event->who.flags & kWireJobSeen;
  if (bpf_ringbuf_output(&ring, scratch, size, job ? BPF_RB_FORCE_WAKEUP : wake_up(used))) {
    count_loss(kLostExecRingFull);
  } else if (state) {
    state->known = 1;
    if (job) state->job = jobs;
  }
  return 0;
}

// The moment to see what is gone when a process is freed: its memory (since 6.16; earlier kernels
// have taken it away by now), its parent, its cgroup. Of the last thread, or of the last two where
// they leave together.
SEC("tp_btf/sched_process_exit")
int BPF_PROG(on_exit, struct task_struct* task) {
  struct signal_struct* signal = LOAD(task, signal);
  if (LOAD(signal, live.counter) != 0) return 0;
  struct WireState* state = find_or_make_state(signal);
  if (!state) return 0;
  struct task_struct* leader = LOAD(task, group_leader);
  read_who(leader, signal, &state->who);
  state->who.parent = BPF_CORE_READ(task, real_parent, tgid);
  state->who.cgroup = cgroup_id(task);
  read_dead(signal, &state->usage);
  add_own(task, &state->usage);
  add_freed_io(state, &state->usage);
  state->max_pages = LOAD(signal, maxrss);
  state->exit_code = wait_status(signal, LOAD(leader, exit_code));
  struct mm_struct* mm = LOAD(task, mm);
  if (mm) state->peak_pages = read_peak_pages(mm);
  state->end_ns = bpf_ktime_get_boot_ns();
  return 0;
}

INLINE void summarise(struct WireSummary* sum, const struct WireExit* end) {
  add(&sum->count, 1);
  if (end->wait_status) add(&sum->failed, 1);
  if (end->peak_pages > sum->largest_peak_pages) sum->largest_peak_pages = end->peak_pages;
  add(&sum->lived_ns, end->lived_ns);
  add(&sum->usage.cpu_ns, end->usage.cpu_ns);
  add(&sum->usage.user_ns, end->usage.user_ns);
  add(&sum->usage.system_ns, end->usage.system_ns);
  add(&sum->usage.minor_faults, end->usage.minor_faults);
  add(&sum->usage.major_faults, end->usage.major_faults);
  add(&sum->usage.voluntary_switches, end->usage.voluntary_switches);
  add(&sum->usage.involuntary_switches, end->usage.involuntary_switches);
  add(&sum->usage.read_bytes, end->usage.read_bytes);
  add(&sum->usage.written_bytes, end->usage.written_bytes);
}

INLINE bool overflow_into(void* map, const struct WireExit* end) {
  struct WireSummaryKey key = {.image = end->who.image};
  __builtin_memcpy(key.comm, end->who.comm, sizeof key.comm);
  struct WireSummary* sum = bpf_map_lookup_elem(map, &key);
  if (!sum) {
    struct WireSummary fresh = {
        .cgroup = end->who.cgroup, .uid = end->who.uid, .flags = end->who.flags};
    bpf_map_update_elem(map, &key, &fresh, BPF_NOEXIST);
    sum = bpf_map_lookup_elem(map, &key);
  }
  if (sum) summarise(sum, end);
  return sum != NULL;
}

// There is no room for `end` in the ring. One that user space does not know can be summed up.
static __noinline int keep_sum(const struct WireExit* end, bool known) {
  if (!end) return 0;
  const __u32 active = active_overflow & 1;
  const bool kept =
      !known && (active ? overflow_into(&overflow_1, end) : overflow_into(&overflow_0, end));
  if (kept) {
    add(&summarised[active], 1);
  } else {
    count_loss(kLostExitRingFull);
  }
  return 0;
}

// Exits leave the last quarter of the ring to execs: without those, names are lost, and a sum says
// little.
INLINE void tell_end(const struct WireExit* end, bool known) {
  const __u64 used = bpf_ringbuf_query(&ring, BPF_RB_AVAIL_DATA);
  if (used < ring_bytes / 4 * 3 &&
      bpf_ringbuf_output(&ring, (void*)end, sizeof *end, wake_up(used)) == 0) {
    return;
  }
  keep_sum(end, known);
}

// What is left of a process when its last task is freed.
INLINE void read_end(struct task_struct* task, struct signal_struct* signal,
                     const struct WireState* state, struct WireExit* end) {
  end->header.type = kWireExit;
  end->header.size = sizeof *end;
  end->who.pid = LOAD(task, tgid);
  read_dead(signal, &end->usage);
  if (state) add_freed_io(state, &end->usage);
  end->max_pages = LOAD(signal, maxrss);
  if (is_leader(task)) {
    end->who.uid = BPF_CORE_READ(task, real_cred, euid.val);
    end->who.flags = wire_flags(task, signal);
    end->who.start_boottime_ns = LOAD(task, start_boottime);
    bpf_probe_read_kernel(end->who.comm, sizeof end->who.comm, task->comm);
    end->wait_status = wait_status(signal, LOAD(task, exit_code));
  } else if (state) {
    end->who = state->who;
    end->wait_status = state->exit_code;
  }
  if (!state) return;
  end->who.image = state->image;
  end->who.cgroup = state->who.cgroup;
  end->who.parent = state->who.parent;
  if (state->freed_ns > end->usage.cpu_ns) end->usage.cpu_ns = state->freed_ns;
  if (state->peak_pages) {
    end->peak_pages = state->peak_pages;
    end->who.flags |= kWireHasPeak;
  }
  if (state->end_ns > end->who.start_boottime_ns) {
    end->lived_ns = state->end_ns - end->who.start_boottime_ns;
    end->who.flags |= kWireHasLife;
  }
}

// What the last task will tell, or user space where that one is freed without a word.
INLINE void note_release(struct task_struct* leader, struct signal_struct* signal,
                         struct WireState* state) {
  const __s32 parent = state->who.parent;
  read_who(leader, signal, &state->who);
  state->who.parent = parent;
  read_dead(signal, &state->usage);
  add_freed_io(state, &state->usage);
  state->max_pages = LOAD(signal, maxrss);
  state->exit_code = wait_status(signal, LOAD(leader, exit_code));
  state->released_ns = bpf_ktime_get_boot_ns();
}

// Whether `task` is the last one of its process.
INLINE bool is_last(struct task_struct* task, struct signal_struct* signal,
                    struct WireState* state) {
  add(&state->freed_ns, LOAD(task, se.sum_exec_runtime));
  if (is_leader(task) && state->born > 1) {
    note_release(task, signal, state);
    add(&waiting, 1);
  }
  __sync_fetch_and_add(&state->freed, 1);
  return state->freed == state->born;
}

// The task has left the CPU for good and was waited for: its CPU time includes the way out, and the
// sums in its signal_struct are complete when it is the last one.
//
// The kernel's own sum misses what a task ran since the scheduler last looked, when it releases
// itself: threads do, and children that nobody waits for. So the times are added up here, task by
// task. Of a process that was there before us that cannot be done; its leader, released last, tells
// of the end.
SEC("tp_btf/sched_process_free")
int BPF_PROG(on_free, struct task_struct* task) {
  struct signal_struct* signal = LOAD(task, signal);
  const __u64 key = (__u64)signal;
  struct WireState* state = bpf_map_lookup_elem(&states, &key);
  struct WireExit end = {};
  if (state) count_freed_io(state, task);
  if (!state || !state->born) {
    if (!is_leader(task)) return 0;
    read_end(task, signal, state, &end);
    const __u64 own = LOAD(task, se.sum_exec_runtime);
    if (own > end.usage.cpu_ns) end.usage.cpu_ns = own;
    if (!state && has_io(signal)) {
      end.usage.read_bytes = LOAD(task, ioac.read_bytes);
      end.usage.written_bytes = LOAD(task, ioac.write_bytes);
    }
    if (state) bpf_map_delete_elem(&states, &key);
    tell_end(&end, true);
    return 0;
  }
  if (!is_last(task, signal, state)) return 0;
  const bool known = state->known;
  const bool waited = state->released_ns != 0;
  read_end(task, signal, state, &end);
  // Two tasks that are freed at once may both find that they are the last.
  if (bpf_map_delete_elem(&states, &key)) return 0;
  if (waited) add(&waiting, -1);
  tell_end(&end, known);
  return 0;
}

INLINE void mark_victim(__s32 pid, __u32 uid, struct task_struct* victim) {
  struct WireOom* mark = bpf_ringbuf_reserve(&ring, sizeof *mark, 0);
  if (!mark) {
    count_loss(kLostOomRingFull);
    return;
  }
  __builtin_memset(mark, 0, sizeof *mark);
  mark->header.type = kWireOom;
  mark->header.size = sizeof *mark;
  mark->pid = pid;
  mark->uid = uid;
  mark->boottime_ns = bpf_ktime_get_boot_ns();
  if (victim) {
    bpf_probe_read_kernel(mark->comm, sizeof mark->comm, victim->comm);
    struct mm_struct* mm = LOAD(victim, mm);
    if (mm) {
      mark->anonymous_pages = read_pages(mm, kMmAnonPages);
      mark->file_pages = read_pages(mm, kMmFilePages);
      mark->shared_pages = read_pages(mm, kMmShmemPages);
    }
  }
  bpf_ringbuf_submit(mark, BPF_RB_FORCE_WAKEUP);
}

// Since 6.8.
SEC("tp_btf/mark_victim")
int BPF_PROG(on_victim, struct task_struct* victim, __u32 uid) {
  mark_victim(LOAD(victim, tgid), uid, victim);
  return 0;
}

// Until 6.7.
SEC("tp_btf/mark_victim")
int BPF_PROG(on_victim_pid, int pid) {
  mark_victim(pid, 0, NULL);
  return 0;
}
