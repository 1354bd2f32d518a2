// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/base/clock.h"

namespace perfwatch {

enum class Severity : std::uint8_t { info, warning, critical };

[[nodiscard]] constexpr std::string_view to_string(Severity severity) {
  switch (severity) {
    case Severity::info:
      return "info";
    case Severity::warning:
      return "warning";
    case Severity::critical:
      return "critical";
  }
  return "warning";
}

// Label or annotation pairs, sorted by name.
using Labels = std::vector<std::pair<std::string, std::string>>;

// The value of one of them; empty when it is not there.
[[nodiscard]] inline std::string_view find_label(const Labels& labels, std::string_view name) {
  for (const auto& [label, value] : labels) {
    if (label == name) return value;
  }
  return {};
}

// Where a watched series stands between its two levels.
enum class Level : std::uint8_t {
  raised,   // at or past the raise level
  between,  // neither: the alert keeps the state that it has
  cleared,  // at or past the clear level
  absent,   // no data: the alert keeps the state that it has
};

[[nodiscard]] constexpr std::string_view to_string(Level level) {
  switch (level) {
    case Level::raised:
      return "raised";
    case Level::between:
      return "between";
    case Level::cleared:
      return "cleared";
    case Level::absent:
      return "absent";
  }
  return "absent";
}

// An annotation: when growth began, RFC 3339 in UTC; the earliest that was told.
inline constexpr std::string_view kGrowsSince = "grows_since";

// What a rule that looks at more than one value knows of its subject, for those who ask: rarely.
class Explanation {
 public:
  virtual ~Explanation() = default;
  // Annotations ({"expected", "12.5"}, {"since", "2026-03-01T12:30:00.250Z"}), in no order.
  virtual void explain(Labels& out) const = 0;
};

// What a rule saw about one subject in one frame. All that the alert's text needs is in it.
struct Finding {
  std::string_view rule;  // owned by the rule set that made the finding
  Labels subject;         // the series' labels
  Level level = Level::absent;
  double value = 0;                          // meaningless when absent
  const Explanation* explanation = nullptr;  // owned as `rule` is; valid until the next judge()
  bool over = false;                         // its subject is gone: nothing is kept firing
};

enum class AlertState : std::uint8_t { pending, firing, resolved };

[[nodiscard]] constexpr std::string_view to_string(AlertState state) {
  switch (state) {
    case AlertState::pending:
      return "pending";
    case AlertState::firing:
      return "firing";
    case AlertState::resolved:
      return "resolved";
  }
  return "pending";
}

// A finding's life. Identity is rule + subject; `labels` is that identity as Alertmanager sees it
// (alertname, severity, the subject's labels), `annotations` are the evidence (summary,
// description, value, top processes...).
struct Alert {
  std::string rule;
  Severity severity = Severity::warning;
  bool notifies = true;  // false: it is shown, but nobody is told
  Labels labels;
  Labels annotations;
  AlertState state = AlertState::pending;
  double value = 0;
  std::chrono::system_clock::time_point active_since;                // raised without a break since
  std::optional<std::chrono::system_clock::time_point> fired_at;     // startsAt
  std::optional<std::chrono::system_clock::time_point> resolved_at;  // endsAt
  std::uint64_t fingerprint = 0;                                     // of `labels`, FNV-1a 64
};

}  // namespace perfwatch
