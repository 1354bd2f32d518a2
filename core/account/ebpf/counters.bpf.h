// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
#pragma once

// Reads what a task, its memory and its cgroup are at this moment. Every pointer may belong to a
// task that is ending on another CPU: a load from freed memory gives 0 or nonsense, never a fault,
// so whoever reads another task checks afterwards that it was still there.

#include "core/account/ebpf/events.h"
#include "core/account/ebpf/kernel.bpf.h"

// For each load of a pointer that it meets on its way the verifier of a kernel from 6.4 on looks
// through the names of all types four times, to see whether what it points to may be trusted. So
// pointers of which few fields are wanted are copied by a helper (BPF_CORE_READ). Of the others,
// LOAD() is quicker in the long run; but for programs that live as long as one build only, user
// space has all of it copied, which loads sooner.
const volatile bool copies = false;

// Not inline, as each would take a place of its own on the stack, which is small.
static __noinline __u64 copy_8(const void* from) {
  __u64 value = 0;
  bpf_probe_read_kernel(&value, sizeof value, from);
  return value;
}
static __noinline __u64 copy_4(const void* from) {
  __u32 value = 0;
  bpf_probe_read_kernel(&value, sizeof value, from);
  return value;
}
#define ADDRESS(pointer, member) ((const void*)__builtin_preserve_access_index(&(pointer)->member))
#define LOAD(pointer, member)                                                   \
  (!copies ? (pointer)->member                                                  \
           : (typeof((pointer)->member))(sizeof((pointer)->member) == 8         \
                                             ? copy_8(ADDRESS(pointer, member)) \
                                             : copy_4(ADDRESS(pointer, member))))

// Set by user space before loading.
const volatile __u32 possible_cpus = 1;

// Where each CPU's share of per-CPU variables is, once learned; 0 stands for unknown.
enum { kCpus = 64 };
__u64 cpu_offsets[kCpus] = {};
__u32 known_cpus = 0;

#define INLINE static __always_inline

INLINE bool is_leader(struct task_struct* task) { return LOAD(task, pid) == LOAD(task, tgid); }

INLINE __u32 task_state(struct task_struct* task) {
  if (bpf_core_field_exists(task->__state)) return LOAD(task, __state);
  return (__u32)LOAD((struct task_struct___old*)task, state);
}

INLINE bool has_io(struct signal_struct* signal) {
  return bpf_core_field_exists(signal->ioac.read_bytes);
}

// Of the threads that were released (release_task()), the leader included once it is. Without bytes
// to and from storage: signal->ioac has those of the children that were waited for, too
// (wait_task_zombie()); WireState counts the freed threads'.
INLINE void read_dead(struct signal_struct* signal, struct WireUsage* out) {
  out->cpu_ns = LOAD(signal, sum_sched_runtime);
  out->user_ns = LOAD(signal, utime);
  out->system_ns = LOAD(signal, stime);
  out->minor_faults = LOAD(signal, min_flt);
  out->major_faults = LOAD(signal, maj_flt);
  out->voluntary_switches = LOAD(signal, nvcsw);
  out->involuntary_switches = LOAD(signal, nivcsw);
  out->read_bytes = out->written_bytes = 0;
}

INLINE void add_own(struct task_struct* task, struct WireUsage* out) {
  out->cpu_ns += LOAD(task, se.sum_exec_runtime);
  out->user_ns += LOAD(task, utime);
  out->system_ns += LOAD(task, stime);
  out->minor_faults += LOAD(task, min_flt);
  out->major_faults += LOAD(task, maj_flt);
  out->voluntary_switches += LOAD(task, nvcsw);
  out->involuntary_switches += LOAD(task, nivcsw);
  if (bpf_core_field_exists(task->ioac.read_bytes)) {
    out->read_bytes += LOAD(task, ioac.read_bytes);
    out->written_bytes += LOAD(task, ioac.write_bytes);
  }
}

