// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
#pragma once

// Takes down what a new program is called: the path of its file, its arguments, its cgroup. Paths
// are walked from the last component to the root; user space turns them round.

#include "core/account/ebpf/counters.bpf.h"

// An exec event in the making. The names may begin at any place below kWireNamesSize, and one
// piece more must fit behind.
struct ExecScratch {
  struct WireExec event;
  char names[kWireNamesSize + kWireCmdlineSize];
};

struct {
  __uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
  __uint(max_entries, 1);
  __type(key, __u32);
  __type(value, struct ExecScratch);
} exec_scratch SEC(".maps");

// Keeps the compiler from proving what the verifier then cannot see.
#define OPAQUE(value) asm volatile("" : "+r"(value))

// Appends one component; the place behind it, or `at` when it could not be read.
INLINE __u32 append_name(struct ExecScratch* scratch, __u32 at, const void* name) {
  OPAQUE(at);
  if (at >= kWireNamesSize) return at;
  const long size = bpf_probe_read_kernel_str(scratch->names + at, kWireNameSize, name);
  return size > 0 ? at + (__u32)size : at;
}

// The path as the kernel's d_path() finds it, up to the root of its mount namespace.
//
// This and append_cgroup() are global functions, with addresses as numbers: the verifier then looks
// at each by itself, and not at every length of one name with every length of the next.
__noinline __u32 append_exe(__u32 at, __u64 file_address) {
  const __u32 zero = 0;
  struct ExecScratch* scratch = bpf_map_lookup_elem(&exec_scratch, &zero);
  if (!scratch) return at;
  struct file* file = (void*)file_address;
  struct dentry* dentry = BPF_CORE_READ(file, f_path.dentry);
  struct vfsmount* mnt = BPF_CORE_READ(file, f_path.mnt);
  for (int i = 0; i < kWireExeDepth; ++i) {
    struct dentry* parent = BPF_CORE_READ(dentry, d_parent);
    if (dentry == BPF_CORE_READ(mnt, mnt_root)) {
      struct mount* mount = (void*)((char*)mnt - bpf_core_field_offset(struct mount, mnt));
      struct mount* below = BPF_CORE_READ(mount, mnt_parent);
      if (below == mount || !below) break;
      dentry = BPF_CORE_READ(mount, mnt_mountpoint);
      mnt = (void*)((char*)below + bpf_core_field_offset(struct mount, mnt));
      continue;
    }
    at = append_name(scratch, at, BPF_CORE_READ(dentry, d_name.name));
    if (parent == dentry || !parent) break;
    dentry = parent;
  }
  return at;
}

// The arguments lie on the new stack, which exec(2) has just written.
INLINE __u32 append_cmdline(struct ExecScratch* scratch, __u32 at, struct mm_struct* mm) {
  const unsigned long start = LOAD(mm, arg_start);
  __u64 size = LOAD(mm, arg_end) - start;
  if (size > kWireCmdlineSize) size = kWireCmdlineSize;
  OPAQUE(at);
  if (at >= kWireNamesSize) return at;
  OPAQUE(size);
  if (size == 0 || size > kWireCmdlineSize) return at;
  if (bpf_probe_read_user(scratch->names + at, (__u32)size, (const void*)start)) return at;
  return at + (__u32)size;
}

// WireSigns, set by user space. What no mask covers is 0 in a text, else no environment has it.
__u64 sign_masks[kWireSigns][kWireSignSize / 8] = {};
__u64 sign_texts[kWireSigns][kWireSignSize / 8] = {};

