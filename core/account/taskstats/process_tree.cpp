// SPDX-License-Identifier: Apache-2.0
#include "core/account/taskstats/process_tree.h"

namespace perfwatch {
namespace {

constexpr std::int32_t kThreadDaemon = 2;  // kthreadd: parent of all kernel threads
// The kernel notes the start a moment before it reports the fork; a tick may lie between.
constexpr std::uint64_t kTickTolerance = 2;

// Both are of one process, as far as a derived time can tell.
bool same_start(const TreeProcess& process, std::uint64_t start_ticks) {
  const std::uint64_t known = process.key.start_ticks;
  if (known == 0) return true;  // only events so far, without its fork
  const std::uint64_t apart = known > start_ticks ? known - start_ticks : start_ticks - known;
  return apart <= kTickTolerance;
}

bool same_process(const TreeProcess& process, const ProcessKey& read) {
  return process.key_read ? process.key == read : same_start(process, read.start_ticks);
}

}  // namespace

TreeProcess* ProcessTree::find(std::int32_t pid) {
  const auto found = processes_.find(pid);
  return found != processes_.end() ? &found->second : nullptr;
}

TreeProcess& ProcessTree::at(std::int32_t pid) {
  const auto [place, fresh] = processes_.try_emplace(pid);
  if (fresh) {
    place->second.key.pid = pid;
    place->second.sweep = sweep_;
  }
  return place->second;
}

void ProcessTree::fork(const ProcEvent& event) {
  TreeProcess& child = at(event.pid);
  const std::uint64_t start_ticks = to_ticks(event.nanoseconds);
  // A sweep may have met it before its fork event was taken.
  if (child.ended || child.fork_nanoseconds != 0 || !same_start(child, start_ticks)) {
    child = TreeProcess{};
    child.key.pid = event.pid;
    child.sweep = sweep_;
  }
  if (!child.key_read) child.key.start_ticks = start_ticks;
  child.fork_nanoseconds = event.nanoseconds;
  child.told_nanoseconds = event.nanoseconds;
  child.parent = event.parent;
  child.kernel_thread = event.parent == kThreadDaemon;
  // Behind at(): another element, and references to elements stay valid anyway.
  const TreeProcess* parent = find(event.parent);
  if (parent == nullptr || parent == &child) return;
  if (!child.uid) child.uid = parent->uid;
  if (child.cgroup == 0) child.cgroup = parent->cgroup;
  if (!child.key_read) child.comm = parent->comm;
  if (parent->image_known) give_image(child, parent->image);
}

void ProcessTree::resolve_image(TreeProcess& process, int generations) {
  if (process.image_known) return;
  if (process.kernel_thread) return give_image(process, 0);
  TreeProcess* parent = process.forked && generations > 0 ? find(process.parent) : nullptr;
  if (parent == nullptr || parent == &process || parent->comm != process.comm) {
    return give_image(process, ++last_image_);
  }
  resolve_image(*parent, generations - 1);
  // A ring of parents, which only lost events can make, may have come back here.
  if (!process.image_known) give_image(process, parent->image);
}

bool ProcessTree::meet(ProcessRecord& record) {
  TreeProcess& process = at(record.key.pid);
  if (!same_process(process, record.key)) {
    if (process.key.start_ticks > record.key.start_ticks) return false;
    process = TreeProcess{};
    process.sweep = sweep_;
  }
  if (process.ended && process.key.start_ticks != 0) {
    record.key = process.key;
  } else {
    process.key = record.key;
    process.key_read = true;
  }
  process.parent = record.parent;
  process.kernel_thread = record.kernel_thread;
  process.forked = record.forked;
  process.uid = record.uid;
  process.comm = record.comm;
  if (record.cgroup != 0) process.cgroup = record.cgroup;
  process.seen = {record.user_seconds, record.system_seconds};
  return true;
}

bool ProcessTree::may_be(const TreeProcess& process, const ProcessKey& read) {
  return same_process(process, read);
}

void ProcessTree::end_sweep() {
  std::erase_if(processes_, [this](const auto& entry) {
    const TreeProcess& process = entry.second;
    if (process.sweep == sweep_) return false;
    return process.ended || sweep_ - process.sweep >= 2;
  });
}

std::uint64_t ProcessTree::to_ticks(std::uint64_t monotonic_nanoseconds) const {
  const double seconds = static_cast<double>(monotonic_nanoseconds + boot_offset_) * 1e-9;
  return static_cast<std::uint64_t>(seconds * ticks_per_second_);
}

}  // namespace perfwatch
