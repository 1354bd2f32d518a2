// SPDX-License-Identifier: Apache-2.0
#include <sys/wait.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <utility>

#include "core/analyse/exit_window.h"
#include "core/analyse/wording.h"
#include "core/base/text.h"
#include "exporters/json/api.h"
#include "exporters/json/json_parts.h"

namespace perfwatch {
namespace {

void put_sums(Json& object, const ExitKind& kind) {
  object["count"] = kind.count;
  object["failed"] = kind.failed;
  object["signalled"] = kind.signalled;
  put(object, "cpu_seconds", cpu_seconds(kind));
  put(object, "user_seconds", kind.user_seconds);
  put(object, "system_seconds", kind.system_seconds);
}

Json kind_object(const ExitKind& kind, const ExitWindow& window) {
  Json object = Json::object();
  object["comm"] = printable_utf8(view(kind.comm));
  object["group"] = kind.group;
  put_sums(object, kind);
  put(object, "cpu_ratio", cpu_ratio(kind, window));
  if (largest_peak_bytes(kind)) object["peak_resident_bytes_max"] = kind.largest_peak_bytes;
  if (kind.peak_known > 0) {
    object["peak_resident_bytes_mean"] = kind.peak_bytes_sum / kind.peak_known;
  }
  put(object, "lived_seconds_mean", mean_lived_seconds(kind));
  if (kind.io_known > 0) {
    object["read_bytes"] = kind.read_bytes;
    object["written_bytes"] = kind.written_bytes;
  }
  return object;
}

Json recent_object(const RecentExit& exit) {
  Json object = Json::object();
  object["pid"] = exit.key.pid;
  object["start_ticks"] = exit.key.start_ticks;
  object["parent"] = exit.parent;
  object["uid"] = exit.uid;
  object["comm"] = printable_utf8(view(exit.comm));
  object["group"] = exit.group;
  object["seen"] = rfc3339_millis(exit.seen);
  put(object, "cpu_seconds", exit.cpu_seconds);
  put(object, "lived_seconds", exit.lived_seconds);
  if (exit.peak_resident_bytes) object["peak_resident_bytes"] = *exit.peak_resident_bytes;
  if (exit.wait_status && WIFEXITED(*exit.wait_status)) {
    object["exit_status"] = WEXITSTATUS(*exit.wait_status);
  } else if (exit.wait_status && WIFSIGNALED(*exit.wait_status)) {
    object["signal"] = WTERMSIG(*exit.wait_status);
  }
  return object;
}

std::uint64_t lost_events(const Accounting& accounting) {
  std::uint64_t sum = 0;
  for (const EventsLost& lost : accounting.lost) {
    if (lost.costs_exactness()) sum += lost.count;
  }
  return sum;
}

// Why exits are not seen and what would mend it; all that the tier says of itself is a sentence or
// more.
std::string explanation(const Accounting* accounting) {
  std::string text = "this daemon does not see processes end";
  if (accounting == nullptr) return text;
  text += ": its accounting tier is \"" + std::string(to_string(accounting->tier)) + "\". ";
  text += accounting->note;
  for (const AccountingFeature& feature : accounting->features) {
    if (feature.name == "exits" && !feature.note.empty()) text += " " + feature.note;
  }
  return text +
         " Run perfwatchd with the rights of its systemd unit, or as root, and with "
         "accounting.tier at \"auto\"; `perfwatch doctor` names what is missing.";
}

Json recent_list(const std::vector<RecentExit>& recent, std::size_t limit) {
  Json list = Json::array();
  const auto last = recent.rbegin() + static_cast<std::ptrdiff_t>(std::min(limit, recent.size()));
  std::for_each(recent.rbegin(), last,
                [&](const RecentExit& exit) { list.push_back(recent_object(exit)); });
  return list;
}

}  // namespace

Result<std::string> api_exits(const Overview& overview, const ExitsQuery& query) {
  const ProcessTable* table = overview.frame.processes.get();
  if (table == nullptr) return fail(ErrorKind::gone, "no processes were read yet");
  if (!table->exits) return fail(ErrorKind::unsupported, explanation(table->accounting.get()));
  const auto window = exit_window(*table->exits, overview.frame.at.wall, query.window, query.sort);
  Json data = Json::object();
  if (table->accounting) {
    data["tier"] = to_string(table->accounting->tier);
    data["exact"] = table->accounting->exact && window.complete;
    data["events_lost"] = lost_events(*table->accounting);
  }
  data["from"] = rfc3339_millis(window.from);
  data["to"] = rfc3339_millis(window.to);
  put(data, "covered_seconds", Seconds(window.to - window.from).count());
  put_sums(data, window.total);
  data["limited_total"] = table->exits->limited;
  data["sort"] = to_string(query.sort);
  const std::size_t shown = std::min(query.limit, window.kinds.size());
  data["total"] = window.kinds.size();
  data["truncated"] = shown < window.kinds.size();
  Json& kinds = data["kinds"] = Json::array();
  for (std::size_t i = 0; i < shown; ++i) kinds.push_back(kind_object(window.kinds[i], window));
  if (query.recent > 0) data["recent"] = recent_list(table->exits->recent, query.recent);
  return success(std::move(data));
}

}  // namespace perfwatch
