// SPDX-License-Identifier: Apache-2.0
#include "core/analyse/threshold.h"

#include <algorithm>
#include <map>
#include <string>
#include <unordered_map>
#include <utility>

#include "core/analyse/alert_text.h"
#include "core/analyse/rate_window.h"
#include "core/analyse/rule_check.h"
#include "core/analyse/series_match.h"

namespace perfwatch {
namespace {

constexpr std::size_t kMaxWatched = 10'000;
constexpr auto kForgetHistoryAfter = std::chrono::hours(1);

// What make() compiles of one rule; stands at the same index.
struct Compiled {
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
};

// Rules by the metric that they watch, for one run of series of that metric.
using RulesByMetric = std::map<std::string_view, std::vector<std::size_t>>;

bool fits(const Series& series, const Compiled& rule) {
  const auto matches = [&](const SeriesMatcher& matcher) { return matcher.matches(series); };
  return std::all_of(rule.labels.begin(), rule.labels.end(), matches) &&
         std::none_of(rule.except.begin(), rule.except.end(), matches);
}

// Label values are printable, so '\0' parts them without doubt.
std::string history_key(const ThresholdRule& rule, const Series& series) {
  std::string key = rule.name;
  key.append(1, '\0').append(series.metric->name);
  for (const auto& value : series.label_values) key.append(1, '\0').append(value);
  return key;
}

Result<void> compile_matchers(const ThresholdRule& rule, std::string_view list,
                              const std::vector<LabelMatcher>& matchers,
                              std::vector<SeriesMatcher>& out) {
  for (const auto& matcher : matchers) {
    auto compiled = SeriesMatcher::compile(matcher);
    if (!compiled) {
      return rule_error(rule, std::string(list).append(".").append(matcher.name),
                        compiled.error().text);
    }
    out.push_back(std::move(*compiled));
  }
  return {};
}

Result<void> compile_text(const ThresholdRule& rule, std::string_view field, std::string_view text,
                          AlertText& out) {
  auto compiled = AlertText::compile(text);
  if (!compiled) return rule_error(rule, field, compiled.error().text);
  out = std::move(*compiled);
  return {};
}

Result<Compiled> compile(const ThresholdRule& rule) {
  Compiled out;
  auto ok = compile_matchers(rule, "labels", rule.labels, out.labels);
  if (ok) ok = compile_matchers(rule, "except", rule.except, out.except);
  if (ok) ok = compile_text(rule, "summary", rule.summary, out.summary);
  if (ok) ok = compile_text(rule, "description", rule.description, out.description);
  if (ok) ok = compile_text(rule, "recommendation", rule.recommendation, out.recommendation);
  if (!ok) return tl::unexpected(std::move(ok.error()));
  return out;
}

bool reaches(const Bound& bound, double value) {
  return bound.side == Bound::Side::above ? value >= bound.value : value <= bound.value;
}

Level level_of(const ThresholdRule& rule, double value) {
  if (is_absent(value)) return Level::absent;
  if (reaches(rule.raise, value)) return Level::raised;
  return reaches(rule.clear, value) ? Level::cleared : Level::between;
}

}  // namespace

struct RuleSet::Impl {
  std::vector<ThresholdRule> rules;
  std::vector<Compiled> compiled;  // same index as rules

  // What was matched, for exactly these schemas in this order.
  std::vector<std::shared_ptr<const Schema>> schemas;
  std::vector<Watched> watched;
  std::vector<Finding> findings;  // same index as watched; updated in place
  std::unordered_map<std::string, std::unique_ptr<RateWindow>> history;
  std::uint64_t limited = 0;

