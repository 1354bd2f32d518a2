// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <utility>

#include "core/analyse/alert_book_impl.h"
#include "core/analyse/bottleneck.h"
#include "core/analyse/evidence.h"
#include "core/analyse/wording.h"

namespace perfwatch {
namespace {

// A longer command cannot be cut without changing what it does, so it is left out. With the limits
// of RuleText, runbook_url and five lines of processes, all annotations stay under 4 KiB.
constexpr std::size_t kMaxCommandSize = 512;
constexpr std::size_t kMaxBottleneckSize = 400;
constexpr std::size_t kMaxOomSize = 700;
constexpr std::size_t kMaxRunSize = 900;

std::string bound_text(const Bound& bound) {
  return fmt::format("{} {}", bound.side == Bound::Side::above ? "above" : "below",
                     plain_number(bound.value));
}

}  // namespace

void AlertBook::Impl::write_key(const Labels& subject, std::string& key) {
  key.clear();
  for (const auto& [name, value] : subject) {
    key.append(name).append(1, '\0').append(value).append(1, '\0');
  }
}

void AlertBook::Impl::annotate(Labels& annotations, std::string_view name, std::string value) {
  const auto at =
      std::lower_bound(annotations.begin(), annotations.end(), name,
                       [](const auto& pair, std::string_view n) { return pair.first < n; });
  if (at != annotations.end() && at->first == name) {
    at->second = std::move(value);
  } else if (!value.empty()) {
    annotations.emplace(at, name, std::move(value));
  }
}

void AlertBook::Impl::describe(Entry& entry, const Rule& rule, double value,
                               const Round& round) const {
  Alert& alert = entry.alert;
  alert.value = value;
  RuleText text = round.rules.text(rule.name, value, alert.labels);
  if (text.summary.empty()) {
    text.summary =
        fmt::format("{} is {}, {}", rule.metric, plain_number(value), bound_text(rule.raise));
  }
  annotate(alert.annotations, "summary", std::move(text.summary));
  annotate(alert.annotations, "description", std::move(text.description));
  if (!text.recommendation.empty()) {
    annotate(alert.annotations, "recommendation", std::move(text.recommendation));
  }
  annotate(alert.annotations, "value", plain_number(value));
  // Any leak at all has no level to speak of.
  if (rule.kind != RuleKind::leak || rule.raise.value > kAnyLeak) {
    annotate(alert.annotations, "threshold", bound_text(rule.raise));
  }
  if (entry.explanation == nullptr) return;
  Labels known;
  entry.explanation->explain(known);
  for (auto& [name, text_of] : known) {
    // What a daemon that has begun anew knows of the past is no older than itself.
    const std::string_view told = find_label(alert.annotations, name);
    if (name == kGrowsSince && !told.empty() && told < text_of) continue;
    annotate(alert.annotations, name, std::move(text_of));
  }
}

// What bounds the host as it fires. A rule that does not know what to do has it from there.
void AlertBook::Impl::describe_bottlenecks(Alert& alert, const Rule& rule, const Frame& frame) {
  if (!frame.bottlenecks || frame.bottlenecks->list.empty()) return;
  annotate(alert.annotations, "bottleneck",
           bottleneck_lines(*frame.bottlenecks, kMaxBottleneckSize));
  if (!rule.recommendation.empty()) return;
  const Bottleneck& worst = frame.bottlenecks->list.front();
  annotate(alert.annotations, "recommendation",
           shortened(fmt::format("{}: {}", to_string(worst.resource), worst.recommendation),
                     kRecommendationLimit));
}

void AlertBook::Impl::fire(Entry& entry, const Rule& rule, const Round& round) {
  Alert& alert = entry.alert;
  alert.state = AlertState::firing;
  alert.fired_at = round.frame.at.wall;
  alert.severity = rule.severity;
  alert.notifies = rule.notifies;
  alert.labels = labels_of(rule, entry.subject);
  alert.fingerprint = fingerprint_of(alert.labels);
  annotate(alert.annotations, "active_since", rfc3339_millis(alert.active_since));
  annotate(alert.annotations, "runbook_url", rule.runbook_url);
  const bool of_runs = rule.metric.starts_with("perfwatch_run_");
  // A run is over: what the host does now explains nothing of it.
  if (round.frame.processes && !of_runs) {
    annotate(alert.annotations, "top_processes",
             heaviest_processes(*round.frame.processes, weight_of(rule.metric, entry.subject),
                                find_label(entry.subject, "group")));
  }
  if (round.frame.oom && rule.metric.find("oom") != std::string::npos) {
    annotate(
        alert.annotations, "oom_kills",
        shortened(oom_evidence(*round.frame.oom, entry.subject, round.frame.at.wall), kMaxOomSize));
  } else if (of_runs) {
    if (round.frame.runs) {
      annotate(alert.annotations, "run_evidence",
               shortened(run_evidence(*round.frame.runs, entry.subject), kMaxRunSize));
    }
  } else {
    describe_bottlenecks(alert, rule, round.frame);
  }
  const std::string_view folder =
      round.frame.runs ? std::string_view(round.frame.runs->folder) : "";
  std::string command = command_for(rule.metric, entry.subject, folder);
  if (command.size() <= kMaxCommandSize) annotate(alert.annotations, "command", std::move(command));

  std::erase_if(past,
                [&](const auto& old) {  // one that resolved by this very frame is in `changed`
                  return old->alert.rule == alert.rule && old->subject == entry.subject &&
                         old->round != rounds;
                });
  changed.push_back(&alert);
}

// Labels without a value do not exist for Alertmanager.
Labels AlertBook::Impl::labels_of(const Rule& rule, const Labels& subject) const {
  std::map<std::string, std::string> labels(settings.labels.begin(), settings.labels.end());
  for (const auto& [name, value] : subject) labels[name] = value;
  labels["alertname"] = rule.name;
  labels["severity"] = to_string(rule.severity);
  std::erase_if(labels, [](const auto& label) { return label.second.empty(); });
  return {labels.begin(), labels.end()};
}

}  // namespace perfwatch
