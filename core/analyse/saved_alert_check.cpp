// SPDX-License-Identifier: Apache-2.0
#include "core/analyse/saved_alert_check.h"

#include <algorithm>
#include <cmath>
#include <string>
#include <string_view>
#include <utility>

#include "core/analyse/alert_book.h"
#include "core/base/text.h"

namespace perfwatch {
namespace {

using Wall = std::chrono::system_clock::time_point;

constexpr std::size_t kMaxNameSize = 128;   // as of rules and metrics
constexpr std::size_t kMaxTextSize = 4096;  // a path, or all annotations together
constexpr std::size_t kMaxPairs = 64;
constexpr auto kClockSkew = std::chrono::hours(24);
constexpr std::chrono::nanoseconds kMaxClock = std::chrono::hours(7 * 24);  // the longest `for`

bool is_name(std::string_view text) { return text.size() <= kMaxNameSize && is_label_name(text); }

// Control characters and what is no UTF-8 are written as \xNN; lines stay lines.
std::string printable_lines(std::string_view text) {
  std::string out;
  std::string_view line;
  while (next_line(text, line)) {
    if (!out.empty()) out += '\n';
    out += printable_utf8(line);
  }
  return out;
}

bool make_sound(Labels& pairs) {
  if (pairs.size() > kMaxPairs) return false;
  for (auto& [name, value] : pairs) {
    if (!is_name(name) || value.size() > kMaxTextSize) return false;
    value = printable_lines(value);
  }
  std::sort(pairs.begin(), pairs.end());
  const auto twice = std::adjacent_find(
      pairs.begin(), pairs.end(), [](const auto& a, const auto& b) { return a.first == b.first; });
  return twice == pairs.end();
}

bool make_sound(Wall& time, Wall now) {
  if (time > now + kClockSkew) time = now;
  return time >= Wall{};
}

bool make_times_sound(Alert& alert, Wall now) {
  if (alert.state == AlertState::pending) alert.fired_at.reset();
  if (alert.state != AlertState::resolved) alert.resolved_at.reset();
  if (!make_sound(alert.active_since, now)) return false;
  if (alert.state == AlertState::pending) return true;
  if (!alert.fired_at || !make_sound(*alert.fired_at, now)) return false;
  alert.active_since = std::min(alert.active_since, *alert.fired_at);
  if (alert.state == AlertState::firing) return true;
  if (!alert.resolved_at || !make_sound(*alert.resolved_at, now)) return false;
  alert.resolved_at = std::max(*alert.resolved_at, *alert.fired_at);
  return true;
}

void clamp(std::chrono::nanoseconds& clock) {
  clock = std::clamp(clock, std::chrono::nanoseconds(0), kMaxClock);
}

}  // namespace

bool make_sound(Alert& alert, Instant now) {
  if (!is_name(alert.rule) || !make_sound(alert.labels) || !make_sound(alert.annotations)) {
    return false;
  }
  if (find_label(alert.labels, "alertname") != alert.rule) return false;
  alert.fingerprint = fingerprint_of(alert.labels);
  if (!std::isfinite(alert.value)) alert.value = 0;
  return make_times_sound(alert, now.wall);
}

bool make_sound(SavedAlert& saved, Instant now) {
  if (!make_sound(saved.alert, now) || !make_sound(saved.subject)) return false;
  const bool lives = saved.alert.state != AlertState::resolved;
  if (lives && (saved.metric.size() > 2 * kMaxNameSize || !is_metric_name(saved.metric)))
    return false;
  saved.saved_at = std::clamp(saved.saved_at, Wall{}, std::max(Wall{}, now.wall));
  clamp(saved.clocks.raised_for);
  clamp(saved.clocks.cleared_for);
  clamp(saved.clocks.no_data_for);
  return true;
}

}  // namespace perfwatch
