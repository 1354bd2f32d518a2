// SPDX-License-Identifier: Apache-2.0
#include "daemon/cli/answers.h"

#include <nlohmann/json.hpp>
#include <utility>

#include "daemon/cli/cells.h"

namespace perfwatch {
namespace {

using Json = nlohmann::ordered_json;

constexpr int kDepthLimit = 32;

// The `data` of an answer. Depth is bounded while parsing: writing a document is recursive.
Result<Json> data_of(std::string_view body) {
  bool deep = false;
  const auto watch = [&](int depth, Json::parse_event_t, Json&) {
    deep = deep || depth > kDepthLimit;
    return depth <= kDepthLimit;
  };
  Json answer = Json::parse(body.begin(), body.end(), watch, false);
  if (deep || !answer.is_object()) {
    return fail(ErrorKind::malformed,
                "the answer is not JSON of the perfwatch API; is it perfwatchd?");
  }
  const auto error = answer.find("error");
  if (error != answer.end() && error->is_string()) {
    return fail(ErrorKind::malformed, safe_text(error->get_ref<const std::string&>()));
  }
  const auto data = answer.find("data");
  if (data == answer.end() || !data->is_object()) {
    return fail(ErrorKind::malformed, "the answer has no \"data\"; is it perfwatchd?");
  }
  return std::move(*data);
}

// A child of any object; a shared empty object where there is none.
const Json& child(const Json& parent, const char* key) {
  static const Json kNothing = Json::object();
  if (!parent.is_object()) return kNothing;
  const auto found = parent.find(key);
  return found == parent.end() ? kNothing : *found;
}

std::string raw_text(const Json& parent, const char* key) {
  const Json& value = child(parent, key);
  return value.is_string() ? value.get<std::string>() : std::string();
}

std::string text(const Json& parent, const char* key) { return safe_text(raw_text(parent, key)); }

MaybeNumber number(const Json& parent, const char* key) {
  const Json& value = child(parent, key);
  if (!value.is_number()) return std::nullopt;
  return value.get<double>();
}

bool is_true(const Json& parent, const char* key) {
  const Json& value = child(parent, key);
  return value.is_boolean() && value.get<bool>();
}

// Calls `read` with each object of the list `key`.
template <class Row, class Read>
Result<std::vector<Row>> rows_in(const Json& data, const char* key, Read read) {
  const Json& list = child(data, key);
  if (!list.is_array()) {
    return fail(ErrorKind::malformed, "the answer has no list \"" + std::string(key) + "\"");
  }
  std::vector<Row> rows;
  for (const Json& item : list) {
    if (item.is_object()) rows.push_back(read(item));
  }
  return rows;
}

template <class Row, class Read>
Result<std::vector<Row>> read_list(std::string_view body, const char* key, Read read) {
  auto data = data_of(body);
  if (!data) return tl::unexpected(std::move(data.error()));
  return rows_in<Row>(*data, key, read);
}

// As the daemon judges the host: not one error but of this kind.
bool only_unsupported(const Json& errors) {
  if (number(errors, "unsupported").value_or(0) <= 0) return false;
  for (const char* kind : {"gone", "denied", "malformed", "io"}) {
    if (number(errors, kind).value_or(0) > 0) return false;
  }
  return true;
}

CollectorRow collector_row(const Json& item) {
  CollectorRow row;
  row.name = text(item, "name");
  row.success = is_true(item, "success");
  row.stuck = is_true(item, "stuck");
  row.paused = is_true(item, "paused");
  row.denied = number(child(item, "errors"), "denied").value_or(0);
  row.last_error = text(item, "last_error");
  row.unsupported = !row.success && !row.stuck && only_unsupported(child(item, "errors"));
  return row;
}

void read_host(const Json& host, StatusAnswer& out) {
  out.verdict = text(host, "verdict");
  for (const Json& reason : child(host, "reasons")) {
    if (reason.is_string()) out.reasons.push_back(safe_text(reason.get_ref<const std::string&>()));
  }
  out.uptime_seconds = number(host, "uptime_seconds");
  out.cpu_cores = number(host, "cpu_cores");
  out.cpu_busy_ratio = number(host, "cpu_busy_ratio");
  out.load1 = number(host, "load1");
  out.load5 = number(host, "load5");
  out.load15 = number(host, "load15");
  out.memory_total = number(host, "memory_total_bytes");
  out.memory_available = number(host, "memory_available_bytes");
  out.swap_total = number(host, "swap_total_bytes");
  out.swap_free = number(host, "swap_free_bytes");
  out.pressure_cpu = number(host, "pressure_cpu_some");
  out.pressure_memory = number(host, "pressure_memory_full");
  out.pressure_io = number(host, "pressure_io_full");
  out.oom_kills = number(host, "oom_kills_total");
  const Json& filesystem = child(host, "fullest_filesystem");
  out.fullest_mountpoint = text(filesystem, "mountpoint");
  out.fullest_available_ratio = number(filesystem, "available_ratio");
}

void read_accounting(const Json& accounting, StatusAnswer& out) {
  out.tier = text(accounting, "tier");
  out.tier_note = text(accounting, "note");
  out.exact = is_true(accounting, "exact");
  for (const Json& feature : child(accounting, "features")) {
    out.features.push_back({text(feature, "name"), text(feature, "source"), text(feature, "note")});
  }
  for (const Json& events : child(accounting, "lost")) {
    // A message of the kernel's log that was missed takes nothing from a process's costs; what came
    // late, next to nothing.
    if (raw_text(events, "source") == "oom" || raw_text(events, "reason") == "late") continue;
    out.events_lost = out.events_lost.value_or(0) + number(events, "count").value_or(0);
  }
}

void read_budget(const Json& budget, BudgetRow& out) {
  out.cpu_ratio = number(budget, "cpu_ratio");
  out.cpu_limit = number(budget, "cpu_limit_ratio");
  out.memory_limit = number(budget, "memory_limit_bytes");
  out.reason = text(budget, "reason");
}

void read_daemon(const Json& daemon, StatusAnswer& out) {
  out.version = text(daemon, "version");
  out.revision = text(daemon, "revision");
  out.hostname = text(daemon, "hostname");
  out.kernel = text(daemon, "kernel");
  out.pid = number(daemon, "pid");
  read_accounting(child(daemon, "accounting"), out);
}

OomRow oom_row(const Json& item) {
  OomRow row;
  row.comm = text(item, "comm");
  row.group = text(item, "group");
  row.scope = text(item, "scope");
  row.limit_cgroup = text(item, "limit_cgroup");
  row.cgroup = text(item, "cgroup");
  row.at = parse_rfc3339(raw_text(item, "at"));
  row.pid = number(item, "pid");
  row.resident = number(item, "resident_bytes");
  for (const Json& process : child(item, "largest")) {
    if (!row.largest.empty()) row.largest += ", ";
    row.largest += text(process, "comm") + " " + human_bytes(number(process, "resident_bytes"));
  }
  return row;
}

GroupRow group_row(const Json& item) {
  GroupRow row;
  row.key = raw_text(item, "name");
  row.name = safe_text(row.key);
  row.processes = number(item, "processes");
  row.threads = number(item, "threads");
  row.cpu_cores = number(item, "cpu_cores");
  row.cpu_seconds = number(item, "cpu_seconds_total");
  row.io = number(item, "io_bytes_per_second");
  row.resident = number(item, "resident_bytes");
  row.anonymous = number(item, "anonymous_bytes");
  row.swapped = number(item, "swapped_bytes");
  row.largest = number(item, "largest_resident_bytes");
  row.started = number(item, "started_total");
  return row;
}

ProcessRow process_row(const Json& item) {
  ProcessRow row;
  row.comm = text(item, "comm");
  row.state = text(item, "state");
  row.pid = number(item, "pid");
  row.start_ticks = number(item, "start_ticks");
  row.uid = number(item, "uid");
  row.threads = number(item, "threads");
  row.start_time = number(item, "start_time_seconds");
  row.cpu_seconds = number(item, "cpu_seconds");
  row.cpu_cores = number(item, "cpu_cores");
  row.io = number(item, "io_bytes_per_second");
  row.resident = number(item, "resident_bytes");
  row.anonymous = number(item, "anonymous_bytes");
  row.swapped = number(item, "swapped_bytes");
  return row;
}

ExitRow exit_row(const Json& item) {
  ExitRow row;
  row.key = raw_text(item, "comm") + '\n' + raw_text(item, "group");
  row.comm = text(item, "comm");
  row.group = text(item, "group");
  row.count = number(item, "count");
  row.failed = number(item, "failed");
  row.signalled = number(item, "signalled");
  row.cpu_seconds = number(item, "cpu_seconds");
  row.cpu_ratio = number(item, "cpu_ratio");
  row.user_seconds = number(item, "user_seconds");
  row.system_seconds = number(item, "system_seconds");
  row.peak_max = number(item, "peak_resident_bytes_max");
  row.peak_mean = number(item, "peak_resident_bytes_mean");
  row.lived_mean = number(item, "lived_seconds_mean");
  const MaybeNumber read = number(item, "read_bytes");
  const MaybeNumber written = number(item, "written_bytes");
  if (read || written) row.io = read.value_or(0) + written.value_or(0);
  return row;
}

AlertRow alert_row(const Json& item) {
  AlertRow row;
  row.rule = text(item, "rule");
  row.severity = text(item, "severity");
  row.state = text(item, "state");
  const Json& annotations = child(item, "annotations");
  row.summary = text(annotations, "summary");
  row.recommendation = text(annotations, "recommendation");
  row.command = text(annotations, "command");
  row.details = text(item, "details");
  row.active_since = parse_rfc3339(raw_text(item, "active_since"));
  return row;
}

BottleneckRow bottleneck_row(const Json& item) {
  BottleneckRow row;
  row.resource = text(item, "resource");
  row.severity = text(item, "severity");
  row.evidence = text(item, "evidence");
  row.recommendation = text(item, "recommendation");
  row.command = text(item, "command");
  row.since = parse_rfc3339(raw_text(item, "since"));
  return row;
}

}  // namespace

Result<StatusAnswer> read_status(std::string_view body) {
  auto data = data_of(body);
  if (!data) return tl::unexpected(std::move(data.error()));
  if (!child(*data, "daemon").contains("version")) {
    return fail(ErrorKind::malformed, "the answer has no \"daemon\"; is it perfwatchd?");
  }
  StatusAnswer out;
  read_daemon(child(*data, "daemon"), out);
  read_host(child(*data, "host"), out);
  const Json& firing = child(child(*data, "alerts"), "firing");
  out.firing_critical = number(firing, "critical").value_or(0);
  out.firing_warning = number(firing, "warning").value_or(0);
  for (const Json& item : child(*data, "collectors")) out.collectors.push_back(collector_row(item));
  for (const Json& item : child(*data, "oom_kills")) out.oom_kills_last.push_back(oom_row(item));
  out.not_durable = text(child(*data, "runs"), "note");
  out.source_trouble = text(child(*data, "runs"), "baseline_source_error");
  out.self_cores = number(child(*data, "self"), "cpu_cores");
  out.self_resident = number(child(*data, "self"), "resident_bytes");
  read_budget(child(child(*data, "self"), "budget"), out.budget);
  out.taken = parse_rfc3339(raw_text(*data, "taken"));
  return out;
}

Result<std::vector<GroupRow>> read_groups(std::string_view body) {
  return read_list<GroupRow>(body, "groups", group_row);
}

Result<std::vector<ProcessRow>> read_processes(std::string_view body) {
  return read_list<ProcessRow>(body, "processes", process_row);
}

Result<ExitsAnswer> read_exits(std::string_view body) {
  auto data = data_of(body);
  if (!data) return tl::unexpected(std::move(data.error()));
  auto kinds = rows_in<ExitRow>(*data, "kinds", exit_row);
  if (!kinds) return tl::unexpected(std::move(kinds.error()));
  ExitsAnswer out;
  out.kinds = std::move(*kinds);
  out.tier = text(*data, "tier");
  out.exact = is_true(*data, "exact");
  out.kinds_total = number(*data, "total");
  out.count = number(*data, "count");
  out.cpu_seconds = number(*data, "cpu_seconds");
  out.covered_seconds = number(*data, "covered_seconds");
  return out;
}

Result<std::vector<AlertRow>> read_alerts(std::string_view body) {
  return read_list<AlertRow>(body, "alerts", alert_row);
}

Result<FindingsAnswer> read_findings(std::string_view body) {
  auto data = data_of(body);
  if (!data) return tl::unexpected(std::move(data.error()));
  const Json& part = child(*data, "bottlenecks");
  auto rows = rows_in<BottleneckRow>(part, "list", bottleneck_row);
  if (!rows) return tl::unexpected(std::move(rows.error()));
  return FindingsAnswer{text(part, "state"), text(part, "summary"), std::move(*rows)};
}

Result<std::string> join_answers(const std::vector<NamedAnswer>& answers, bool ascii) {
  Json out = Json::object();
  for (const NamedAnswer& answer : answers) {
    auto data = data_of(answer.body);
    if (!data) return tl::unexpected(std::move(data.error()));
    if (answer.name.empty()) {
      out = std::move(*data);
    } else {
      out[answer.name] = std::move(*data);
    }
  }
  return out.dump(2, ' ', ascii, Json::error_handler_t::replace) + "\n";
}

Result<std::string> ask(Client& client, std::string_view target) {
  auto response = client.get(target);
  if (!response) return tl::unexpected(std::move(response.error()));
  if (response->status == 200) return std::move(response->body);
  if (response->status == 401) {
    return fail(ErrorKind::denied, client.address().text() +
                                       (client.address().user_info.empty()
                                            ? ": wants a user and a password: "
                                              "PERFWATCH_ADDRESS=https://USER:PASSWORD@HOST:PORT"
                                            : ": user or password is wrong") +
                                       " (HTTP 401)");
  }
  const auto data = data_of(response->body);
  const std::string why = data ? "unexpected status" : data.error().text;
  return fail(ErrorKind::malformed, client.address().text() + ": " + why + " (HTTP " +
                                        std::to_string(response->status) + ")");
}

}  // namespace perfwatch
