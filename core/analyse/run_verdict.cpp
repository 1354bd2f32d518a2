// SPDX-License-Identifier: Apache-2.0
#include "core/analyse/run_verdict.h"

#include <algorithm>
#include <cmath>

#include "core/analyse/metric_judge.h"
#include "core/analyse/robust.h"
#include "core/analyse/run_metric_rule.h"
#include "core/analyse/run_verdict_texts.h"

namespace perfwatch {
namespace {

// A metric of all runs.
std::vector<double> values_of(std::span<const RunFigures> runs, RunMetric metric) {
  std::vector<double> values;
  values.reserve(runs.size());
  for (const RunFigures& run : runs) values.push_back(run[metric]);
  return values;
}

double least_of(RunMetric metric, std::span<const RunFigures> baseline) {
  const RunMetricRule& rule = rule_of(metric);
  if (rule.least_share == 0) return rule.least;
  return std::fmax(rule.least, rule.least_share * median(values_of(baseline, rule.of)));
}

struct Judged {
  MetricJudge judge;
  double weight;
  double p_value = 1;
};

// Holm's procedure with weights (Holm 1979): the p-values become such that comparing each with the
// same level keeps the chance of any error below it.
void adjust(std::vector<Judged>& all) {
  std::vector<Judged*> order;
  double left = 0;
  for (Judged& one : all) {
    if (!one.judge.compared()) continue;
    order.push_back(&one);
    left += one.weight;
  }
  std::sort(order.begin(), order.end(), [](const Judged* a, const Judged* b) {
    return a->judge.chance() * b->weight < b->judge.chance() * a->weight;
  });
  double largest = 0;
  for (Judged* one : order) {
    largest = std::max(largest, std::min(1.0, one->judge.chance() * left / one->weight));
    one->p_value = largest;
    left -= one->weight;
  }
}

std::vector<MetricVerdict> all_verdicts(std::span<const RunFigures> baseline,
                                        std::span<const RunFigures> judged,
                                        const VerdictSettings& settings) {
  std::vector<Judged> all;
  all.reserve(kRunMetrics);
  double weights = 0;
  for (std::size_t i = 0; i < kRunMetrics; ++i) {
    const auto metric = static_cast<RunMetric>(i);
    const std::vector<double> after = values_of(judged, metric);
    if (known_values(after).empty()) continue;
    all.push_back({MetricJudge(metric, least_of(metric, baseline), values_of(baseline, metric),
                               after, settings),
                   rule_of(metric).weight});
    if (all.back().judge.compared()) weights += all.back().weight;
  }
  adjust(all);
  std::vector<MetricVerdict> verdicts;
  verdicts.reserve(all.size());
  for (Judged& one : all) verdicts.push_back(one.judge.finish(one.p_value, one.weight / weights));
  return verdicts;
}

// Of these a run spends its time on nothing.
constexpr std::array<RunMetric, 4> kWaits{
    RunMetric::cpu_stall_seconds, RunMetric::memory_stall_seconds, RunMetric::io_stall_seconds,
    RunMetric::throttled_seconds};

// The wait that grew most; null where none did.
const MetricVerdict* longest_wait(const RunJudgement& judgement) {
  const MetricVerdict* longest = nullptr;
  for (const RunMetric metric : kWaits) {
    const MetricVerdict* wait = judgement.find(metric);
    if (wait == nullptr || !(wait->judged > wait->baseline)) continue;
    if (longest == nullptr || wait->judged - wait->baseline > longest->judged - longest->baseline)
      longest = wait;
  }
  return longest;
}

// A run that took longer, but neither used more CPU nor lacks an excuse, was kept waiting: marks
// its wall time so. The excuse is a wait that grew by a quarter of what the run took longer;
// answers with it.
const MetricVerdict* excuse_waiting(RunJudgement& judgement) {
  constexpr double kExcuse = 0.25;
  const MetricVerdict* cpu = judgement.find(RunMetric::cpu_seconds);
  const MetricVerdict* wait = longest_wait(judgement);
  if (cpu == nullptr || wait == nullptr) return nullptr;
  if (cpu->verdict != RunVerdict::unchanged && cpu->verdict != RunVerdict::improved) return nullptr;
  for (MetricVerdict& verdict : judgement.metrics) {
    if (verdict.metric != RunMetric::wall_seconds || verdict.verdict != RunVerdict::regressed)
      continue;
    const double longer = verdict.judged - verdict.baseline;
    // It may have worked more, just not surely.
    if (cpu->judged - cpu->baseline > longer / 2) return nullptr;
    if (wait->judged - wait->baseline < kExcuse * longer) return nullptr;
    verdict.waited = true;
    verdict.severity = Severity::info;
    return wait;
  }
  return nullptr;
}

// The less, the more people should hear of it.
int rank_of(const MetricVerdict& verdict) {
  if (verdict.verdict == RunVerdict::regressed) {
    if (!rule_of(verdict.metric).alerts) return 5;
    if (verdict.waited) return 3;
    return verdict.severity == Severity::warning ? 0 : verdict.confirmed ? 1 : 2;
  }
  return verdict.verdict == RunVerdict::improved && rule_of(verdict.metric).alerts ? 4 : 6;
}

void summarise(RunJudgement& judgement, const MetricVerdict* waited_for) {
  const auto first = std::min_element(
      judgement.metrics.begin(), judgement.metrics.end(),
      [](const MetricVerdict& a, const MetricVerdict& b) { return rank_of(a) < rank_of(b); });
  if (first == judgement.metrics.end()) {
    judgement.text = "Nothing is known of the judged run.";
    return;
  }
  const int rank = rank_of(*first);
  for (const MetricVerdict& verdict : judgement.metrics) {
    judgement.fails |= rank_of(verdict) < 2;
    if (verdict.verdict != RunVerdict::not_enough_data) judgement.verdict = RunVerdict::unchanged;
  }
  if (rank < 4) judgement.verdict = RunVerdict::regressed;
  if (rank == 4) judgement.verdict = RunVerdict::improved;
  if (rank < 6) judgement.headline = first->metric;
  judgement.text = first->text;
  if (first->waited && waited_for != nullptr) judgement.text += waiting_text(*waited_for);
}

}  // namespace

std::string_view to_string(RunVerdict verdict) {
  constexpr std::array<std::string_view, 4> kNames{"regressed", "improved", "unchanged",
                                                   "not_enough_data"};
  return kNames.at(static_cast<std::size_t>(verdict));
}

const MetricVerdict* RunJudgement::find(RunMetric metric) const {
  const auto found = std::find_if(metrics.begin(), metrics.end(),
                                  [&](const auto& one) { return one.metric == metric; });
  return found == metrics.end() ? nullptr : &*found;
}

MetricVerdict judge_metric(RunMetric metric, std::span<const double> baseline,
                           std::span<const double> judged, const VerdictSettings& settings) {
  MetricJudge judge(metric, rule_of(metric).least, baseline, judged, settings);
  MetricVerdict verdict = judge.finish(judge.chance(), 1);
  verdict.text = verdict_text(verdict, settings);
  return verdict;
}

RunJudgement judge_runs(std::span<const RunFigures> baseline, std::span<const RunFigures> judged,
                        const VerdictSettings& settings) {
  RunJudgement judgement;
  judgement.metrics = all_verdicts(baseline, judged, settings);
  const MetricVerdict* waited_for = excuse_waiting(judgement);
  for (MetricVerdict& verdict : judgement.metrics) verdict.text = verdict_text(verdict, settings);
  summarise(judgement, waited_for);
  return judgement;
}

}  // namespace perfwatch
