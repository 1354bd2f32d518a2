// SPDX-License-Identifier: Apache-2.0
#include "core/analyse/threshold.h"

#include <algorithm>
#include <map>
#include <string>
#include <unordered_map>
#include <utility>

#include "core/analyse/alert_text.h"
#include "core/analyse/history.h"
#include "core/analyse/judge.h"
#include "core/analyse/process_leaks.h"
#include "core/analyse/rate_window.h"
#include "core/analyse/rule_check.h"
#include "core/analyse/series_match.h"

namespace perfwatch {
namespace {

constexpr std::size_t kMaxWatched = 10'000;
constexpr auto kForgetHistoryAfter = std::chrono::hours(1);

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

// Rules by the metric that they watch, for one run of series of that metric.
using RulesByMetric = std::map<std::string_view, std::vector<std::size_t>>;

bool fits(const Series& series, const CompiledRule& rule) {
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

Result<CompiledRule> compile(const ThresholdRule& rule) {
  CompiledRule out;
  auto ok = compile_matchers(rule, "labels", rule.labels, out.labels);
  if (ok) ok = compile_matchers(rule, "except", rule.except, out.except);
  if (ok) ok = compile_text(rule, "summary", rule.summary, out.summary);
  if (ok) ok = compile_text(rule, "description", rule.description, out.description);
  if (ok) ok = compile_text(rule, "recommendation", rule.recommendation, out.recommendation);
  if (!ok) return tl::unexpected(std::move(ok.error()));
  return out;
}

}  // namespace

struct RuleSet::Impl {
  std::vector<ThresholdRule> rules;
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
  [[nodiscard]] Judge* judge_of(const ThresholdRule& rule, const Series& series);
  [[nodiscard]] double read(const Frame& frame, const Reading& reading) const;
  [[nodiscard]] double read(const Frame& frame, const std::optional<Reading>& reading) const;
  [[nodiscard]] double input(const Frame& frame, const Watched& watch) const;
  void judge_processes(const Frame& frame);
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
  find_others();
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
    Watched watch;
    watch.rule = rule;
    watch.value = {block, position, history_of(rules[rule], series)};
    watch.judge = judge_of(rules[rule], series);
    if (watch.judge != nullptr) watch.subject = subject_text(series);
    findings.push_back({rules[rule].name, subject_of(series), Level::absent, 0, watch.judge});
    watched.push_back(std::move(watch));
  }
}

void RuleSet::Impl::find_others() {
  Divisors others;
  for (const auto& rule : rules) {
    for (const auto* metric : {&rule.divided_by, &rule.footprint, &rule.room}) {
      if (*metric) others.want(**metric);
    }
  }
  for (std::size_t block = 0; block < schemas.size(); ++block) {
    if (!schemas[block]) continue;
    const auto& all = schemas[block]->series;
    for (std::size_t position = 0; position < all.size(); ++position) {
      others.offer(all[position], block, position);
    }
  }
  for (auto& watch : watched) find_beside(watch, others);
  for (auto& processes : process_rules) {
    const auto& room = rules[processes.rule].room;
    processes.room = room ? others.find(*room, Series{}) : std::nullopt;
  }
}

void RuleSet::Impl::find_beside(Watched& watch, const Divisors& others) {
  const auto& rule = rules[watch.rule];
  const auto series_at = [&](const Reading& reading) -> const Series& {
    return schemas[reading.block]->series[reading.position];
  };
  const Series& series = series_at(watch.value);
  if (rule.divided_by) watch.divisor = others.find(*rule.divided_by, series);
  if (watch.divisor) watch.divisor->rate = history_of(rule, series_at(*watch.divisor));
  if (rule.footprint) watch.footprint = others.find(*rule.footprint, series);
  if (rule.room) watch.room = others.find(*rule.room, series);
}

Judge* RuleSet::Impl::judge_of(const ThresholdRule& rule, const Series& series) {
  if (rule.kind == RuleKind::threshold) return nullptr;
  const std::string key = history_key(rule, series);
  auto& judge = judges[key];
  if (!judge) judge = make_judge(rule, *points, key);
  return judge.get();
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
  std::vector<const Judge*> judging;
  for (const auto& watch : watched) judging.push_back(watch.judge);
  std::sort(judging.begin(), judging.end());
  std::erase_if(judges, [&](const auto& entry) {
    const Judge* judge = entry.second.get();
    return !std::binary_search(judging.begin(), judging.end(), judge) &&
           (judges.size() > 2 * kMaxWatched || now - judge->last_taken() > kForgetHistoryAfter);
  });
  points->forget(std::chrono::duration_cast<History::Time>(now.time_since_epoch()));
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
  for (std::size_t i = 0; i < impl->rules.size(); ++i) {
    if (impl->rules[i].metric != kProcessMemory) continue;
    impl->process_rules.push_back({i, std::make_unique<ProcessLeaks>(impl->rules[i]), {}});
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
  adopt_judges(*before.impl_);
  before.impl_->watched.clear();
  before.impl_->schemas.clear();
}

// Those of rules that judge as they did before, with the points that they keep.
void RuleSet::adopt_judges(Impl& before) {
  const auto same = [&](std::string_view name) {
    const ThresholdRule* now = find(name);
    const auto old = std::find_if(before.rules.begin(), before.rules.end(),
                                  [&](const auto& rule) { return rule.name == name; });
    return now != nullptr && old != before.rules.end() && judges_alike(*now, *old);
  };
  impl_->points = std::move(before.points);
  std::erase_if(before.judges, [&](const auto& entry) {
    return !same(std::string_view(entry.first).substr(0, entry.first.find('\0')));
  });
  impl_->judges = std::move(before.judges);
  for (auto& processes : impl_->process_rules) {
    const ThresholdRule& rule = impl_->rules[processes.rule];
    for (auto& old : before.process_rules) {
      if (before.rules[old.rule].name == rule.name && same(rule.name)) {
        processes.leaks->adopt(std::move(*old.leaks));
      }
    }
  }
  before.process_rules.clear();
}

bool RuleSet::watches(const Series& series) const {
  if (!watchable(series)) return false;
  for (std::size_t i = 0; i < impl_->rules.size(); ++i) {
    const ThresholdRule& rule = impl_->rules[i];
    if (rule.metric == series.metric->name && fits(series, impl_->compiled[i])) return true;
  }
  return false;
}

void RuleSet::each_judged(const std::function<void(const Judged&)>& visit) const {
  for (const Watched& watch : impl_->watched) {
    if (watch.judge == nullptr) continue;
    visit({impl_->rules[watch.rule], watch.subject, watch.judge->judged(),
           watch.judge->least_visible()});
  }
}

std::size_t RuleSet::history_bytes() const { return impl_->points->bytes(); }

std::uint64_t RuleSet::processes_limited() const {
  std::uint64_t limited = 0;
  for (const auto& processes : impl_->process_rules) limited += processes.leaks->limited();
  return limited;
}

std::uint64_t RuleSet::limited() const { return impl_->limited; }

double RuleSet::Impl::read(const Frame& frame, const Reading& reading) const {
  const Block& block = *frame.blocks[reading.block];
  const double value = reading.position < block.samples.values.size()
                           ? block.samples.values[reading.position]
                           : kAbsent;
  if (reading.rate != nullptr) return reading.rate->add(block.taken.monotonic, value);
  return std::isfinite(value) ? value : kAbsent;
}

double RuleSet::Impl::read(const Frame& frame, const std::optional<Reading>& reading) const {
  return reading ? read(frame, *reading) : kAbsent;
}

// What the rule's kind is about: the value, or its ratio to another.
double RuleSet::Impl::input(const Frame& frame, const Watched& watch) const {
  const double value = read(frame, watch.value);
  if (!rules[watch.rule].divided_by) return value;
  const double divisor = read(frame, watch.divisor);
  return divisor > 0 ? value / divisor : kAbsent;  // not for an absent divisor either
}

void RuleSet::Impl::judge_processes(const Frame& frame) {
  findings.resize(watched.size());
  for (auto& processes : process_rules) {
    const CompiledRule& rule = compiled[processes.rule];
    processes.leaks->judge(
        frame, [&](const Series& series) { return fits(series, rule); },
        read(frame, processes.room), findings);
  }
}

const std::vector<Finding>& RuleSet::judge(const Frame& frame) {
  Impl& impl = *impl_;
  if (!impl.matched(frame)) impl.match(frame);
  for (std::size_t i = 0; i < impl.watched.size(); ++i) {
    const Watched& watch = impl.watched[i];
    double value = impl.input(frame, watch);
    if (watch.judge != nullptr) {
      const Instant taken = frame.blocks[watch.value.block]->taken;
      value = watch.judge->see(taken, value,
                               {impl.read(frame, watch.footprint), impl.read(frame, watch.room)});
    }
    impl.findings[i].level = level_of(impl.rules[watch.rule], value);
    impl.findings[i].value = is_absent(value) ? 0 : value;
  }
  impl.judge_processes(frame);
  return impl.findings;
}

}  // namespace perfwatch
