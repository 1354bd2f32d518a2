// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
#pragma once

// The few fields of the kernel's types that we read. libbpf finds where they are in the running
// kernel (CO-RE), so their order here means nothing. ___ and what follows is no part of a name: it
// tells the shapes of different kernels apart.

#include <linux/bpf.h>
#include <linux/types.h>

#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>

typedef _Bool bool;
#define true 1
#define false 0

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)

typedef struct {
  int counter;
} atomic_t;

struct list_head {
  struct list_head *next, *prev;
};

struct percpu_counter {  // of memory since 6.2
  __s64 count;
  __s32* counters;
};

typedef struct {
  long counter;
} atomic_long_t___old;

struct mm_rss_stat___old {  // until 6.1
  atomic_long_t___old count[4];
};

struct qstr {
  const unsigned char* name;
};

struct dentry {
  struct dentry* d_parent;
  struct qstr d_name;
};

struct vfsmount {
  struct dentry* mnt_root;
};

struct mount {
  struct mount* mnt_parent;
  struct dentry* mnt_mountpoint;
  struct vfsmount mnt;
};

struct path {
  struct vfsmount* mnt;
  struct dentry* dentry;
};

struct file {
  struct path f_path;
};

struct mm_struct {
  unsigned long hiwater_rss;
  unsigned long arg_start, arg_end, env_start, env_end;
  struct percpu_counter rss_stat[4];
  struct file* exe_file;
};

struct mm_struct___old {
  struct mm_rss_stat___old rss_stat;
};

struct fdtable {
  unsigned int max_fds;
  unsigned long* open_fds;
};

struct files_struct {
  struct fdtable* fdt;
};

struct kernfs_node {
  __u64 id;
  const char* name;
  struct kernfs_node* __parent;
};

struct kernfs_node___old {  // until 6.14
  struct kernfs_node* parent;
};

struct cgroup_root {
  char name[64];
};

struct cgroup {
  int level;
  struct kernfs_node* kn;
  struct cgroup_root* root;
  struct cgroup* ancestors[0];
};

struct cgroup___old {  // until 6.0
  __u64 ancestor_ids[0];
};

struct cgroup_subsys_state {
  struct cgroup* cgroup;
};

struct css_set {
  struct cgroup_subsys_state* subsys[16];
  struct cgroup* dfl_cgrp;
  struct list_head cgrp_links;
};

struct cgrp_cset_link {
  struct cgroup* cgrp;
  struct list_head cgrp_link;
};

enum cgroup_subsys_id {
  cpu_cgrp_id = 1,
  cpuacct_cgrp_id = 2,
  memory_cgrp_id = 3,
};

typedef struct {
  __u32 val;
} kuid_t;

struct cred {
  kuid_t euid;
};

struct rlimit {
  unsigned long rlim_cur;
};

struct task_io_accounting {
  __u64 read_bytes;
  __u64 write_bytes;
};

typedef struct seqcount {
  unsigned int sequence;
} seqcount_t;

typedef struct seqcount_spinlock {
  seqcount_t seqcount;
} seqcount_spinlock_t;

typedef struct {
  seqcount_spinlock_t seqcount;
} seqlock_t;

struct signal_struct {
  atomic_t live;
  int nr_threads;
  int group_exit_code;
  unsigned int flags;
  seqlock_t stats_lock;
  __u64 utime, stime;
  unsigned long nvcsw, nivcsw, min_flt, maj_flt;
  unsigned long maxrss;
  struct task_io_accounting ioac;
  unsigned long long sum_sched_runtime;
  struct rlimit rlim[16];
};

struct sched_entity {
  __u64 sum_exec_runtime;
};

struct pid;

struct task_struct {
  unsigned int __state;
  unsigned int flags;
  struct sched_entity se;
  struct mm_struct* mm;
  int exit_state, exit_code;
  int pid, tgid;
  struct task_struct* real_parent;
  struct task_struct* group_leader;
  struct pid* thread_pid;
  __u64 utime, stime;
  unsigned long nvcsw, nivcsw, min_flt, maj_flt;
  __u64 start_boottime;
  const struct cred* real_cred;
  char comm[16];
  struct files_struct* files;
  struct signal_struct* signal;
  struct css_set* cgroups;
  struct task_io_accounting ioac;
};

struct task_struct___old {  // until 5.13
  long state;
};

struct linux_binprm;

struct bpf_array {
  void* pptrs[0];
};

struct bpf_iter_meta {
  struct seq_file* seq;
};

struct bpf_iter__task {
  struct bpf_iter_meta* meta;
  struct task_struct* task;
};

#pragma clang attribute pop

enum KernelConstants {
  kPfForkNoExec = 0x40,
  kPfKthread = 0x200000,
  kSignalGroupExit = 4,  // SIGNAL_GROUP_EXIT
  kRlimitNofile = 7,
  kMmFilePages = 0,
  kMmAnonPages = 1,
  kMmSwapEnts = 2,
  kMmShmemPages = 3,
};
