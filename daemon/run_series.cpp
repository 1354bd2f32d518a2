// SPDX-License-Identifier: Apache-2.0
#include "daemon/run_series.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "core/analyse/run_metric_rule.h"

namespace perfwatch {
namespace {

constexpr const char* kOther = "other";
constexpr Metric kWall{"perfwatch_run_duration_seconds",
                       MetricType::histogram,
                       "Wall time of the runs that ended since the daemon's start.",
                       {"component", "operation"}};
constexpr Metric kCpu{"perfwatch_run_cpu_seconds",
                      MetricType::histogram,
                      "CPU time, user and system, of the runs that ended since the daemon's start.",
                      {"component", "operation"}};
constexpr Metric kPeak{"perfwatch_run_memory_peak_bytes",
                       MetricType::gauge,
                       "Peak memory of the last run: of its largest single process, of the "
                       "anonymous memory of all that lived at once, of its cgroup with page cache.",
                       {"component", "operation", "kind"}};
constexpr Metric kLastDuration{
    "perfwatch_run_last_duration_seconds",
    MetricType::gauge,
    "Wall time of the last run that succeeded with warm caches. With the other "
    "perfwatch_run_last_* a baseline for other hosts of the class.",
    {"component", "operation", "host_class"}};
constexpr Metric kLastCpu{
    "perfwatch_run_last_cpu_seconds",
    MetricType::gauge,
    "CPU time, user and system, of the last run that succeeded with warm caches.",
    {"component", "operation", "host_class"}};
constexpr Metric kLastPeak{"perfwatch_run_last_memory_peak_bytes",
                           MetricType::gauge,
                           "Peak memory of the last run that succeeded with warm caches, as in "
                           "perfwatch_run_memory_peak_bytes.",
                           {"component", "operation", "host_class", "kind"}};
constexpr Metric kLastEnd{"perfwatch_run_last_end_timestamp_seconds",
                          MetricType::gauge,
                          "When the last run that succeeded with warm caches ended.",
                          {"component", "operation", "host_class"}};
constexpr Metric kRuns{"perfwatch_runs_total",
                       MetricType::counter,
                       "Runs that ended since the daemon's start, by how.",
                       {"component", "operation", "outcome"},
                       true};
constexpr Metric kRegressed{
    "perfwatch_run_regressed",
    MetricType::gauge,
    "By how much the metric is worse than its baseline (0.2 is 20 %), once enough runs have "
    "confirmed it; 0 when it is not, absent when there are too few runs to tell.",
    {"component", "operation", "metric"}};
constexpr Metric kOpen{"perfwatch_runs_open", MetricType::gauge,
                       "Runs that the daemon measures now."};
constexpr Metric kRefused{"perfwatch_runs_refused_total", MetricType::counter,
                          "Runs that the daemon did not measure: too many go on, or the process "
                          "that was to be measured is not there."};
constexpr Metric kBaselines{"perfwatch_baselines", MetricType::gauge,
                            "Baselines that the daemon's database knows: one for each component, "
                            "operation, class of host and warmth of caches."};
constexpr Metric kAsked{"perfwatch_baseline_source_requests_total", MetricType::counter,
                        "Questions to baseline.source what other hosts have measured."};
constexpr Metric kAskFailures{"perfwatch_baseline_source_failures_total", MetricType::counter,
                              "Of these, without an answer that is of use."};
constexpr Metric kDropped{"perfwatch_runs_dropped_total", MetricType::counter,
                          "Runs that were not kept: the database did not take them, or too many "
                          "waited for it."};
constexpr Metric kLimited{"perfwatch_runs_limited_total", MetricType::counter,
                          "Runs that were counted as component and operation \"other\" because a "
                          "hundred others have series already."};
constexpr const Metric* kMetrics[] = {
    &kWall,      &kCpu,  &kPeak,    &kLastDuration, &kLastCpu, &kLastPeak,    &kLastEnd, &kRuns,
    &kRegressed, &kOpen, &kRefused, &kBaselines,    &kAsked,   &kAskFailures, &kDropped, &kLimited};

struct BoundText {
  double value;
  std::string_view text;
};
constexpr std::array<BoundText, 11> kBoundTexts{{{0.1, "0.1"},
                                                 {1, "1.0"},
                                                 {5, "5.0"},
                                                 {15, "15.0"},
                                                 {60, "60.0"},
                                                 {180, "180.0"},
                                                 {600, "600.0"},
                                                 {1800, "1800.0"},
                                                 {3600, "3600.0"},
                                                 {7200, "7200.0"},
                                                 {21600, "21600.0"}}};

struct PeakKind {
  RunMetric metric;
  std::string_view kind;
};
constexpr PeakKind kPeaks[] = {{RunMetric::largest_process_bytes, "largest_process"},
                               {RunMetric::concurrent_anonymous_bytes, "anonymous"},
                               {RunMetric::cgroup_peak_bytes, "cgroup"}};
constexpr RunOutcome kEnds[] = {RunOutcome::succeeded, RunOutcome::failed, RunOutcome::killed,
                                RunOutcome::timed_out, RunOutcome::interrupted};

// By how much it is worse. 0 where that is not sure, NaN where nothing is known.
double ratio_of(const MetricVerdict& verdict) {
  if (verdict.verdict == RunVerdict::not_enough_data) return kAbsent;
  const bool worse = verdict.verdict == RunVerdict::regressed && verdict.confirmed &&
                     verdict.severity >= Severity::warning;
  return worse && std::isfinite(verdict.effect) ? std::max(verdict.effect, 0.0) : 0;
}

// Seconds since 1970; its start where it has no wall time.
double end_of(const Run& run) {
  const std::chrono::duration<double> start = run.started.time_since_epoch();
  const double wall = run.figures[RunMetric::wall_seconds];
  return start.count() + (is_absent(wall) ? 0 : wall);
}

}  // namespace

MetricList RunSeries::metrics() { return kMetrics; }

void RunSeries::Histogram::add(double value, const Run& run) {
  if (!std::isfinite(value)) return;
  ++count;
  sum += value;
  std::size_t at = 0;
  while (at < kBounds && value > kBoundTexts.at(at).value) ++at;
  if (at < kBounds) ++buckets.at(at);
  behind.at(at) = {run.id, value, end_of(run)};
}

std::pair<RunSeries::Operation*, bool> RunSeries::operation_of(const Run& run) {
  const Name name{run.component, run.operation};
  const auto found = operations_.find(name);
  if (found != operations_.end()) return {&found->second, true};
  if (operations_.size() < kPairs) return {&operations_[name], true};
  return {&operations_[{kOther, kOther}], false};
}

void RunSeries::count(const Run& run) {
  remember(run);
  const auto [operation, own] = operation_of(run);
  if (!own) ++limited_;
  ++operation->outcomes.at(static_cast<std::size_t>(run.outcome));
  operation->wall.add(run.figures[RunMetric::wall_seconds], run);
  operation->cpu.add(run.figures[RunMetric::cpu_seconds], run);
}

void RunSeries::remember_success(const Run& run, Last& last) {
  const double wall = run.figures[RunMetric::wall_seconds];
  if (run.outcome != RunOutcome::succeeded || run.cold || is_absent(wall) || run.id < last.run) {
    return;
  }
  last = {run.id, to_string(run.host_class), run.figures, end_of(run)};
}

void RunSeries::remember(const Run& run) {
  const auto [found, own] = operation_of(run);
  Operation& operation = *found;
  // "other" is no operation: nothing can be compared with it.
  if (own) remember_success(run, operation.succeeded);
  if (run.id < operation.last) return;
  operation.last = run.id;
  operation.peaks = run.figures;
}

void RunSeries::judged(const Run& run, const RunJudgement& judgement,
                       const std::vector<RunRegression>& regressions) {
  const auto [operation, own] = operation_of(run);
  Standing& standing = operation->standings.at(run.cold ? 1 : 0);
  if (!own || run.id < standing.run) return;
  const Standing before = std::exchange(standing, {run.id, {}, {}});
  for (const MetricVerdict& verdict : judgement.metrics) {
    if (!rule_of(verdict.metric).alerts) continue;
    double ratio = ratio_of(verdict);
    // A level that was accepted begins with too few runs; what was wrong before is over.
    if (is_absent(ratio) && before.ratios.has(verdict.metric)) ratio = 0;
    standing.ratios[verdict.metric] = ratio;
    if (!(ratio > 0)) continue;
    const auto told = std::find_if(regressions.begin(), regressions.end(),
                                   [&](const auto& one) { return one.metric == verdict.metric; });
    RunRegression evidence;
    evidence.metric = verdict.metric;
    evidence.text = verdict.text;
    if (told != regressions.end()) evidence = *told;
    standing.worse.push_back(
        {run.component, run.operation, verdict.metric, ratio, std::move(evidence)});
  }
}

void RunSeries::forget(const std::string& run) {
  for (auto& [name, operation] : operations_) {
    for (Standing& standing : operation.standings) {
      if (standing.run != run) continue;
      for (const RunWorse& worse : standing.worse) standing.ratios[worse.metric] = 0;
      standing.worse.clear();
    }
  }
}

std::vector<RunWorse> RunSeries::worse() const {
  std::vector<RunWorse> all;
  for (const auto& [name, operation] : operations_) {
    for (const Standing& standing : operation.standings) {
      all.insert(all.end(), standing.worse.begin(), standing.worse.end());
    }
  }
  return all;
}

std::vector<std::string> RunSeries::runs_that_are_worse() const {
  std::vector<std::string> runs;
  for (const auto& [name, operation] : operations_) {
    for (const Standing& standing : operation.standings) {
      if (!standing.worse.empty()) runs.push_back(standing.run);
    }
  }
  return runs;
}

void RunSeries::add_histogram(SampleWriter& out, const Metric& metric, const Histogram& histogram,
                              const Name& name) {
  const auto& [component, operation] = name;
  const auto show = [&](const Behind& behind) {
    if (!behind.run.empty()) out.exemplar("run_id", behind.run, behind.value, behind.end);
  };
  std::uint64_t below = 0;
  for (std::size_t i = 0; i < kBounds; ++i) {
    below += histogram.buckets.at(i);
    out.add_part(metric, "_bucket", static_cast<double>(below),
                 {component, operation, kBoundTexts.at(i).text});
    show(histogram.behind.at(i));
  }
  const auto count = static_cast<double>(histogram.count);
  out.add_part(metric, "_bucket", count, {component, operation, "+Inf"});
  show(histogram.behind.at(kBounds));
  out.add_part(metric, "_sum", histogram.sum, {component, operation});
  out.add_part(metric, "_count", count, {component, operation});
}

void RunSeries::describe_figures(SampleWriter& out) const {
  for (const auto& [name, operation] : operations_) add_histogram(out, kWall, operation.wall, name);
  for (const auto& [name, operation] : operations_) add_histogram(out, kCpu, operation.cpu, name);
  for (const auto& [name, operation] : operations_) {
    for (const auto& [metric, kind] : kPeaks) {
      out.add(kPeak, operation.peaks[metric], {name.first, name.second, kind});
    }
  }
  for (const auto& [name, operation] : operations_) {
    for (const RunOutcome end : kEnds) {
      out.add(kRuns, static_cast<double>(operation.outcomes.at(static_cast<std::size_t>(end))),
              {name.first, name.second, to_string(end)});
    }
  }
}

void RunSeries::describe_last(SampleWriter& out) const {
  const auto each = [&](const Metric& metric, auto value_of) {
    for (const auto& [name, operation] : operations_) {
      const Last& last = operation.succeeded;
      if (last.run.empty()) continue;
      out.add(metric, value_of(last), {name.first, name.second, last.host_class});
    }
  };
  each(kLastDuration, [](const Last& last) { return last.figures[RunMetric::wall_seconds]; });
  each(kLastCpu, [](const Last& last) { return last.figures[RunMetric::cpu_seconds]; });
  for (const auto& [name, operation] : operations_) {
    const Last& last = operation.succeeded;
    for (const auto& [metric, kind] : kPeaks) {
      if (!last.figures.has(metric)) continue;
      out.add(kLastPeak, last.figures[metric], {name.first, name.second, last.host_class, kind});
    }
  }
  each(kLastEnd, [](const Last& last) { return last.end; });
}

// With warm or with cold caches, whichever is worse.
void RunSeries::describe_standings(SampleWriter& out) const {
  for (const auto& [name, operation] : operations_) {
    for (std::size_t i = 0; i < kRunMetrics; ++i) {
      const auto metric = static_cast<RunMetric>(i);
      const double warm = operation.standings[0].ratios[metric];
      const double cold = operation.standings[1].ratios[metric];
      const double ratio = std::fmax(warm, cold);
      if (is_absent(ratio)) continue;
      out.add(kRegressed, ratio, {name.first, name.second, run_metrics().at(i).name});
    }
  }
}

Samples RunSeries::describe(std::size_t open, std::uint64_t refused,
                            const std::optional<SharedCounts>& asked) {
  SampleWriter out(schema_);
  describe_figures(out);
  describe_last(out);
  describe_standings(out);
  out.add(kOpen, static_cast<double>(open));
  out.add(kRefused, static_cast<double>(refused));
  out.add(kBaselines, baselines_);
  if (asked) {
    out.add(kAsked, static_cast<double>(asked->asked));
    out.add(kAskFailures, static_cast<double>(asked->failed));
  }
  out.add(kDropped, static_cast<double>(dropped_));
  out.add(kLimited, static_cast<double>(limited_));
  Samples samples = std::move(out).finish();
  schema_ = samples.schema;
  return samples;
}

}  // namespace perfwatch