// Whether one of them is in the environment, which lies behind the arguments. Writes over the
// names. Of its own for the verifier, as append_exe().
__noinline int has_job_sign(__u64 at, __u64 end) {
  const __u32 zero = 0;
  struct ExecScratch* scratch = bpf_map_lookup_elem(&exec_scratch, &zero);
  if (!scratch) return 0;
  for (int i = 0; i < kWireVariables && at < end; ++i) {
    const long size = bpf_probe_read_user_str(scratch->names, kWireVariableSize, (const void*)at);
    if (size <= 0) return 0;
    const __u64* front = (const __u64*)scratch->names;
    __u64 found = 0;
    for (int n = 0; n < kWireSigns; ++n) {
      const __u64 other = ((front[0] & sign_masks[n][0]) ^ sign_texts[n][0]) |
                          ((front[1] & sign_masks[n][1]) ^ sign_texts[n][1]);
      found |=
          ~(other | -other) >> 63;  // 1 if `other` is 0; a branch would cost the verifier a lot
    }
    if (found) return 1;
    at += (__u64)size;
  }
  return 0;
}

INLINE struct cgroup* cgroup_of(struct css_set* set, unsigned int index) {
  struct cgroup_subsys_state* css = NULL;
  bpf_core_read(&css, sizeof css, &set->subsys[0] + index);
  return css ? BPF_CORE_READ(css, cgroup) : NULL;
}

// v1's hierarchy without controllers, where systemd keeps its units.
INLINE struct cgroup* systemd_cgroup(struct css_set* set) {
  struct list_head* head = (void*)((char*)set + bpf_core_field_offset(struct css_set, cgrp_links));
  struct list_head* node = BPF_CORE_READ(head, next);
  for (int i = 0; i < 24 && node && node != head; ++i) {
    struct cgrp_cset_link* link =
        (void*)((char*)node - bpf_core_field_offset(struct cgrp_cset_link, cgrp_link));
    struct cgroup* cgroup = BPF_CORE_READ(link, cgrp);
    char name[8] = {};
    struct cgroup_root* root = BPF_CORE_READ(cgroup, root);
    bpf_probe_read_kernel_str(name, sizeof name,
                              (char*)root + bpf_core_field_offset(struct cgroup_root, name));
    if (*(__u64*)name == *(const __u64*)"systemd") return cgroup;
    node = BPF_CORE_READ(node, next);
  }
  return NULL;
}

INLINE bool below_root(struct cgroup* cgroup) { return cgroup && BPF_CORE_READ(cgroup, level) > 0; }

// The cgroup that names a process, in the order of parse_cgroup() in process_text.h.
INLINE struct cgroup* naming_cgroup(struct css_set* set) {
  struct cgroup* cgroup = BPF_CORE_READ(set, dfl_cgrp);
  if (below_root(cgroup)) return cgroup;
  cgroup = systemd_cgroup(set);
  if (below_root(cgroup)) return cgroup;
  if (bpf_core_enum_value_exists(enum cgroup_subsys_id, cpu_cgrp_id)) {
    cgroup = cgroup_of(set, bpf_core_enum_value(enum cgroup_subsys_id, cpu_cgrp_id));
    if (below_root(cgroup)) return cgroup;
  }
  if (bpf_core_enum_value_exists(enum cgroup_subsys_id, memory_cgrp_id)) {
    cgroup = cgroup_of(set, bpf_core_enum_value(enum cgroup_subsys_id, memory_cgrp_id));
    if (below_root(cgroup)) return cgroup;
  }
  return NULL;
}

INLINE struct kernfs_node* kernfs_parent(struct kernfs_node* node) {
  if (bpf_core_field_exists(node->__parent)) return BPF_CORE_READ(node, __parent);
  return BPF_CORE_READ((struct kernfs_node___old*)node, parent);
}

__noinline __u32 append_cgroup(__u32 at, __u64 set_address) {
  const __u32 zero = 0;
  struct ExecScratch* scratch = bpf_map_lookup_elem(&exec_scratch, &zero);
  if (!scratch) return at;
  struct css_set* set = (void*)set_address;
  struct cgroup* cgroup = naming_cgroup(set);
  if (!cgroup) return at;
  struct kernfs_node* node = BPF_CORE_READ(cgroup, kn);
  for (int i = 0; i < kWireCgroupDepth && node; ++i) {
    struct kernfs_node* parent = kernfs_parent(node);
    if (!parent) break;  // the root has no name
    at = append_name(scratch, at, BPF_CORE_READ(node, name));
    node = parent;
  }
  return at;
}
