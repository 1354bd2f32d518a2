// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "core/analyse/rule_set.h"
#include "core/base/result.h"
#include "core/model/samples.h"

namespace re2 {
class RE2;
}

namespace perfwatch {

class RateWindow;

// How rules find their series. Used when a schema is new, not in each frame.

// One label matcher, compiled.
class SeriesMatcher {
 public:
  // Malformed with RE2's words: "missing ): (foo".
  [[nodiscard]] static Result<SeriesMatcher> compile(const LabelMatcher& matcher);
  SeriesMatcher(SeriesMatcher&&) noexcept;
  SeriesMatcher& operator=(SeriesMatcher&&) noexcept;
  ~SeriesMatcher();

  [[nodiscard]] bool matches(const Series& series) const;

 private:
  SeriesMatcher(std::string name, std::unique_ptr<re2::RE2> pattern);
  std::string name_;
  std::unique_ptr<re2::RE2> pattern_;
};

// Which series a rule means.
using SeriesFilter = std::function<bool(const Series&)>;

// Only gauges and counters can be judged; parts of histograms cannot.
[[nodiscard]] bool watchable(const Series& series);
// Empty when the series has no such label.
[[nodiscard]] std::string_view label_value(const Series& series, std::string_view name);
[[nodiscard]] Labels subject_of(const Series& series);
// "group=gcc,mode=user", the value of one label; empty when it has none.
[[nodiscard]] std::string subject_text(const Series& series);

// Where a judged value stands between the levels of a rule.
[[nodiscard]] Level level_of(const Rule& rule, double value);

// One series of a frame as a rule reads it.
struct Reading {
  std::size_t block = 0;
  std::size_t position = 0;
  RateWindow* rate = nullptr;  // null for gauges
};

// The series of divisor metrics, found by the label values that a watched series shares with them.
class Divisors {
 public:
  void want(std::string_view metric) { by_metric_[metric]; }
  // Takes the series if its metric is wanted; of two with the same labels the first stays.
  void offer(const Series& series, std::size_t block, std::size_t position);
  [[nodiscard]] std::optional<Reading> find(std::string_view metric, const Series& watched) const;

 private:
  // By name and by table entry: the entry knows the label names. Both outlive this object.
  std::map<std::string_view, std::map<const Metric*, std::unordered_map<std::string, Reading>>>
      by_metric_;
};

}  // namespace perfwatch
