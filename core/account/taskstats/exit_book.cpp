// SPDX-License-Identifier: Apache-2.0
#include "core/account/taskstats/exit_book.h"

#include <algorithm>
#include <utility>

#include "core/account/taskstats/exit_cpu.h"

namespace perfwatch {
namespace {

void add(const ThreadRecord& thread, std::uint64_t unrecorded, ThreadRecord& sum, bool& has_first) {
  sum.run_nanoseconds += thread.run_nanoseconds + unrecorded;
  sum.user_microseconds += thread.user_microseconds;
  sum.system_microseconds += thread.system_microseconds;
  sum.minor_faults += thread.minor_faults;
  sum.major_faults += thread.major_faults;
  sum.voluntary_switches += thread.voluntary_switches;
  sum.involuntary_switches += thread.involuntary_switches;
  sum.read_bytes += thread.read_bytes;
  sum.written_bytes += thread.written_bytes;
  const bool first = thread.tid == thread.pid;
  if (first || !has_first) {
    sum.comm = thread.comm;
    sum.exit_code = thread.exit_code;
    sum.forked = thread.forked;
  }
  has_first = has_first || first;
}

std::uint64_t passed(std::uint64_t from, std::uint64_t to) { return to > from ? to - from : 0; }

std::uint64_t run_time(const EndedProcess& ended, const TreeProcess& process,
                       const ProcEvent* event, std::uint64_t tick_nanoseconds) {
  if (event == nullptr || process.fork_nanoseconds == 0) {
    return ended.sum.run_nanoseconds + unrecorded_nanoseconds(ended.last, tick_nanoseconds);
  }
  const std::uint64_t recorded =
      process.fork_nanoseconds + ended.last.process_lived_microseconds * 1000;
  return ended.sum.run_nanoseconds +
         unrecorded_nanoseconds(ended.last, tick_nanoseconds,
                                passed(process.others_end_nanoseconds, recorded)) +
         teardown_nanoseconds(passed(recorded, event->nanoseconds), ended.last.peak_resident_kib);
}

std::optional<int> wait_status(const EndedProcess& ended, const ProcEvent* event) {
  // In the end of a group every thread has its code, so that the last one's is the group's.
  if (event != nullptr) return event->exit_code;
  if (ended.has_first) return ended.sum.exit_code;
  return std::nullopt;
}

}  // namespace

void ExitBook::take(const ExitRecord& record, Time now) {
  const ThreadRecord& thread = record.thread;
  if (!thread.last) {
    Threads& threads = threads_[thread.pid];
    threads.last = now;
    return add(thread, unrecorded_nanoseconds(thread, tick_nanoseconds_), threads.sum,
               threads.has_first);
  }
  Held held{{thread, {}, false}, now, ++taken_};
  if (const auto others = threads_.find(thread.pid); others != threads_.end()) {
    held.process.sum = others->second.sum;
    held.process.has_first = others->second.has_first;
    threads_.erase(others);
  }
  add(thread, 0, held.process.sum, held.process.has_first);
  // Threads that ended before anyone listened are in the kernel's sum only.
  held.process.sum.run_nanoseconds =
      std::max(held.process.sum.run_nanoseconds, record.process_run_nanoseconds.value_or(0));
  const auto [place, fresh] = held_.try_emplace(thread.tid, held);
  if (!fresh) orphans_.push_back(std::exchange(place->second, held).process);
  order_.push_back({thread.tid, held.number});
}

std::optional<EndedProcess> ExitBook::end(std::int32_t tid) {
  // Whoever had the tid first ended first.
  const auto earlier = std::find_if(orphans_.begin(), orphans_.end(),
                                    [tid](const auto& process) { return process.last.tid == tid; });
  if (earlier != orphans_.end()) {
    const EndedProcess process = *earlier;
    orphans_.erase(earlier);
    return process;
  }
  const auto found = held_.find(tid);
  if (found == held_.end()) return std::nullopt;
  const EndedProcess process = found->second.process;
  held_.erase(found);
  if (held_.empty()) order_.clear();
  return process;
}

bool ExitBook::knows(std::int32_t pid) const {
  if (threads_.contains(pid)) return true;
  return std::any_of(held_.begin(), held_.end(),
                     [pid](const auto& entry) { return entry.second.process.last.pid == pid; });
}

std::optional<EndedProcess> ExitBook::end_older(Time limit) {
  if (!orphans_.empty()) {
    const EndedProcess process = orphans_.front();
    orphans_.pop_front();
    return process;
  }
  for (; !order_.empty(); order_.pop_front()) {
    const auto found = held_.find(order_.front().tid);
    if (found == held_.end() || found->second.number != order_.front().number) continue;
    if (found->second.since >= limit) return std::nullopt;
    const EndedProcess process = found->second.process;
    held_.erase(found);
    return process;
  }
  return std::nullopt;
}

void ExitBook::forget(Time limit, const std::function<bool(std::int32_t pid)>& exists) {
  std::erase_if(threads_, [&](const auto& entry) {
    return entry.second.last < limit && !exists(entry.first);
  });
}

ProcessExit make_exit(const EndedProcess& ended, const TreeProcess& process, const ProcEvent* event,
                      const ExitTerms& terms) {
  const ThreadRecord& sum = ended.sum;
  ProcessExit exit;
  ProcessRecord& last = exit.last;
  last.key = process.key;
  last.parent = ended.last.parent != 0 ? ended.last.parent : process.parent;
  last.uid = process.uid.value_or(ended.last.uid);
  last.comm = ended.has_first ? sum.comm : process.comm;
  last.kernel_thread = process.kernel_thread;
  last.forked = ended.has_first && sum.forked;
  last.image = process.image;
  last.cgroup = process.cgroup;
  const CpuSplit cpu = split_cpu(run_time(ended, process, event, terms.tick_nanoseconds),
                                 sum.user_microseconds, sum.system_microseconds, process.seen);
  last.user_seconds = cpu.user_seconds;
  last.system_seconds = cpu.system_seconds;
  last.minor_faults = sum.minor_faults;
  last.major_faults = sum.major_faults;
  last.voluntary_switches = sum.voluntary_switches;
  last.involuntary_switches = sum.involuntary_switches;
  if (terms.io_counted) {
    last.read_bytes = sum.read_bytes;
    last.written_bytes = sum.written_bytes;
  }
  if (ended.last.peak_resident_kib != 0) {
    exit.peak_resident_bytes = ended.last.peak_resident_kib * 1024;
  }
  exit.wait_status = wait_status(ended, event);
  exit.lingers = true;
  exit.lived_seconds = static_cast<double>(ended.last.process_lived_microseconds) * 1e-6;
  return exit;
}

}  // namespace perfwatch
