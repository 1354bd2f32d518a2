// SPDX-License-Identifier: Apache-2.0
#include "exporters/page/tables.h"
#include "core/analyse/findings.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <iterator>
#include <string_view>
#include <vector>

#include "core/base/percent.h"
#include "exporters/page/html.h"

namespace perfwatch {
namespace {

constexpr std::size_t kTopGroups = 10;

template <class... Args>
void put(std::string& out, fmt::format_string<Args...> format, Args&&... args) {
  fmt::format_to(std::back_inserter(out), format, std::forward<Args>(args)...);
}

double age(const Overview& overview, std::chrono::system_clock::time_point since) {
  return Seconds(overview.frame.at.wall - since).count();
}

// `group="cc1plus", mountpoint="/"`: who it is about; the rest of the labels stands elsewhere.
std::string subject(const Labels& labels) {
  std::string out;
  for (const auto& [name, value] : labels) {
    if (name == "alertname" || name == "severity") continue;
    if (!out.empty()) out += ", ";
    out += fmt::format("{}={}", html_escape(name), html_name(value));
  }
  return out;
}

std::string_view kind_of(const Alert& alert) {
  if (alert.state != AlertState::firing || alert.severity == Severity::info) return "quiet";
  return alert.severity == Severity::critical ? "bad" : "warn";
}

void append_alert(std::string& out, const Overview& overview, const Alert& alert) {
  const auto since =
      alert.state == AlertState::firing && alert.fired_at ? *alert.fired_at : alert.active_since;
  const std::string summary = html_escape(find_label(alert.annotations, "summary"));
  const std::string about = subject(alert.labels);
  put(out, R"(<tr><th scope="row"><div class="alert">{}</div>)", html_name(alert.rule));
  put(out, R"(<div class="summary" title="{0}">{0}</div>)", summary);
  if (!about.empty()) put(out, R"(<div class="note summary">{}</div>)", about);
  if (const std::string details = alert_details(alert); !details.empty()) {
    put(out, R"(<div class="note">{}</div>)", html_escape(details));
  }
  out += advice(find_label(alert.annotations, "recommendation"),
                find_label(alert.annotations, "command"));
  put(out, R"(</th><td>{}<div class="note">{} for <time title="since {}">{}</time></div></td>)",
      badge(kind_of(alert), to_string(alert.state)), to_string(alert.severity), time_text(since),
      duration_text(age(overview, since)));
  put(out, R"(<td class="num">{}</td></tr>)", number_text(alert.value));
  out += '\n';
}

using GroupOrder = double (*)(const GroupView&);

// The heaviest groups by `weight`, those that weigh nothing left out.
std::vector<const GroupView*> top_groups(const ProcessTable& table, GroupOrder weight) {
  std::vector<const GroupView*> groups;
  for (const auto& group : table.groups) {
    if (weight(group) > 0) groups.push_back(&group);  // false for NaN, which would upset the sort
  }
  const auto count = std::min(groups.size(), kTopGroups);
  std::ranges::partial_sort(groups, groups.begin() + static_cast<std::ptrdiff_t>(count),
                            [&](const GroupView* a, const GroupView* b) {
                              if (weight(*a) != weight(*b)) return weight(*a) > weight(*b);
                              return a->name < b->name;
                            });
  groups.resize(count);
  return groups;
}

void append_group_table(std::string& out, const ProcessTable& table, std::string_view caption,
                        GroupOrder weight, std::optional<double> whole) {
  put(out, "<div class=\"card\"><table><caption>{}</caption>\n", caption);
  out +=
      "<thead><tr><th scope=\"col\">Group</th><th scope=\"col\" class=\"num\">Processes</th>"
      "<th scope=\"col\" class=\"num\">Cores</th><th scope=\"col\" class=\"num\">Memory</th>"
      "<th scope=\"col\" class=\"num wide\">Largest</th></tr></thead><tbody>\n";
  const auto groups = top_groups(table, weight);
  for (const GroupView* group : groups) {
    const auto share = whole && *whole > 0 ? std::optional(weight(*group) / *whole) : std::nullopt;
    put(out,
        R"(<tr><th scope="row"><a class="name" href="/api/v1/processes?group={}&amp;limit=100" )"
        R"(title="{}">{}</a>{}</th>)",
        percent_encode(group->name), html_escape(group->name), html_name(group->name),
        share_bar(share));
    put(out, R"(<td class="num">{}</td><td class="num">{}</td>)", group->processes,
        hundredths_text(group->cpu_cores));
    put(out, R"(<td class="num">{}</td><td class="num wide">{}</td></tr>)",
        bytes_text(static_cast<double>(group->resident_bytes)),
        bytes_text(static_cast<double>(group->largest_resident_bytes)));
    out += '\n';
  }
  if (groups.empty()) {
    const bool unknown = std::ranges::any_of(
        table.groups, [&](const GroupView& group) { return std::isnan(weight(group)); });
    put(out, R"(<tr><td colspan="5" class="note">{}</td></tr>)", unknown ? kDash : "None.");
  }
  out += "</tbody></table></div>\n";
}

std::string collector_badge(const CollectorState& state) {
  if (state.stuck) return badge("bad", "stuck");
  if (state.paused) return badge("quiet", "paused");
  if (state.success) return badge("good", "ok");
  if (!state.last_success && state.last_error.empty()) return badge("quiet", "waiting");
  return badge("warn", "failing");
}

void append_collector(std::string& out, const Overview& overview, const CollectorState& state) {
  put(out, R"(<tr><th scope="row">{})", html_name(state.name));
  if (!state.last_error.empty()) {
    put(out, R"(<div class="error">{}</div>)", html_escape(state.last_error));
  }
  const bool ran = state.success || state.last_success || !state.last_error.empty();
  const auto last =
      state.last_success ? std::optional(age(overview, *state.last_success)) : std::nullopt;
  put(out, R"(</th><td>{}</td><td class="num">{}</td>)", collector_badge(state),
      duration_text(ran ? std::optional(state.duration.count()) : std::nullopt));
  put(out, R"(<td class="num wide">{}</td><td class="num">{}</td></tr>)",
      duration_text(state.interval.count()),
      last ? duration_text(last) + " ago" : std::string(kDash));
  out += '\n';
}

}  // namespace

void append_alerts(std::string& out, const Overview& overview) {
  std::vector<const Alert*> shown;
  std::ranges::copy_if(overview.alerts, std::back_inserter(shown),
                       [](const Alert* alert) { return alert->state != AlertState::resolved; });
  out += "<section class=\"card\">";
  if (shown.empty()) {
    out += "<h2>Alerts</h2>\n<p>Nothing fires.</p></section>\n";
    return;
  }
  out +=
      "<table class=\"alerts\"><caption>Alerts</caption>\n<thead><tr><th scope=\"col\">Alert</th>"
      "<th scope=\"col\">State</th>"
      "<th scope=\"col\" class=\"num\">Value</th></tr></thead><tbody>\n";
  for (const Alert* alert : shown) append_alert(out, overview, *alert);
  out += "</tbody></table></section>\n";
}

void append_groups(std::string& out, const Overview& overview, const HostSummary& summary) {
  const ProcessTable* table = overview.frame.processes.get();
  if (table == nullptr) {
    out +=
        "<section class=\"card\"><h2>Groups</h2>\n<p>No process has been read yet.</p></section>\n";
    return;
  }
  out += "<section class=\"pair\" aria-label=\"Groups of processes\">\n";
  append_group_table(
      out, *table, "Most CPU", [](const GroupView& group) { return group.cpu_cores; },
      summary.cpu_cores);
  append_group_table(
      out, *table, "Most memory",
      [](const GroupView& group) { return static_cast<double>(group.resident_bytes); },
      summary.memory_total_bytes);
  out += "</section>\n";
}

void append_collectors(std::string& out, const Overview& overview) {
  out +=
      "<section class=\"card\"><table><caption>Collectors</caption>\n"
      "<thead><tr><th scope=\"col\">Collector</th><th scope=\"col\">State</th>"
      "<th scope=\"col\" class=\"num\">Took</th>"
      "<th scope=\"col\" class=\"num wide\">Interval</th>"
      "<th scope=\"col\" class=\"num\">Last success</th></tr></thead><tbody>\n";
  for (const auto& state : overview.frame.collectors) append_collector(out, overview, state);
  out += "</tbody></table></section>\n";
}

}  // namespace perfwatch
