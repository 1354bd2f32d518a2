// SPDX-License-Identifier: Apache-2.0
#include "core/analyse/series_match.h"

#include <re2/re2.h>

#include <algorithm>
#include <utility>

#include "core/base/text.h"

namespace perfwatch {
namespace {

bool has_labels_of(const Series& series, const Metric& divisor) {
  const auto& names = series.metric->labels;
  return std::all_of(divisor.labels.begin(), divisor.labels.end(), [&](std::string_view name) {
    return name.empty() || std::find(names.begin(), names.end(), name) != names.end();
  });
}

// The series' values of the divisor's labels. Label values are printable, so '\0' parts them.
std::string shared_labels(const Series& series, const Metric& divisor) {
  std::string key;
  for (std::size_t i = 0; i < divisor.label_count(); ++i) {
    key.append(label_value(series, divisor.labels[i])).append(1, '\0');
  }
  return key;
}

}  // namespace

SeriesMatcher::SeriesMatcher(std::string name, std::unique_ptr<re2::RE2> pattern)
    : name_(std::move(name)), pattern_(std::move(pattern)) {}
SeriesMatcher::SeriesMatcher(SeriesMatcher&&) noexcept = default;
SeriesMatcher& SeriesMatcher::operator=(SeriesMatcher&&) noexcept = default;
SeriesMatcher::~SeriesMatcher() = default;

Result<SeriesMatcher> SeriesMatcher::compile(const LabelMatcher& matcher) {
  re2::RE2::Options options;
  options.set_log_errors(false);
  auto pattern = std::make_unique<re2::RE2>(matcher.pattern, options);
  if (!pattern->ok()) return fail(ErrorKind::malformed, printable_utf8(pattern->error()));
  return SeriesMatcher(matcher.name, std::move(pattern));
}

bool SeriesMatcher::matches(const Series& series) const {
  return re2::RE2::FullMatch(re2::StringPiece(label_value(series, name_)), *pattern_);
}

bool watchable(const Series& series) {
  return series.metric != nullptr && series.suffix.empty() &&
         (series.metric->type == MetricType::gauge || series.metric->type == MetricType::counter) &&
         series.label_values.size() == series.metric->label_count();
}

std::string_view label_value(const Series& series, std::string_view name) {
  for (std::size_t i = 0; i < series.label_values.size(); ++i) {
    if (series.metric->labels[i] == name) return series.label_values[i];
  }
  return {};
}

Labels subject_of(const Series& series) {
  Labels subject;
  subject.reserve(series.label_values.size());
  for (std::size_t i = 0; i < series.label_values.size(); ++i) {
    subject.emplace_back(series.metric->labels[i], series.label_values[i]);
  }
  std::sort(subject.begin(), subject.end());
  return subject;
}

std::string subject_text(const Series& series) {
  std::string text;
  for (std::size_t i = 0; i < series.label_values.size(); ++i) {
    if (i > 0) text += ',';
    text.append(series.metric->labels[i]).append(1, '=').append(series.label_values[i]);
  }
  return text;
}

namespace {
bool reaches(const Bound& bound, double value) {
  return bound.side == Bound::Side::above ? value >= bound.value : value <= bound.value;
}
}  // namespace

Level level_of(const Rule& rule, double value) {
  if (is_absent(value)) return Level::absent;
  if (reaches(rule.raise, value)) return Level::raised;
  return reaches(rule.clear, value) ? Level::cleared : Level::between;
}

void Divisors::offer(const Series& series, std::size_t block, std::size_t position) {
  if (!watchable(series)) return;
  const auto wanted = by_metric_.find(series.metric->name);
  if (wanted == by_metric_.end()) return;
  wanted->second[series.metric].try_emplace(shared_labels(series, *series.metric),
                                            Reading{block, position, nullptr});
}

std::optional<Reading> Divisors::find(std::string_view metric, const Series& watched) const {
  const auto groups = by_metric_.find(metric);
  if (groups == by_metric_.end()) return std::nullopt;
  for (const auto& [divisor, series] : groups->second) {
    if (!has_labels_of(watched, *divisor)) continue;
    const auto found = series.find(shared_labels(watched, *divisor));
    if (found != series.end()) return found->second;
  }
  return std::nullopt;
}

}  // namespace perfwatch
