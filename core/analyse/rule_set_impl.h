// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "core/analyse/alert_text.h"
#include "core/analyse/history.h"
#include "core/analyse/judge.h"
#include "core/analyse/process_leaks.h"
#include "core/analyse/rate_window.h"
#include "core/analyse/rule_set.h"
#include "core/analyse/series_match.h"

namespace perfwatch {

// The rule set from within; for rule_set.cpp, which judges, and rule_match.cpp, which finds the
// series.

// What make() compiles of one rule; stands at the same index.
struct CompiledRule {
  std::vector<SeriesMatcher> labels;
  std::vector<SeriesMatcher> except;
  AlertText summary;
  AlertText description;
  AlertText recommendation;
};

struct Watched {
  std::size_t rule = 0;
  Reading value;
  std::optional<Reading> divisor;
  std::optional<Reading> footprint;  // of a leak rule
  std::optional<Reading> room;
  Judge* judge = nullptr;  // null for thresholds
  std::string subject;     // where there is a judge
};

// A rule that watches processes, which are in no series.
struct ProcessRule {
  std::size_t rule = 0;
  std::unique_ptr<ProcessLeaks> leaks;
  std::optional<Reading> room;
};

[[nodiscard]] bool fits(const Series& series, const CompiledRule& rule);

struct RuleSet::Impl {
  std::vector<Rule> rules;
  std::vector<CompiledRule> compiled;  // same index as rules

  // What was matched, for exactly these schemas in this order.
  std::vector<std::shared_ptr<const Schema>> schemas;
  std::vector<Watched> watched;
  std::vector<Finding> findings;  // same index as watched; updated in place
  std::unordered_map<std::string, std::unique_ptr<RateWindow>> history;
  // What judges keep; before them, as they refer to it.
  std::unique_ptr<History> points = std::make_unique<History>();
  std::unordered_map<std::string, std::unique_ptr<Judge>> judges;
  std::vector<ProcessRule> process_rules;
  std::uint64_t limited = 0;

  [[nodiscard]] bool matched(const Frame& frame) const;
  void match(const Frame& frame);
  void match_series(const Series& series, std::size_t block, std::size_t position,
                    const std::vector<std::size_t>& candidates);
  void find_others();
  void find_beside(Watched& watch, const Divisors& others);
  [[nodiscard]] Judge* judge_of(const Rule& rule, const Series& series);
  [[nodiscard]] double read(const Frame& frame, const Reading& reading) const;
  [[nodiscard]] double read(const Frame& frame, const std::optional<Reading>& reading) const;
  [[nodiscard]] double input(const Frame& frame, const Watched& watch) const;
  void judge_processes(const Frame& frame);
  [[nodiscard]] RateWindow* history_of(const Rule& rule, const Series& series);
  void forget_history(RateWindow::Time now);
};

}  // namespace perfwatch
