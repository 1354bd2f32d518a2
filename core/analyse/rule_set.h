// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/analyse/anomaly.h"
#include "core/analyse/leak_stretch.h"
#include "core/base/result.h"
#include "core/model/finding.h"
#include "core/model/frame.h"

namespace perfwatch {

// A side of a level: `above` 0.9 or `below` 0.05. Both sides include the bound.
struct Bound {
  enum class Side : std::uint8_t { above, below };
  Side side = Side::above;
  double value = 0;
};

struct LabelMatcher {
  std::string name;
  std::string pattern;  // RE2, anchored at both ends as in PromQL
};

// What a rule makes of its series before the levels judge it:
//   threshold  nothing, or its ratio to another
//   trend      the seconds until it reaches `limit` if it goes on as it does, +Inf when it does not
//              go there; without a limit the slope per second, 0 when it is stable
//   leak       how much it grows per second while it leaks, else 0
//   anomaly    how unusual the mean of its last whole minute is, 0..1
enum class RuleKind : std::uint8_t { threshold, trend, leak, anomaly };

[[nodiscard]] constexpr std::string_view to_string(RuleKind kind) {
  switch (kind) {
    case RuleKind::threshold:
      return "threshold";
    case RuleKind::trend:
      return "trend";
    case RuleKind::leak:
      return "leak";
    case RuleKind::anomaly:
      return "anomaly";
  }
  return "threshold";
}

// The raise level of a leak rule that means any leak that is called.
inline constexpr double kAnyLeak = 1e-9;

// Not in any frame: the anonymous memory of single processes, labels comm, group and pid. Only for
// rules of the kind leak.
inline constexpr std::string_view kProcessMemory = "perfwatch_process_memory_anonymous_bytes";

// A rule as configured. Names and texts are the user's.
struct Rule {
  std::string name{};                  // alertname; [a-zA-Z_][a-zA-Z0-9_]*
  std::string metric{};                // the series it watches: this metric ...
  std::vector<LabelMatcher> labels{};  // ... with these labels (all must match) ...
  std::vector<LabelMatcher> except{};  // ... and none of these. A label that is not there is ""
  std::optional<std::string>
      divided_by{};  // a metric: the value is the ratio to its series with the same labels
                     // (the divisor's labels must be a subset of the series')
  // Gauges are judged by value, counters by increase per second over `window`.
  std::chrono::nanoseconds window = std::chrono::minutes(1);
  Bound raise{};
  Bound clear{};                     // same side as `raise` reversed: above 0.9 clears below 0.8
  std::chrono::nanoseconds hold{0};  // `for`: raised this long before it fires
  std::chrono::nanoseconds keep_firing_for{0};  // cleared this long before it resolves
  Severity severity = Severity::warning;
  bool notifies = true;  // `alert`: false: what it finds is shown, but nobody is told
  RuleKind kind = RuleKind::threshold;
  // trend: how far it looks back, where it may lead, and what is no change yet (over all that time)
  std::chrono::nanoseconds over = std::chrono::hours(1);
  std::optional<double> limit{};
  double smallest_change = 0;
  // leak: its settings; a metric that says how large the subject is in all, and one that says how
  // much it may still grow, both with the series' labels or fewer
  LeakSettings leak{};
  std::optional<std::string> footprint{};
  std::optional<std::string> room{};
  // anomaly: rows are minutes; the threshold is that of `raise`
  AnomalyDetector::Settings anomaly{};
  // Templates: {{ $value }}, {{ $value | humanize1024 }}, {{ $threshold }}, {{ $labels.group }}.
  std::string summary{};
  std::string description{};
  std::string recommendation{};  // what to do about it; may be empty
  std::string runbook_url{};     // may be empty
};

// A rule's templates filled in for one alert.
struct RuleText {
  std::string summary;         // at most kSummaryLimit bytes
  std::string description;     // at most kDescriptionLimit bytes
  std::string recommendation;  // at most kRecommendationLimit bytes
};
inline constexpr std::size_t kSummaryLimit = 400;
inline constexpr std::size_t kDescriptionLimit = 900;
inline constexpr std::size_t kRecommendationLimit = 400;

// The rules that ship (docs/alerts.md explains each). A rule of the same name in the configuration
// replaces one.
[[nodiscard]] std::vector<Rule> default_rules();

// Judges frames against rules: history in, findings out; no clock, no I/O. Keeps only what rates
// need: a bounded ring of points per watched counter. Not thread-safe.
class RuleSet {
 public:
  // Malformed names the rule and the field: "rule HighLoad: clear: must be below raise (0.9)".
  [[nodiscard]] static Result<RuleSet> make(std::vector<Rule> rules);
  RuleSet(RuleSet&&) noexcept;
  RuleSet& operator=(RuleSet&&) noexcept;
  ~RuleSet();

  [[nodiscard]] const std::vector<Rule>& rules() const;
  [[nodiscard]] const Rule* find(std::string_view name) const;

  // The texts of rule `name` for one alert; empty when there is no such rule.
  [[nodiscard]] RuleText text(std::string_view name, double value, const Labels& labels) const;

  // For a reload: goes on with the counters' history of `before`, so that no rate starts anew, and
  // with its limited().
  void adopt_history(RuleSet&& before);

  // Whether a rule judges it.
  [[nodiscard]] bool watches(const Series& series) const;

  // A watched series of a rule that is not of the kind threshold.
  struct Judged {
    const Rule& rule;
    std::string_view subject;  // "group=gcc,mode=user", or ""
    double value;              // as the levels judged it last, or kAbsent
    double least_visible;      // leak: the slowest that would be seen by now, or kAbsent
  };
  void each_judged(const std::function<void(const Judged&)>& visit) const;
  // Memory of what rules look back on, in bytes; series and processes without room, since start.
  [[nodiscard]] std::size_t history_bytes() const;
  [[nodiscard]] std::uint64_t processes_limited() const;

  // One finding for each watched series of the frame. The reference is valid until the next call.
  // Series are matched when a schema is new, not in each frame.
  [[nodiscard]] const std::vector<Finding>& judge(const Frame& frame);

  // What the last judge() found.
  [[nodiscard]] const std::vector<Finding>& findings() const;

  // Series beyond the limit (10,000 watched) were not judged; counts them since start, anew
  // whenever the series of the frame change.
  [[nodiscard]] std::uint64_t limited() const;

 private:
  struct Impl;
  explicit RuleSet(std::unique_ptr<Impl> impl);
  void adopt_judges(Impl& before);
  std::unique_ptr<Impl> impl_;
};

}  // namespace perfwatch