struct {
  __uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
  __uint(max_entries, 1);
  __type(key, __u32);
  __type(value, __u64);
} per_cpu SEC(".maps");

__u64 address = 0;

// A pointer as a number, by way of memory: the verifier lets nobody calculate with it otherwise.
INLINE __u64 address_of(const void* pointer) {
  *(const void* volatile*)&address = pointer;
  return *(volatile __u64*)&address;
}

// A per-CPU map shows where the shares of CPUs lie: the map knows the common address of its value,
// the helper gives that of each CPU, and the difference is the same for all per-CPU variables.
// (The kernel's table of these has no name that a program may use in every build.)
INLINE void learn_cpu_offsets(void) {
  if (known_cpus || !bpf_core_field_exists(struct bpf_array, pptrs)) return;
  if (!bpf_core_enum_value_exists(enum bpf_func_id, BPF_FUNC_map_lookup_percpu_elem)) return;
  const __u32 zero = 0;
  __u64 common = 0;
  bpf_probe_read_kernel(
      &common, sizeof common,
      (void*)(address_of(&per_cpu) + bpf_core_field_offset(struct bpf_array, pptrs)));
  if (!common) return;
  __u32 cpu = 0;
  for (; cpu < kCpus && cpu < possible_cpus; ++cpu) {
    void* share = bpf_map_lookup_percpu_elem(&per_cpu, &zero, cpu);
    if (!share) return;
    cpu_offsets[cpu] = address_of(share) - common;
  }
  known_cpus = cpu;
}

// The memory counters of 6.2 and later are a sum and what each CPU has not added to it yet: up to
// 32 pages, or twice the number of CPUs. That is much of a small process and little of a large one.
INLINE __s64 held_back(const __s32* counters) {
  __s64 sum = 0;
  for (__u32 cpu = 0; cpu < kCpus && cpu < possible_cpus && cpu < known_cpus; ++cpu) {
    __s32 share = 0;
    bpf_probe_read_kernel(&share, sizeof share, (const char*)counters + cpu_offsets[cpu]);
    sum += share;
  }
  return sum;
}

INLINE __u64 read_pages(struct mm_struct* mm, int kind) {
  __s64 pages;
  // An array since 6.2. Not asked by the name of the older type, as libbpf would look for one that
  // is not there through the types of all modules, for which it needs CAP_SYS_ADMIN.
  if (!bpf_core_field_exists(struct mm_struct, rss_stat)) {
    pages = BPF_CORE_READ((struct mm_struct___old*)mm, rss_stat.count[kind].counter);
  } else {
    // By hand, as the compiler knows only our size of an element.
    const struct percpu_counter* counter =
        (void*)((char*)mm + bpf_core_field_offset(struct mm_struct, rss_stat) +
                (unsigned long)kind * bpf_core_type_size(struct percpu_counter));
    pages = LOAD(counter, count) + held_back(LOAD(counter, counters));
  }
  return pages > 0 ? (__u64)pages : 0;
}

INLINE void read_pages_of(struct mm_struct* mm, struct WireMemory* out) {
  out->file_pages = read_pages(mm, kMmFilePages);
  out->anonymous_pages = read_pages(mm, kMmAnonPages);
  out->shared_pages = read_pages(mm, kMmShmemPages);
  out->swapped_pages = read_pages(mm, kMmSwapEnts);
}

INLINE __u64 read_peak_pages(struct mm_struct* mm) {
  const __u64 now =
      read_pages(mm, kMmFilePages) + read_pages(mm, kMmAnonPages) + read_pages(mm, kMmShmemPages);
  const __u64 peak = LOAD(mm, hiwater_rss);
  return peak > now ? peak : now;
}

