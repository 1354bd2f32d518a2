// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/result.h"
#include "daemon/cli/client.h"
#include "daemon/cli/human.h"

namespace perfwatch {

// What the daemon says under /api/v1, as the commands show it. An answer is hostile until it is
// read: fields may be missing or of another type (then they are absent), all texts are safe_text.

struct CollectorRow {
  std::string name;
  bool success = false;
  bool stuck = false;
  double denied = 0;  // items that a missing right kept from it, since start
  std::string last_error;
  bool unsupported = false;  // this host does not have what it reads, which is no failure
  bool paused = false;       // by the daemon, to keep its budget

  [[nodiscard]] bool fails() const { return stuck || (!success && !unsupported && !paused); }
  [[nodiscard]] bool works() const { return success && !stuck && !paused; }
};

struct FeatureRow {
  std::string name, source;
  std::string note;  // empty when as good as its tier promises
};

struct BudgetRow {
  MaybeNumber cpu_ratio, cpu_limit, memory_limit;
  std::string reason;  // what is given up for it and why; empty when nothing is
};

struct OomRow {
  std::string comm, group, scope, limit_cgroup, cgroup;
  std::string largest;  // "ld 8.0 GiB, cc1plus 1.2 GiB"
  MaybeNumber at, pid, resident;
};

struct StatusAnswer {
  std::string version, revision, hostname, kernel;
  std::string tier, tier_note;  // empty: the daemon does not know
  bool exact = false;
  std::vector<FeatureRow> features;
  MaybeNumber events_lost;
  std::string verdict;
  std::vector<std::string> reasons;
  MaybeNumber uptime_seconds, cpu_cores, cpu_busy_ratio, load1, load5, load15;
  MaybeNumber memory_total, memory_available, swap_total, swap_free;
  MaybeNumber pressure_cpu, pressure_memory, pressure_io, oom_kills;
  std::string fullest_mountpoint;
  MaybeNumber fullest_available_ratio;
  double firing_critical = 0, firing_warning = 0;
  std::vector<CollectorRow> collectors;
  std::vector<OomRow> oom_kills_last;  // newest first
  std::string not_durable;     // why runs and alerts are not kept over a restart; empty: they are
  std::string source_trouble;  // why baseline.source does not answer; empty: it does, or is none
  MaybeNumber self_cores, self_resident;
  BudgetRow budget;
  MaybeNumber pid;    // of the daemon, on its own host
  MaybeNumber taken;  // seconds since 1970
};

struct GroupRow {
  std::string key;  // as the daemon says it, for queries; never printed
  std::string name;
  MaybeNumber processes, threads, cpu_cores, cpu_seconds, io, resident, anonymous, swapped, largest,
      started;
};

struct ProcessRow {
  std::string comm, state;
  MaybeNumber pid, start_ticks, uid, threads, start_time, cpu_seconds, cpu_cores, io, resident,
      anonymous, swapped;
};

// Programs of one name that ended.
struct ExitRow {
  std::string key;  // tells it from all others; never printed
  std::string comm, group;
  MaybeNumber count, failed, signalled, cpu_seconds, cpu_ratio, user_seconds, system_seconds,
      peak_max, peak_mean, lived_mean, io;
};

struct ExitsAnswer {
  std::vector<ExitRow> kinds;
  std::string tier;
  bool exact = false;  // all that ended is in it
  MaybeNumber kinds_total, count, cpu_seconds, covered_seconds;
};

struct AlertRow {
  std::string rule, severity, state, summary;
  MaybeNumber active_since;
  std::string recommendation{}, command{}, details{};
};

// What bounds the host or a group.
struct BottleneckRow {
  std::string resource, severity, evidence, recommendation, command;
  MaybeNumber since;
};

struct FindingsAnswer {
  std::string state;    // of the bottlenecks: "insufficient data", "none", "bound"
  std::string summary;  // of them, in a sentence
  std::vector<BottleneckRow> bottlenecks;
};

// Each takes the whole body of an answer. Malformed: it is not JSON, nested without end, or not of
// the API's shape; an answer {"status":"error"} gives its text.
[[nodiscard]] Result<StatusAnswer> read_status(std::string_view body);
[[nodiscard]] Result<std::vector<GroupRow>> read_groups(std::string_view body);
[[nodiscard]] Result<std::vector<ProcessRow>> read_processes(std::string_view body);
[[nodiscard]] Result<ExitsAnswer> read_exits(std::string_view body);
[[nodiscard]] Result<std::vector<AlertRow>> read_alerts(std::string_view body);
[[nodiscard]] Result<FindingsAnswer> read_findings(std::string_view body);

// For --json: {"NAME": data, ...} of several answers, or the data itself for one answer with an
// empty name; indented. `ascii` escapes all that is not ASCII: for terminals.
struct NamedAnswer {
  std::string name;
  std::string body;
};
[[nodiscard]] Result<std::string> join_answers(const std::vector<NamedAnswer>& answers, bool ascii);

// GET, and an error unless a JSON answer came with 200: "http://...: no group "gcc" (404)".
[[nodiscard]] Result<std::string> ask(Client& client, std::string_view target);

}  // namespace perfwatch
