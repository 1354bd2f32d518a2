// SPDX-License-Identifier: Apache-2.0
#include "core/analyse/rule_set.h"

#include <algorithm>
#include <string>
#include <utility>

#include "core/analyse/rule_check.h"
#include "core/analyse/rule_set_impl.h"

namespace perfwatch {
namespace {

Result<void> compile_matchers(const Rule& rule, std::string_view list,
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

Result<void> compile_text(const Rule& rule, std::string_view field, std::string_view text,
                          AlertText& out) {
  auto compiled = AlertText::compile(text);
  if (!compiled) return rule_error(rule, field, compiled.error().text);
  out = std::move(*compiled);
  return {};
}

Result<CompiledRule> compile(const Rule& rule) {
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

RuleSet::RuleSet(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
RuleSet::RuleSet(RuleSet&&) noexcept = default;
RuleSet& RuleSet::operator=(RuleSet&&) noexcept = default;
RuleSet::~RuleSet() = default;

Result<RuleSet> RuleSet::make(std::vector<Rule> rules) {
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

const std::vector<Rule>& RuleSet::rules() const { return impl_->rules; }

const Rule* RuleSet::find(std::string_view name) const {
  for (const auto& rule : impl_->rules) {
    if (rule.name == name) return &rule;
  }
  return nullptr;
}

RuleText RuleSet::text(std::string_view name, double value, const Labels& labels) const {
  const Rule* rule = find(name);
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
    const Rule* now = find(name);
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
    const Rule& rule = impl_->rules[processes.rule];
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
    const Rule& rule = impl_->rules[i];
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

const std::vector<Finding>& RuleSet::findings() const { return impl_->findings; }

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
