// SPDX-License-Identifier: Apache-2.0
#include "core/analyse/load_bounds.h"

#include <algorithm>
#include <cmath>

#include "core/analyse/trend.h"

namespace perfwatch {
namespace {

// Of a matcher that names one value; a pattern is not interpreted.
std::string_view label_of(const Rule& rule, std::string_view name) {
  for (const auto& label : rule.labels) {
    if (label.name == name) return label.pattern;
  }
  return {};
}

void take_memory(const Rule& rule, LoadBounds& out) {
  if (rule.metric != "perfwatch_memory_available_bytes" ||
      rule.divided_by != "perfwatch_memory_total_bytes" || rule.raise.side != Bound::Side::below) {
    return;
  }
  // The first that is reached. Of a high bound halfway from all there is.
  const double bound = rule.raise.value;
  const double watched = std::min(2 * bound, (1 + bound) / 2);
  out.memory_used_ratio = std::fmin(out.memory_used_ratio, 1 - bound);
  out.memory_watched_ratio = std::fmin(out.memory_watched_ratio, 1 - watched);
}

void take_stall(const Rule& rule, LoadBounds& out) {
  const bool ratio = rule.raise.value > 0 && rule.raise.value <= 1;
  if (rule.metric != "perfwatch_pressure_stall_ratio" || rule.divided_by ||
      rule.raise.side != Bound::Side::above || !ratio) {
    return;
  }
  const auto* resource = std::ranges::find(kStallResources, label_of(rule, "resource"));
  const std::string_view kind = label_of(rule, "kind");
  if (resource == kStallResources.end() || (kind != "some" && kind != "full")) return;
  const auto index = static_cast<std::size_t>(resource - kStallResources.begin());
  if (out.stalls.size() < kMostStalls) {
    out.stalls.push_back({index, kind == "full", rule.raise.value});
  }
  if (kind == "some") out.some_stall[index] = std::fmin(out.some_stall[index], rule.raise.value);
}

}  // namespace

LoadBounds load_bounds(std::span<const Rule> rules) {
  LoadBounds out;
  for (const auto& rule : rules) {
    if (rule.kind != RuleKind::threshold) continue;
    take_memory(rule, out);
    take_stall(rule, out);
  }
  return out;
}

std::optional<std::chrono::nanoseconds> longest_interval(std::span<const Rule> rules) {
  std::optional<std::chrono::nanoseconds> longest;
  for (const auto& rule : rules) {
    if (rule.kind != RuleKind::trend) continue;
    const auto interval = rule.over / static_cast<int>(2 * kFewestTrendPoints);
    longest = std::min(longest.value_or(interval), interval);
  }
  return longest;
}

PendingAlerts pending_alerts(std::span<const Alert* const> alerts, std::span<const Rule> rules,
                             Instant now) {
  PendingAlerts out;
  for (const Alert* alert : alerts) {
    if (alert->state != AlertState::pending) continue;
    out.fresh = out.fresh || alert->active_since == now.wall;
    const auto rule =
        std::ranges::find_if(rules, [&](const auto& one) { return one.name == alert->rule; });
    if (rule == rules.end()) continue;
    // One whose raise was broken has no time to tell: it may be long past.
    const std::chrono::nanoseconds left = rule->hold - (now.wall - alert->active_since);
    if (left.count() <= 0 || left > rule->hold) continue;
    out.fires_in = std::min(out.fires_in.value_or(left), left);
  }
  return out;
}

}  // namespace perfwatch
