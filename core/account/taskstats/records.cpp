// SPDX-License-Identifier: Apache-2.0
#include "core/account/taskstats/records.h"

#include <linux/acct.h>
#include <linux/cn_proc.h>
#include <linux/connector.h>
#include <linux/taskstats.h>

#include <algorithm>
#include <cstddef>
#include <string>

namespace perfwatch {
namespace {

// linux/cn_proc.h has them in one place before Linux 6.6 and in another since.
constexpr std::uint32_t kEventNone = 0;
constexpr std::uint32_t kEventFork = 1;
constexpr std::uint32_t kEventExec = 2;
constexpr std::uint32_t kEventUid = 4;
constexpr std::uint32_t kEventComm = 0x200;
constexpr std::uint32_t kEventExit = 0x80000000;

// What we read ends here; a record that ends before is of a version that lacks what we need.
constexpr std::size_t kNeededBytes =
    offsetof(taskstats, ac_tgetime) + sizeof(taskstats::ac_tgetime);

auto malformed(const char* what) { return fail(ErrorKind::malformed, std::string("bad ") + what); }

template <std::size_t N>
Comm to_comm(const char (&text)[N]) {
  Comm comm{};
  std::copy_n(text, std::min(N, comm.size() - 1), comm.data());
  return comm;
}

// Copies only what is there: a newer kernel has more, an older one less than our header.
std::optional<taskstats> read_stats(Bytes bytes) {
  if (bytes.size() < kNeededBytes) return std::nullopt;
  taskstats stats{};
  std::memcpy(&stats, bytes.data(), std::min(bytes.size(), sizeof stats));
  return stats;
}

ThreadRecord to_record(const taskstats& stats) {
  ThreadRecord record;
  record.tid = static_cast<std::int32_t>(stats.ac_pid);
  record.pid = static_cast<std::int32_t>(stats.ac_tgid);
  record.parent = static_cast<std::int32_t>(stats.ac_ppid);
  record.uid = stats.ac_uid;
  record.comm = to_comm(stats.ac_comm);
  record.last = (stats.ac_flag & AGROUP) != 0;
  record.forked = (stats.ac_flag & AFORK) != 0;
  record.exit_code = static_cast<int>(stats.ac_exitcode);
  record.version = stats.version;
  record.run_nanoseconds = stats.cpu_run_virtual_total;
  record.queued_nanoseconds = stats.cpu_delay_total;
  record.lived_microseconds = stats.ac_etime;
  record.process_lived_microseconds = stats.ac_tgetime;
  record.user_microseconds = stats.ac_utime;
  record.system_microseconds = stats.ac_stime;
  record.minor_faults = stats.ac_minflt;
  record.major_faults = stats.ac_majflt;
  record.voluntary_switches = stats.nvcsw;
  record.involuntary_switches = stats.nivcsw;
  record.read_bytes = stats.read_bytes;
  record.written_bytes = stats.write_bytes;
  record.peak_resident_kib = stats.hiwater_rss;
  return record;
}

struct Aggregate {
  std::optional<std::int32_t> id;
  std::optional<taskstats> stats;
};

std::optional<Aggregate> parse_aggregate(Bytes bytes, std::uint16_t id_type) {
  Aggregate aggregate;
  NetlinkAttributes attributes(bytes);
  NetlinkAttribute attribute;
  while (attributes.next(attribute)) {
    if (attribute.type == id_type) aggregate.id = read_at<std::int32_t>(attribute.payload, 0);
    if (attribute.type == TASKSTATS_TYPE_STATS) aggregate.stats = read_stats(attribute.payload);
  }
  if (attributes.malformed() || !aggregate.id || !aggregate.stats) return std::nullopt;
  return aggregate;
}

using EventData = decltype(proc_event::event_data);

template <class T>
std::optional<T> read_body(Bytes event) {
  return read_at<T>(event, offsetof(proc_event, event_data));
}

bool read_fork(Bytes event, ProcEvent& out) {
  const auto body = read_body<EventData::fork_proc_event>(event);
  if (!body) return false;
  out.kind = ProcKind::forked;
  out.tid = body->child_pid;
  out.pid = body->child_tgid;
  out.parent = body->parent_tgid;
  return true;
}

bool read_exit(Bytes event, ProcEvent& out) {
  const auto body = read_body<EventData::exit_proc_event>(event);
  if (!body) return false;
  out.kind = ProcKind::ended;
  out.tid = body->process_pid;
  out.pid = body->process_tgid;
  out.parent = body->parent_tgid;
  out.exit_code = static_cast<int>(body->exit_code);
  return true;
}

// exec, uid and comm begin alike.
bool read_change(Bytes event, ProcKind kind, ProcEvent& out) {
  const auto body = read_body<EventData::exec_proc_event>(event);
  if (!body) return false;
  out.kind = kind;
  out.tid = body->process_pid;
  out.pid = body->process_tgid;
  if (kind == ProcKind::renamed) {
    const auto renamed = read_body<EventData::comm_proc_event>(event);
    if (!renamed) return false;
    out.comm = to_comm(renamed->comm);
  }
  if (kind == ProcKind::owner) {
    const auto owner = read_body<EventData::id_proc_event>(event);
    if (!owner) return false;
    out.uid = owner->e.euid;
  }
  return true;
}

bool read_event(Bytes event, std::uint32_t what, ProcEvent& out) {
  switch (what) {
    case kEventNone: {
      const auto error = read_body<std::uint32_t>(event);
      out.kind = ProcKind::acknowledged;
      out.exit_code = static_cast<int>(error.value_or(0));
      return error.has_value();
    }
    case kEventFork:
      return read_fork(event, out);
    case kEventExec:
      return read_change(event, ProcKind::executed, out);
    case kEventUid:
      return read_change(event, ProcKind::owner, out);
    case kEventComm:
      return read_change(event, ProcKind::renamed, out);
    case kEventExit:
      return read_exit(event, out);
    default:
      return true;  // group, session, ptrace, core dump, and what is still to come
  }
}

}  // namespace

Result<ExitRecord> parse_exit_record(Bytes payload) {
  const auto body = generic_attributes(payload, TASKSTATS_CMD_NEW);
  if (!body) return malformed("taskstats message");
  ExitRecord record;
  bool seen = false;
  NetlinkAttributes attributes(*body);
  NetlinkAttribute attribute;
  while (attributes.next(attribute)) {
    if (attribute.type == TASKSTATS_TYPE_AGGR_PID) {
      const auto thread = parse_aggregate(attribute.payload, TASKSTATS_TYPE_PID);
      if (!thread) return malformed("taskstats of a thread");
      record.thread = to_record(*thread->stats);
      // Where the id is not that of the record, the fields are not where we look for them.
      if (*thread->id <= 0 || record.thread.tid != *thread->id || record.thread.pid <= 0) {
        return malformed("layout of taskstats");
      }
      seen = true;
    } else if (attribute.type == TASKSTATS_TYPE_AGGR_TGID) {
      const auto process = parse_aggregate(attribute.payload, TASKSTATS_TYPE_TGID);
      if (!process) return malformed("taskstats of a process");
      record.process_run_nanoseconds = process->stats->cpu_run_virtual_total;
    }
  }
  if (attributes.malformed() || !seen) return malformed("taskstats attributes");
  return record;
}

Result<ProcEvent> parse_proc_event(Bytes payload) {
  const auto id = read_at<cb_id>(payload, offsetof(cn_msg, id));
  const auto sequence = read_at<std::uint32_t>(payload, offsetof(cn_msg, seq));
  if (!id || !sequence || payload.size() < sizeof(cn_msg)) return malformed("connector message");
  ProcEvent out;
  if (id->idx != CN_IDX_PROC || id->val != CN_VAL_PROC) return out;
  const Bytes event = payload.subspan(sizeof(cn_msg));
  const auto what = read_at<std::uint32_t>(event, offsetof(proc_event, what));
  const auto cpu = read_at<std::uint32_t>(event, offsetof(proc_event, cpu));
  const auto nanoseconds = read_at<std::uint64_t>(event, offsetof(proc_event, timestamp_ns));
  if (!what || !cpu || !nanoseconds) return malformed("proc event");
  out.cpu = *cpu;
  out.sequence = *sequence;
  out.nanoseconds = *nanoseconds;
  if (!read_event(event, *what, out)) return malformed("proc event");
  const bool names_process = out.kind != ProcKind::other && out.kind != ProcKind::acknowledged;
  if (names_process && (out.tid <= 0 || out.pid <= 0)) return malformed("pid of a proc event");
  return out;
}

}  // namespace perfwatch