INLINE void count_descriptors(struct files_struct* files, struct WireMemory* out) {
  struct fdtable* table = BPF_CORE_READ(files, fdt);
  const __u32 size = BPF_CORE_READ(table, max_fds);
  const unsigned long* words = BPF_CORE_READ(table, open_fds);
  __u32 open = 0;
  for (__u32 i = 0; i < kWireMaxDescriptors / 64 && i * 64 < size; ++i) {
    unsigned long word = 0;
    bpf_probe_read_kernel(&word, sizeof word, words + i);
    open += (__u32)__builtin_popcountl(word);
  }
  out->descriptors = open;
  out->more = size > kWireMaxDescriptors ? 1 : 0;
}

// Memory and descriptors of a task, whose memory is `mm`; zeros and "none" where it has given them
// up.
INLINE void read_memory(struct task_struct* task, struct mm_struct* mm, struct WireMemory* out) {
  __builtin_memset(out, 0, sizeof *out);
  if (mm) {
    read_pages_of(mm, out);
    if (BPF_CORE_READ(task, mm) != mm) __builtin_memset(out, 0, sizeof *out);
  }
  out->more = 2;
  struct files_struct* files = BPF_CORE_READ(task, files);
  if (files) {
    count_descriptors(files, out);
    if (BPF_CORE_READ(task, files) != files) out->more = 2;
  }
}

// The cgroup that the CPU time of a task is booked on: v1's where cpuacct is mounted there.
INLINE struct cgroup* cpu_cgroup(struct task_struct* task) {
  struct css_set* set = BPF_CORE_READ(task, cgroups);
  struct cgroup* unified = BPF_CORE_READ(set, dfl_cgrp);
  if (!bpf_core_enum_value_exists(enum cgroup_subsys_id, cpuacct_cgrp_id)) return unified;
  const unsigned int index = bpf_core_enum_value(enum cgroup_subsys_id, cpuacct_cgrp_id);
  struct cgroup_subsys_state* css = NULL;
  bpf_core_read(&css, sizeof css, &set->subsys[0] + index);
  struct cgroup* legacy = css ? BPF_CORE_READ(css, cgroup) : NULL;
  if (!legacy || BPF_CORE_READ(legacy, root) == BPF_CORE_READ(unified, root)) return unified;
  return legacy;
}

// Its inode, at most 2 levels below the root.
INLINE __u64 cgroup_id(struct task_struct* task) {
  struct cgroup* cgroup = cpu_cgroup(task);
  if (!cgroup) return 0;
  if (BPF_CORE_READ(cgroup, level) <= 2) return BPF_CORE_READ(cgroup, kn, id);
  if (bpf_core_field_exists(cgroup->ancestors)) {
    struct cgroup* ancestor = NULL;
    bpf_probe_read_kernel(&ancestor, sizeof ancestor,
                          (char*)cgroup + bpf_core_field_offset(cgroup->ancestors) + 2 * 8);
    return ancestor ? BPF_CORE_READ(ancestor, kn, id) : 0;
  }
  __u64 id = 0;
  struct cgroup___old* old = (struct cgroup___old*)cgroup;
  bpf_probe_read_kernel(&id, sizeof id,
                        (char*)cgroup + bpf_core_field_offset(old->ancestor_ids) + 2 * 8);
  return id;
}

INLINE __u32 wire_flags(struct task_struct* task, struct signal_struct* signal) {
  const __u32 flags = LOAD(task, flags);
  return (flags & kPfKthread ? kWireKernelThread : 0) | (flags & kPfForkNoExec ? kWireForked : 0) |
         (has_io(signal) ? kWireHasIo : 0);
}

// Everything but image and cgroup; the parent as it is now.
INLINE void read_who(struct task_struct* task, struct signal_struct* signal, struct WireWho* out) {
  out->pid = LOAD(task, tgid);
  out->parent = BPF_CORE_READ(task, real_parent, tgid);
  out->uid = BPF_CORE_READ(task, real_cred, euid.val);
  out->flags = wire_flags(task, signal);
  out->start_boottime_ns = LOAD(task, start_boottime);
  bpf_probe_read_kernel(out->comm, sizeof out->comm, task->comm);
}
