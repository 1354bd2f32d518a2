// SPDX-License-Identifier: Apache-2.0
#include "core/analyse/findings.h"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>
#include <tuple>

#include "core/analyse/bottleneck.h"
#include "core/analyse/evidence.h"

namespace perfwatch {
namespace {

// "above 0.9" is where it is raised, so that all is well "below 0.9".
std::string expected_of(const Alert& alert) {
  const std::string_view told = find_label(alert.annotations, "expected");
  if (!told.empty()) return std::string(told);
  const std::string_view threshold = find_label(alert.annotations, "threshold");
  for (const auto& [raised, well] :
       {std::pair<std::string_view, std::string_view>{"above", "below"}, {"below", "above"}}) {
    if (threshold.starts_with(raised)) {
      return std::string(well).append(threshold.substr(raised.size()));
    }
  }
  return {};
}

// The labels that say who it is about: not those of the alert itself.
Labels subject_of(const Alert& alert) {
  Labels subject = alert.labels;
  std::erase_if(subject, [](const auto& label) {
    return label.first == "alertname" || label.first == "severity";
  });
  return subject;
}

FindingView view_of(const Alert& alert) {
  const auto annotation = [&](std::string_view name) {
    return std::string(find_label(alert.annotations, name));
  };
  FindingView view;
  view.id = fmt::format("alert/{:016x}", alert.fingerprint);
  view.kind = "alert";
  view.name = alert.rule;
  view.subject = subject_of(alert);
  view.severity = alert.severity;
  view.state = to_string(alert.state);
  view.summary = annotation("summary");
  view.details = alert_details(alert);
  view.evidence = annotation("run_evidence");
  if (view.evidence.empty()) view.evidence = annotation("description");
  view.processes = annotation("top_processes");
  view.value = alert.value;
  view.expected = expected_of(alert);
  view.since = alert.active_since;
  view.bottleneck = annotation("bottleneck");
  view.recommendation = annotation("recommendation");
  view.command = annotation("command");
  return view;
}

FindingView view_of(const Bottleneck& bottleneck, const Frame& frame) {
  FindingView view;
  view.id = fmt::format("bottleneck/{}", to_string(bottleneck.resource));
  view.kind = "bottleneck";
  view.name = to_string(bottleneck.resource);
  if (!bottleneck.group.empty()) {
    view.id += '/' + bottleneck.group;
    view.subject = {{"group", bottleneck.group}};
  }
  view.severity = bottleneck.severity;
  view.state = "present";
  view.summary = bottleneck.evidence;
  if (frame.processes) {
    view.processes =
        heaviest_processes(*frame.processes, weight_of(bottleneck.resource), bottleneck.group);
  }
  view.value = bottleneck.pressure ? bottleneck.pressure : bottleneck.utilisation;
  view.expected = bottleneck.expected;
  view.since = bottleneck.since;
  view.recommendation = bottleneck.recommendation;
  view.command = bottleneck.command;
  return view;
}

int order_of(std::string_view state) {
  if (state == "firing") return 0;
  return state == "pending" ? 2 : 1;
}

}  // namespace

std::string alert_details(const Alert& alert) {
  constexpr std::pair<std::string_view, std::string_view> kShown[] = {
      {"rate", "rate"},         {kGrowsSince, "since"},     {"time_left", "left"},
      {"confidence", "sure"},   {"direction", "direction"}, {"slope", "slope"},
      {"observed", "observed"}, {"expected", "expected"}};
  std::string text;
  for (const auto& [name, shown] : kShown) {
    const std::string_view value = find_label(alert.annotations, name);
    if (value.empty()) continue;
    text.append(text.empty() ? "" : ", ").append(shown).append(1, ' ').append(value);
  }
  return text;
}

std::vector<FindingView> collect_findings(const Frame& frame,
                                          const std::vector<const Alert*>& alerts) {
  std::vector<FindingView> all;
  for (const Alert* alert : alerts) {
    if (alert->state != AlertState::resolved) all.push_back(view_of(*alert));
  }
  if (frame.bottlenecks) {
    for (const auto& bottleneck : frame.bottlenecks->list) {
      all.push_back(view_of(bottleneck, frame));
    }
  }
  const auto order = [](const FindingView& view) {
    return std::tuple(-static_cast<int>(view.severity), order_of(view.state), view.since);
  };
  std::stable_sort(all.begin(), all.end(),
                   [&](const FindingView& a, const FindingView& b) { return order(a) < order(b); });
  return all;
}

}  // namespace perfwatch
