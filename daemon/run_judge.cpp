// SPDX-License-Identifier: Apache-2.0
#include "daemon/run_judge.h"

#include <algorithm>
#include <optional>
#include <span>
#include <utility>

#include "core/analyse/run_verdict_texts.h"
#include "core/store/runs.h"
#include "exporters/report/totals.h"

namespace perfwatch {
namespace {

// Runs of the baseline whose commands are read, the newest: each is a query or four.
constexpr std::size_t kRunsForCulprits = 12;
constexpr std::size_t kNamedCulprits = 3;

std::string label_of(const Run& run, std::string_view name) {
  const auto found = std::find_if(run.labels.begin(), run.labels.end(),
                                  [&](const auto& label) { return label.first == name; });
  return found == run.labels.end() ? std::string() : found->second;
}

// The whole run, as far as it was measured here: one that was imported is known by its figures.
std::optional<Run> known_run(Database& database, const std::string& id) {
  auto found = find_run(database, id);
  return found ? std::optional(std::move(*found)) : std::nullopt;
}

std::vector<ReviewedRun> history_before(const Baseline& baseline, const Run& run) {
  std::vector<ReviewedRun> history;
  history.reserve(baseline.runs.size() + 1);
  for (const BaselineRun& known : baseline.runs) {
    if (known.id != run.id) history.push_back({known.id, {}, known.figures});
  }
  history.push_back({run.id, run.labels, run.figures});
  return history;
}

std::vector<RunCulprit> culprits(std::span<const Run> baseline, const Run& run, GrowthOf what) {
  const bool memory = what == GrowthOf::largest_bytes;
  std::vector<std::vector<RunCommand>> before;
  for (const Run& one : baseline) before.push_back(memory ? one.by_memory : one.by_cpu);
  if (before.empty()) return {};
  return find_culprits(before, memory ? run.by_memory : run.by_cpu, what);
}

bool is_time(RunMetric metric) {
  return metric == RunMetric::cpu_seconds || metric == RunMetric::wall_seconds ||
         metric == RunMetric::user_seconds || metric == RunMetric::system_seconds;
}

bool is_memory(RunMetric metric) {
  return metric == RunMetric::largest_process_bytes ||
         metric == RunMetric::concurrent_anonymous_bytes || metric == RunMetric::cgroup_peak_bytes;
}

std::string culprit_text(const std::vector<RunCulprit>& grown, const MetricVerdict& verdict,
                         GrowthOf what) {
  const auto culprits = explaining(grown, verdict.judged - verdict.baseline, what);
  std::string text;
  for (std::size_t i = 0; i < std::min(culprits.size(), kNamedCulprits); ++i) {
    text += (text.empty() ? " Grew: " : "; ") + culprits[i].text;
  }
  return text.empty() ? text : text + ".";
}

RunRegression regression_of(const JudgedRun& judged, const RunRegressed& regressed,
                            const std::string& commit) {
  const MetricVerdict* verdict = judged.review.judgement.find(regressed.metric);
  RunRegression told;
  told.metric = regressed.metric;
  told.before = verdict->baseline;
  told.after = verdict->judged;
  told.text = verdict->text;
  if (is_time(told.metric))
    told.text += culprit_text(judged.by_cpu, *verdict, GrowthOf::cpu_seconds);
  if (is_memory(told.metric))
    told.text += culprit_text(judged.by_memory, *verdict, GrowthOf::largest_bytes);
  if (told.text.ends_with('.')) told.text.pop_back();  // it goes on with "since"
  if (!verdict->confirmed) return told;
  told.since_run = regressed.since.run.id;
  told.since_commit = commit;
  return told;
}

void tell_regressions(Database& database, const Run& run, JudgedRun& judged) {
  if (judged.review.regressed.empty()) return;
  std::vector<Run> before;
  const auto& ids = judged.baseline_runs;
  for (std::size_t i = ids.size() - std::min(ids.size(), kRunsForCulprits); i < ids.size(); ++i) {
    if (auto known = known_run(database, ids[i])) before.push_back(std::move(*known));
  }
  const auto any = [&](bool (*of)(RunMetric)) {
    return std::any_of(judged.review.regressed.begin(), judged.review.regressed.end(),
                       [&](const auto& one) { return of(one.metric); });
  };
  if (any(is_time)) judged.by_cpu = culprits(before, run, GrowthOf::cpu_seconds);
  if (any(is_memory)) judged.by_memory = culprits(before, run, GrowthOf::largest_bytes);
  for (const RunRegressed& regressed : judged.review.regressed) {
    const std::string& since = regressed.since.run.id;
    const auto first = since == run.id ? std::optional(run) : known_run(database, since);
    judged.regressions.push_back(
        regression_of(judged, regressed, first ? label_of(*first, "commit") : std::string()));
  }
}

RunVerdictLine::Kind kind_of(RunVerdict verdict) {
  switch (verdict) {
    case RunVerdict::regressed:
      return RunVerdictLine::Kind::regressed;
    case RunVerdict::improved:
      return RunVerdictLine::Kind::improved;
    case RunVerdict::unchanged:
      return RunVerdictLine::Kind::unchanged;
    case RunVerdict::not_enough_data:
      break;
  }
  return RunVerdictLine::Kind::unknown;
}

}  // namespace

std::vector<RunVerdictLine> verdict_lines(const JudgedRun& judged) {
  if (!judged.not_judged.empty()) {
    return {{RunVerdictLine::Kind::unknown, judged.not_judged}};
  }
  std::vector<RunVerdictLine> lines;
  for (const auto& told : judged.regressions) {
    lines.push_back({RunVerdictLine::Kind::regressed, regression_words(told) + "."});
  }
  for (const auto& verdict : judged.review.judgement.metrics) {
    if (verdict.verdict == RunVerdict::improved) {
      lines.push_back({RunVerdictLine::Kind::improved, verdict.text});
    }
  }
  if (lines.empty()) {
    lines.push_back({kind_of(judged.review.judgement.verdict), judged.review.judgement.text});
  }
  return lines;
}

Result<JudgedRun> judge_run(Database& database, const Run& run, const VerdictSettings& settings) {
  JudgedRun judged;
  if (run.outcome != RunOutcome::succeeded) {
    judged.not_judged = "not judged: only runs that succeed are compared.";
    return judged;
  }
  HistoryWish wish;
  wish.key = key_of(run);
  wish.before_run = run.id;
  const auto baseline = history_of(database, wish);
  if (!baseline) return tl::unexpected(baseline.error());
  const std::vector<ReviewedRun> history = history_before(*baseline, run);
  judged.review = review_runs(history, settings);
  for (const std::size_t place : judged.review.baseline) {
    judged.baseline_runs.push_back(history[place].id);
  }
  for (std::size_t i = judged.review.judged_begin; i < history.size(); ++i) {
    judged.judged_runs.push_back(history[i].id);
  }
  tell_regressions(database, run, judged);
  return judged;
}

}  // namespace perfwatch
