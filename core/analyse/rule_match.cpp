// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <map>
#include <string>
#include <utility>

#include "core/analyse/rule_set_impl.h"

namespace perfwatch {
namespace {

constexpr std::size_t kMaxWatched = 10'000;
constexpr std::size_t kMaxIdle = 1'000;  // up to 5 KiB each
constexpr auto kForgetHistoryAfter = std::chrono::hours(1);

// Rules by the metric that they watch, for one run of series of that metric.
using RulesByMetric = std::map<std::string_view, std::vector<std::size_t>>;

// Label values are printable, so '\0' parts them without doubt.
std::string history_key(const Rule& rule, const Series& series) {
  std::string key = rule.name;
  key.append(1, '\0').append(series.metric->name);
  for (const auto& value : series.label_values) key.append(1, '\0').append(value);
  return key;
}

}  // namespace

bool fits(const Series& series, const CompiledRule& rule) {
  const auto matches = [&](const SeriesMatcher& matcher) { return matcher.matches(series); };
  return std::all_of(rule.labels.begin(), rule.labels.end(), matches) &&
         std::none_of(rule.except.begin(), rule.except.end(), matches);
}

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
    processes.room = room ? others.find(*room, ProcessLeaks::example()) : std::nullopt;
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

Judge* RuleSet::Impl::judge_of(const Rule& rule, const Series& series) {
  if (rule.kind == RuleKind::threshold) return nullptr;
  const std::string key = history_key(rule, series);
  auto& judge = judges[key];
  if (!judge) judge = make_judge(rule, *points, key);
  return judge.get();
}

RateWindow* RuleSet::Impl::history_of(const Rule& rule, const Series& series) {
  if (series.metric->type != MetricType::counter) return nullptr;
  auto& rate = history[history_key(rule, series)];
  if (!rate || rate->window() != rule.window) rate = std::make_unique<RateWindow>(rule.window);
  return rate.get();
}

// A series that left the frame may come back (a collector that was stuck), so what is known of it
// waits a while; but not for ever so many, as names of groups are anybody's to make up.
template <class Kept>
static void forget_idle(std::unordered_map<std::string, std::unique_ptr<Kept>>& all,
                        std::vector<const Kept*> used, RateWindow::Time now) {
  std::sort(used.begin(), used.end());
  used.erase(std::unique(used.begin(), used.end()), used.end());
  const bool full = all.size() > used.size() + kMaxIdle;
  std::erase_if(all, [&](const auto& entry) {
    const Kept* kept = entry.second.get();
    return !std::binary_search(used.begin(), used.end(), kept) &&
           (full || now - kept->last_taken() > kForgetHistoryAfter);
  });
}

void RuleSet::Impl::forget_history(RateWindow::Time now) {
  std::vector<const RateWindow*> rates;
  std::vector<const Judge*> judging;
  for (const auto& watch : watched) {
    if (watch.value.rate != nullptr) rates.push_back(watch.value.rate);
    if (watch.divisor && watch.divisor->rate != nullptr) rates.push_back(watch.divisor->rate);
    if (watch.judge != nullptr) judging.push_back(watch.judge);
  }
  forget_idle(history, std::move(rates), now);
  forget_idle(judges, std::move(judging), now);
  points->forget(std::chrono::duration_cast<History::Time>(now.time_since_epoch()));
}

}  // namespace perfwatch
