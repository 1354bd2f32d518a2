// SPDX-License-Identifier: Apache-2.0
#include <array>
#include <nlohmann/json.hpp>
#include <utility>

#include "core/analyse/wording.h"
#include "core/base/result.h"
#include "core/model/run_board.h"
#include "exporters/json/api.h"
#include "exporters/json/json_parts.h"

namespace perfwatch {
namespace {

constexpr std::size_t kOomKillsShown = 5;  // /api/v1/oom has more

Json accounting_part(const Accounting& accounting) {
  Json part = Json::object();
  part["tier"] = to_string(accounting.tier);
  part["note"] = accounting.note;
  part["exact"] = accounting.exact;
  Json& features = part["features"] = Json::array();
  for (const auto& feature : accounting.features) {
    Json one = {{"name", feature.name}, {"source", feature.source}};
    if (!feature.note.empty()) one["note"] = feature.note;
    features.push_back(std::move(one));
  }
  Json& lost = part["lost"] = Json::array();
  for (const auto& events : accounting.lost) {
    lost.push_back({{"source", events.source}, {"reason", events.reason}, {"count", events.count}});
  }
  return part;
}

Json daemon_part(const Overview& overview) {
  const DaemonInfo& daemon = overview.daemon;
  Json part = Json::object();
  part["version"] = daemon.version;
  part["revision"] = daemon.revision;
  part["hostname"] = daemon.hostname;
  part["kernel"] = daemon.kernel;
  part["pid"] = daemon.pid;
  part["started"] = rfc3339_millis(daemon.started);
  if (const auto* accounting = overview.frame.accounting()) {
    part["accounting"] = accounting_part(*accounting);
  }
  return part;
}

Json host_part(const HostSummary& host) {
  Json part = Json::object();
  if (!host.verdict.empty()) part["verdict"] = host.verdict;
  part["reasons"] = host.reasons;
  put(part, "uptime_seconds", host.uptime_seconds);
  put(part, "cpu_cores", host.cpu_cores);
  put(part, "cpu_busy_ratio", host.cpu_busy_ratio);
  put(part, "load1", host.load1);
  put(part, "load5", host.load5);
  put(part, "load15", host.load15);
  put(part, "memory_total_bytes", host.memory_total_bytes);
  put(part, "memory_available_bytes", host.memory_available_bytes);
  put(part, "swap_total_bytes", host.swap_total_bytes);
  put(part, "swap_free_bytes", host.swap_free_bytes);
  put(part, "pressure_cpu_some", host.pressure_cpu_some);
  put(part, "pressure_memory_full", host.pressure_memory_full);
  put(part, "pressure_io_full", host.pressure_io_full);
  put(part, "oom_kills_total", host.oom_kills_total);
  if (host.fullest_filesystem) {
    Json& filesystem = part["fullest_filesystem"] = Json::object();
    filesystem["mountpoint"] = host.fullest_filesystem->mountpoint;
    put(filesystem, "available_ratio", host.fullest_filesystem->available_ratio);
  }
  return part;
}

// {"firing":{"critical":0,...},...}: all combinations, as a count of none is known to be 0.
Json alerts_part(const std::vector<const Alert*>& alerts) {
  constexpr std::array kStates{AlertState::firing, AlertState::pending, AlertState::resolved};
  constexpr std::array kSeverities{Severity::critical, Severity::warning, Severity::info};
  Json part = Json::object();
  for (const AlertState state : kStates) {
    Json& counts = part[std::string(to_string(state))] = Json::object();
    for (const Severity severity : kSeverities) {
      std::uint64_t count = 0;
      for (const Alert* alert : alerts) {
        if (alert->state == state && alert->severity == severity) ++count;
      }
      counts[std::string(to_string(severity))] = count;
    }
  }
  return part;
}

Json collector_part(const CollectorState& state) {
  Json part = Json::object();
  part["name"] = state.name;
  part["success"] = state.success;
  part["stuck"] = state.stuck;
  part["paused"] = state.paused;
  put(part, "duration_seconds", state.duration.count());
  put(part, "interval_seconds", state.interval.count());
  if (state.catches_up) {
    part["catch_ups_total"] = state.catch_ups;
    put(part, "catch_up_seconds_total", state.catch_up_time.count());
  }
  if (state.last_success) part["last_success"] = rfc3339_millis(*state.last_success);
  Json& errors = part["errors"] = Json::object();
  for (std::size_t kind = 0; kind < kErrorKinds; ++kind) {
    errors[std::string(to_string(static_cast<ErrorKind>(kind)))] = state.errors[kind];
  }
  if (!state.last_error.empty()) part["last_error"] = state.last_error;
  return part;
}

Json budget_part(const BudgetState& budget) {
  Json part = Json::object();
  put(part, "cpu_ratio", budget.cpu_ratio);
  put(part, "cpu_limit_ratio", budget.limits.cpu_ratio);
  part["memory_limit_bytes"] = budget.limits.memory_bytes;
  part["cpu_level"] = budget.cpu_level;
  part["memory_level"] = budget.memory_level;
  if (!budget.reason.empty()) part["reason"] = budget.reason;
  return part;
}

Json self_part(const Overview& overview, const HostSummary& host) {
  Json part = Json::object();
  put(part, "cpu_seconds_total", overview.frame.value("process_cpu_seconds_total"));
  put(part, "resident_bytes", host.own_resident_bytes);
  put(part, "cpu_cores", host.own_cpu_cores);
  if (overview.frame.budget) part["budget"] = budget_part(*overview.frame.budget);
  return part;
}

Json runs_part(const Frame& frame) {
  Json part = Json::object();
  const Accounting* const accounting = frame.accounting();
  if (accounting != nullptr) {
    part["open"] = accounting->open_runs ? accounting->open_runs->size() : 0;
  }
  if (!frame.runs) return part;
  part["durable"] = frame.runs->not_durable.empty();
  if (!frame.runs->not_durable.empty()) part["note"] = frame.runs->not_durable;
  if (!frame.runs->source_trouble.empty()) {
    part["baseline_source_error"] = frame.runs->source_trouble;
  }
  return part;
}

}  // namespace

std::string api_status(const Overview& overview, const HostSummary& host) {
  Json data = Json::object();
  data["taken"] = rfc3339_millis(overview.frame.at.wall);
  data["daemon"] = daemon_part(overview);
  data["host"] = host_part(host);
  data["alerts"] = alerts_part(overview.alerts);
  data["oom_kills"] = oom_list(overview.frame, kOomKillsShown);
  data["runs"] = runs_part(overview.frame);
  Json& collectors = data["collectors"] = Json::array();
  for (const CollectorState& state : overview.frame.collectors) {
    collectors.push_back(collector_part(state));
  }
  data["self"] = self_part(overview, host);
  return success(std::move(data));
}

}  // namespace perfwatch
