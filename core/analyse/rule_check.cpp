// SPDX-License-Identifier: Apache-2.0
#include "core/analyse/rule_check.h"

#include <fmt/format.h>

#include <cmath>
#include <set>
#include <string_view>
#include <utility>

#include "core/analyse/wording.h"
#include "core/base/text.h"

namespace perfwatch {
namespace {

constexpr std::size_t kMaxNameSize = 128;
constexpr std::size_t kMaxTextSize = 4096;
constexpr std::size_t kMaxUrlSize = 512;
constexpr std::size_t kMaxPatternSize = 4096;
constexpr std::chrono::nanoseconds kMinWindow = std::chrono::seconds(1);
constexpr std::chrono::nanoseconds kMinOver = std::chrono::minutes(1);
constexpr std::chrono::nanoseconds kMaxDuration = std::chrono::hours(7 * 24);

bool is_name(std::string_view name, bool colons) {
  return name.size() <= kMaxNameSize && (colons ? is_metric_name(name) : is_label_name(name));
}

std::string not_a_name(std::string_view name, std::string_view what) {
  if (name.empty()) return fmt::format("is empty, give {}", what);
  if (name.size() > kMaxNameSize) return fmt::format("is longer than {} bytes", kMaxNameSize);
  return fmt::format("\"{}\" is not {}: letters, digits and _ only, no digit first",
                     printable_utf8(name), what);
}

Result<void> check_labels(const Rule& rule, const std::vector<LabelMatcher>& matchers,
                          std::string_view list) {
  for (const auto& matcher : matchers) {
    if (!is_name(matcher.name, false)) {
      return rule_error(rule, list, not_a_name(matcher.name, "a label name"));
    }
    if (matcher.pattern.size() > kMaxPatternSize) {
      return rule_error(rule, fmt::format("{}.{}", list, matcher.name),
                        fmt::format("is longer than {} bytes", kMaxPatternSize));
    }
  }
  return {};
}

Result<void> check_levels(const Rule& rule) {
  const auto [raise, clear] = std::pair(rule.raise, rule.clear);
  if (!std::isfinite(raise.value)) return rule_error(rule, "raise", "must be a finite number");
  if (!std::isfinite(clear.value)) return rule_error(rule, "clear", "must be a finite number");
  const bool up = raise.side == Bound::Side::above;
  if (raise.side == clear.side) {
    return rule_error(rule, "clear",
                      up ? "must be \"below\", because raise is \"above\""
                         : "must be \"above\", because raise is \"below\"");
  }
  if (up ? clear.value >= raise.value : clear.value <= raise.value) {
    return rule_error(
        rule, "clear",
        fmt::format("must be {} raise ({})", up ? "below" : "above", plain_number(raise.value)));
  }
  return {};
}

Result<void> check_duration(const Rule& rule, std::string_view field,
                            std::chrono::nanoseconds duration) {
  if (duration < duration.zero()) return rule_error(rule, field, "must not be negative");
  if (duration > kMaxDuration) return rule_error(rule, field, "must be at most 7d");
  return {};
}

Result<void> check_names(const Rule& rule) {
  if (!is_name(rule.name, false)) {
    return rule_error(rule, "name", not_a_name(rule.name, "an alert name"));
  }
  if (!is_name(rule.metric, true)) {
    return rule_error(rule, "metric", not_a_name(rule.metric, "a metric name"));
  }
  const std::pair<std::string_view, const std::optional<std::string>*> others[] = {
      {"divided_by", &rule.divided_by}, {"footprint", &rule.footprint}, {"room", &rule.room}};
  for (const auto& [field, metric] : others) {
    if (*metric && !is_name(**metric, true)) {
      return rule_error(rule, field, not_a_name(**metric, "a metric name"));
    }
  }
  if (auto ok = check_labels(rule, rule.labels, "labels"); !ok) return ok;
  return check_labels(rule, rule.except, "except");
}

Result<void> check_texts(const Rule& rule) {
  const std::pair<std::string_view, const std::string*> texts[] = {
      {"summary", &rule.summary},
      {"description", &rule.description},
      {"recommendation", &rule.recommendation}};
  for (const auto& [field, text] : texts) {
    if (text->size() > kMaxTextSize) {
      return rule_error(rule, field, fmt::format("is longer than {} bytes", kMaxTextSize));
    }
  }
  if (rule.runbook_url.size() > kMaxUrlSize) {
    return rule_error(rule, "runbook_url", fmt::format("is longer than {} bytes", kMaxUrlSize));
  }
  return {};
}

Result<void> check_kind_of_levels(const Rule& rule) {
  if (rule.kind != RuleKind::leak && rule.kind != RuleKind::anomaly) return {};
  if (rule.raise.side != Bound::Side::above) {
    return rule_error(rule, "raise",
                      fmt::format("must be \"above\" for the kind {}", to_string(rule.kind)));
  }
  if (rule.raise.value <= 0) return rule_error(rule, "raise", "must be above 0");
  if (rule.kind == RuleKind::anomaly && rule.raise.value > 1) {
    return rule_error(rule, "raise", "is a score, at most 1");
  }
  return {};
}

Result<void> check_kind(const Rule& rule) {
  const auto only_for = [&](std::string_view field, RuleKind kind) {
    return rule_error(rule, field, fmt::format("is for the kind {} only", to_string(kind)));
  };
  if (rule.metric == kProcessMemory && rule.kind != RuleKind::leak) {
    return only_for("metric", RuleKind::leak);
  }
  if (rule.limit && rule.kind != RuleKind::trend) return only_for("limit", RuleKind::trend);
  if (rule.limit && !std::isfinite(*rule.limit)) {
    return rule_error(rule, "limit", "must be a finite number");
  }
  if (rule.kind != RuleKind::leak && rule.leak != LeakSettings{}) {
    return only_for("smallest_growth", RuleKind::leak);
  }
  if (rule.kind != RuleKind::anomaly && rule.anomaly != AnomalyDetector::Settings{}) {
    return only_for("warm_up", RuleKind::anomaly);
  }
  if (rule.smallest_change != 0 && rule.kind != RuleKind::trend) {
    return only_for("smallest_change", RuleKind::trend);
  }
  if (rule.limit && rule.raise.value < 0) {
    return rule_error(rule, "raise", "is a time in seconds until the limit, 0 or more");
  }
  if (rule.footprint && rule.kind != RuleKind::leak) return only_for("footprint", RuleKind::leak);
  if (rule.room && rule.kind != RuleKind::leak) return only_for("room", RuleKind::leak);
  if (rule.over < kMinOver) return rule_error(rule, "over", "must be at least 1m");
  if (auto ok = check_duration(rule, "over", rule.over); !ok) return ok;
  return check_kind_of_levels(rule);
}

Result<void> check_rule(const Rule& rule) {
  if (auto ok = check_names(rule); !ok) return ok;
  if (auto ok = check_levels(rule); !ok) return ok;
  if (rule.window < kMinWindow) return rule_error(rule, "window", "must be at least 1s");
  if (auto ok = check_duration(rule, "window", rule.window); !ok) return ok;
  if (auto ok = check_duration(rule, "for", rule.hold); !ok) return ok;
  if (auto ok = check_duration(rule, "keep_firing_for", rule.keep_firing_for); !ok) return ok;
  if (auto ok = check_kind(rule); !ok) return ok;
  return check_texts(rule);
}

}  // namespace

tl::unexpected<Error> rule_error(const Rule& rule, std::string_view field, std::string_view text) {
  const std::string name = shortened(printable_utf8(rule.name), kMaxNameSize);
  return fail(ErrorKind::malformed,
              fmt::format("rule {}: {}: {}", name.empty() ? "\"\"" : name, field, text));
}

Result<void> check_rules(const std::vector<Rule>& rules) {
  std::set<std::string_view> names;
  for (const auto& rule : rules) {
    if (auto ok = check_rule(rule); !ok) return ok;
    if (!names.insert(rule.name).second) {
      return rule_error(rule, "name", "is used by two rules, each needs its own");
    }
  }
  return {};
}

}  // namespace perfwatch