  [[nodiscard]] bool matched(const Frame& frame) const;
  void match(const Frame& frame);
  void match_series(const Series& series, std::size_t block, std::size_t position,
                    const std::vector<std::size_t>& candidates);
  void find_divisors();
  [[nodiscard]] RateWindow* history_of(const ThresholdRule& rule, const Series& series);
  void forget_history(RateWindow::Time now);
};

bool RuleSet::Impl::matched(const Frame& frame) const {
  return std::equal(
      frame.blocks.begin(), frame.blocks.end(), schemas.begin(), schemas.end(),
      [](const auto& block, const auto& schema) { return block->samples.schema == schema; });
}

void RuleSet::Impl::match(const Frame& frame) {
  schemas.clear();
  watched.clear();
  findings.clear();
  RulesByMetric by_metric;
  for (std::size_t i = 0; i < rules.size(); ++i) by_metric[rules[i].metric].push_back(i);

  for (std::size_t block = 0; block < frame.blocks.size(); ++block) {
    schemas.push_back(frame.blocks[block]->samples.schema);
    if (!schemas.back()) continue;
    const auto& all = schemas.back()->series;
    const Metric* metric = nullptr;
    auto candidates = by_metric.end();
    for (std::size_t position = 0; position < all.size(); ++position) {
      if (all[position].metric != metric) {
        metric = all[position].metric;
        candidates = metric == nullptr ? by_metric.end() : by_metric.find(metric->name);
      }
      if (candidates == by_metric.end() || !watchable(all[position])) continue;
      match_series(all[position], block, position, candidates->second);
    }
  }
  find_divisors();
  forget_history(frame.at.monotonic);
}

void RuleSet::Impl::match_series(const Series& series, std::size_t block, std::size_t position,
                                 const std::vector<std::size_t>& candidates) {
  for (const std::size_t rule : candidates) {
    if (!fits(series, compiled[rule])) continue;
    if (watched.size() == kMaxWatched) {
      ++limited;
      continue;
    }
    watched.push_back({rule, {block, position, history_of(rules[rule], series)}, std::nullopt});
    findings.push_back({rules[rule].name, subject_of(series), Level::absent, 0});
  }
}

void RuleSet::Impl::find_divisors() {
  Divisors divisors;
  for (const auto& rule : rules) {
    if (rule.divided_by) divisors.want(*rule.divided_by);
  }
  for (std::size_t block = 0; block < schemas.size(); ++block) {
    if (!schemas[block]) continue;
    const auto& all = schemas[block]->series;
    for (std::size_t position = 0; position < all.size(); ++position) {
      divisors.offer(all[position], block, position);
    }
  }
  const auto series_at = [&](const Reading& reading) -> const Series& {
    return schemas[reading.block]->series[reading.position];
  };
  for (auto& watch : watched) {
    const auto& rule = rules[watch.rule];
    if (!rule.divided_by) continue;
    watch.divisor = divisors.find(*rule.divided_by, series_at(watch.value));
    if (watch.divisor) watch.divisor->rate = history_of(rule, series_at(*watch.divisor));
  }
}

RateWindow* RuleSet::Impl::history_of(const ThresholdRule& rule, const Series& series) {
  if (series.metric->type != MetricType::counter) return nullptr;
  auto& rate = history[history_key(rule, series)];
  if (!rate || rate->window() != rule.window) rate = std::make_unique<RateWindow>(rule.window);
  return rate.get();
}

// A series that left the frame may come back (a collector that was stuck), so its history waits a
// while; but never more of it than can be watched.
void RuleSet::Impl::forget_history(RateWindow::Time now) {
  std::vector<const RateWindow*> used;
  for (const auto& watch : watched) {
    if (watch.value.rate != nullptr) used.push_back(watch.value.rate);
    if (watch.divisor && watch.divisor->rate != nullptr) used.push_back(watch.divisor->rate);
  }
  std::sort(used.begin(), used.end());
  const bool full = history.size() > 2 * kMaxWatched;
  std::erase_if(history, [&](const auto& entry) {
    const RateWindow* rate = entry.second.get();
    return !std::binary_search(used.begin(), used.end(), rate) &&
           (full || now - rate->last_taken() > kForgetHistoryAfter);
  });
}

RuleSet::RuleSet(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
RuleSet::RuleSet(RuleSet&&) noexcept = default;
RuleSet& RuleSet::operator=(RuleSet&&) noexcept = default;
RuleSet::~RuleSet() = default;

Result<RuleSet> RuleSet::make(std::vector<ThresholdRule> rules) {
  if (auto ok = check_rules(rules); !ok) return tl::unexpected(std::move(ok.error()));
  auto impl = std::make_unique<Impl>();
  impl->rules = std::move(rules);
  for (const auto& rule : impl->rules) {
    auto compiled = compile(rule);
    if (!compiled) return tl::unexpected(std::move(compiled.error()));
    impl->compiled.push_back(std::move(*compiled));
  }
  return RuleSet(std::move(impl));
}

const std::vector<ThresholdRule>& RuleSet::rules() const { return impl_->rules; }

const ThresholdRule* RuleSet::find(std::string_view name) const {
  for (const auto& rule : impl_->rules) {
    if (rule.name == name) return &rule;
  }
  return nullptr;
}

RuleText RuleSet::text(std::string_view name, double value, const Labels& labels) const {
  const ThresholdRule* rule = find(name);
  if (rule == nullptr) return {};
  const auto& compiled = impl_->compiled[static_cast<std::size_t>(rule - impl_->rules.data())];
  const AlertTextValues values{value, rule->raise.value, labels};
  return {compiled.summary.render(values, kSummaryLimit),
          compiled.description.render(values, kDescriptionLimit),
          compiled.recommendation.render(values, kRecommendationLimit)};
}

void RuleSet::adopt_history(RuleSet&& before) {
  // The windows that `before` has not the length of are replaced when its series are matched.
  impl_->history.merge(before.impl_->history);
  impl_->limited += before.impl_->limited;
  before.impl_->watched.clear();
  before.impl_->schemas.clear();
}

std::uint64_t RuleSet::limited() const { return impl_->limited; }

const std::vector<Finding>& RuleSet::judge(const Frame& frame) {
  if (!impl_->matched(frame)) impl_->match(frame);
  const auto read = [&](const Reading& reading) {
    const Block& block = *frame.blocks[reading.block];
    const double value = reading.position < block.samples.values.size()
                             ? block.samples.values[reading.position]
                             : kAbsent;
    if (reading.rate != nullptr) return reading.rate->add(block.taken.monotonic, value);
    return std::isfinite(value) ? value : kAbsent;
  };
  for (std::size_t i = 0; i < impl_->watched.size(); ++i) {
    const Watched& watch = impl_->watched[i];
    const auto& rule = impl_->rules[watch.rule];
    double value = read(watch.value);
    if (rule.divided_by) {
      const double divisor = watch.divisor ? read(*watch.divisor) : kAbsent;
      value = divisor > 0 ? value / divisor : kAbsent;  // not for an absent divisor either
    }
    impl_->findings[i].level = level_of(rule, value);
    impl_->findings[i].value = is_absent(value) ? 0 : value;
  }
  return impl_->findings;
}

}  // namespace perfwatch
