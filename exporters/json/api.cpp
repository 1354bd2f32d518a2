// SPDX-License-Identifier: Apache-2.0
#include "exporters/json/api.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <nlohmann/json.hpp>
#include <utility>
#include <vector>

#include "core/analyse/findings.h"
#include "core/analyse/wording.h"
#include "core/base/text.h"
#include "exporters/json/json_parts.h"

namespace perfwatch {
namespace {

Json group_object(const GroupView& group) {
  Json object = Json::object();
  object["name"] = group.name;
  object["processes"] = group.processes;
  object["threads"] = group.threads;
  put(object, "cpu_cores", group.cpu_cores);
  put(object, "cpu_seconds_total", group.cpu_seconds_total);
  put(object, "io_bytes_per_second", group.io_bytes_per_second);
  object["resident_bytes"] = group.resident_bytes;
  object["anonymous_bytes"] = group.anonymous_bytes;
  object["swapped_bytes"] = group.swapped_bytes;
  object["largest_resident_bytes"] = group.largest_resident_bytes;
  object["started_total"] = group.started_total;
  object["exited_total"] = group.exited_total;
  return object;
}

Json process_object(const ProcessView& process) {
  Json object = Json::object();
  object["pid"] = process.key.pid;
  object["start_ticks"] = process.key.start_ticks;
  object["parent"] = process.parent;
  object["uid"] = process.uid;
  object["comm"] = printable_utf8(view(process.comm));
  object["state"] = printable_utf8(std::string_view(&process.state, 1));
  object["threads"] = process.threads;
  put(object, "start_time_seconds", process.start_time_seconds);
  put(object, "cpu_seconds", process.cpu_seconds);
  put(object, "cpu_cores", process.cpu_cores);
  put(object, "io_bytes_per_second", process.io_bytes_per_second);
  object["resident_bytes"] = process.resident_bytes;
  object["anonymous_bytes"] = process.anonymous_bytes;
  object["swapped_bytes"] = process.swapped_bytes;
  return object;
}

Json alert_object(const Alert& alert) {
  char fingerprint[17];
  std::snprintf(fingerprint, sizeof fingerprint, "%016llx",
                static_cast<unsigned long long>(alert.fingerprint));
  Json object = Json::object();
  object["rule"] = alert.rule;
  object["severity"] = to_string(alert.severity);
  object["state"] = to_string(alert.state);
  if (!alert.notifies) object["notifies"] = false;
  put(object, "value", alert.value);
  object["active_since"] = rfc3339_millis(alert.active_since);
  if (alert.fired_at) object["fired_at"] = rfc3339_millis(*alert.fired_at);
  if (alert.resolved_at) object["resolved_at"] = rfc3339_millis(*alert.resolved_at);
  object["fingerprint"] = fingerprint;
  if (const std::string details = alert_details(alert); !details.empty()) {
    object["details"] = details;
  }
  object["labels"] = labels_object(alert.labels);
  object["annotations"] = labels_object(alert.annotations);
  return object;
}

Json series_object(const Series& series, double value, std::string_view collector) {
  Json object = Json::object();
  object["name"] = std::string(series.metric->name).append(series.suffix);
  object["type"] = to_string(series.metric->type);
  object["collector"] = collector;
  Json& labels = object["labels"] = Json::object();
  const std::size_t named = series.metric->label_count();
  for (std::size_t i = 0; i < series.label_values.size(); ++i) {
    const std::string_view name = i < named ? series.metric->labels[i] : "le";
    labels[std::string(name)] = series.label_values[i];
  }
  object["value"] = value;
  return object;
}

// The heaviest first; by pid where equal, so that an idle group keeps its order between calls.
bool heavier(const ProcessView* a, const ProcessView* b) {
  const double cpu_a = is_absent(a->cpu_cores) ? -1 : a->cpu_cores;
  const double cpu_b = is_absent(b->cpu_cores) ? -1 : b->cpu_cores;
  return cpu_a != cpu_b ? cpu_a > cpu_b : a->key < b->key;
}

std::vector<const ProcessView*> members(const ProcessTable& table, std::size_t group) {
  std::vector<const ProcessView*> found;
  for (const ProcessView& process : table.processes) {
    if (process.group == group) found.push_back(&process);
  }
  return found;
}

}  // namespace

std::string api_groups(const Overview& overview) {
  Json data = Json::object();
  Json& groups = data["groups"] = Json::array();
  if (overview.frame.processes) {
    for (const GroupView& group : overview.frame.processes->groups) {
      groups.push_back(group_object(group));
    }
  }
  return success(std::move(data));
}

Result<std::string> api_processes(const Overview& overview, std::string_view group,
                                  std::size_t limit) {
  const ProcessTable* table = overview.frame.processes.get();
  if (table == nullptr) return fail(ErrorKind::gone, "no processes were read yet");
  const auto found =
      std::find_if(table->groups.begin(), table->groups.end(),
                   [&](const GroupView& candidate) { return candidate.name == group; });
  if (found == table->groups.end()) {
    return fail(ErrorKind::gone, "no group \"" + printable_utf8(group.substr(0, 128)) + "\"");
  }
  auto processes = members(*table, static_cast<std::size_t>(found - table->groups.begin()));
  const std::size_t shown = std::min(limit, processes.size());
  std::partial_sort(processes.begin(), processes.begin() + static_cast<std::ptrdiff_t>(shown),
                    processes.end(), heavier);
  Json data = Json::object();
  data["group"] = found->name;
  data["total"] = processes.size();
  data["truncated"] = shown < processes.size();
  Json& list = data["processes"] = Json::array();
  for (std::size_t i = 0; i < shown; ++i) list.push_back(process_object(*processes[i]));
  return success(std::move(data));
}

std::string api_alerts(const Overview& overview) {
  Json data = Json::object();
  Json& alerts = data["alerts"] = Json::array();
  for (const Alert* alert : overview.alerts) alerts.push_back(alert_object(*alert));
  return success(std::move(data));
}

std::string api_series(const Overview& overview, std::string_view prefix, std::size_t limit) {
  Json list = Json::array();
  bool truncated = false;
  for (const auto& block : overview.frame.blocks) {
    const auto& series = block->samples.schema->series;
    for (std::size_t i = 0; i < series.size() && !truncated; ++i) {
      const double value = block->samples.values[i];
      if (!series[i].metric->name.starts_with(prefix) || !std::isfinite(value)) continue;
      truncated = list.size() >= limit;
      if (!truncated) list.push_back(series_object(series[i], value, block->collector));
    }
  }
  Json data = Json::object();
  data["truncated"] = truncated;
  data["series"] = std::move(list);
  return success(std::move(data));
}

}  // namespace perfwatch
