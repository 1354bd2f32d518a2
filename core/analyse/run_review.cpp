// SPDX-License-Identifier: Apache-2.0
#include "core/analyse/run_review.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <optional>

#include "core/analyse/robust.h"
#include "core/analyse/run_metric_rule.h"
#include "core/analyse/run_verdict_texts.h"

namespace perfwatch {
namespace {

using History = std::span<const ReviewedRun>;

std::vector<RunInHistory> runs_of(History history, RunMetric metric) {
  std::vector<RunInHistory> runs;
  runs.reserve(history.size());
  for (const auto& run : history) runs.push_back({run.id, run.labels, run.figures[metric]});
  return runs;
}

// Which levels a metric went through, as far as they matter here.
struct Course {
  std::size_t best_begin = 0;                            // since then the level is the best so far
  std::optional<LevelChange> worse;                      // since then it is worse than that
  std::vector<std::pair<std::size_t, std::size_t>> bad;  // [begin, end): worse once, and over
};

std::vector<double> finite_values(std::span<const RunInHistory> runs) {
  std::vector<double> values;
  for (const auto& run : runs) {
    if (std::isfinite(run.value)) values.push_back(run.value);
  }
  return values;
}

// Worse than the best level, surely, and by enough to count.
bool is_worse(RunMetric metric, std::span<const double> best, std::span<const double> level,
              const VerdictSettings& settings) {
  return judge_metric(metric, best, level, settings).verdict == RunVerdict::regressed;
}

Course course_of(RunMetric metric, History history, const VerdictSettings& settings) {
  const std::vector<RunInHistory> runs = runs_of(history, metric);
  RunHistorySettings looked_for;
  looked_for.newest = settings;
  const RunHistory levels = find_run_history(metric, runs, looked_for);
  const std::span<const RunInHistory> all(runs);
  Course course;
  std::vector<double> best;
  const auto end_of = [&](std::size_t i) {
    return i < levels.changes.size() ? levels.changes[i].index : runs.size();
  };
  best = finite_values(all.first(end_of(0)));
  for (std::size_t i = 0; i < levels.changes.size(); ++i) {
    const LevelChange& change = levels.changes[i];
    const std::size_t end = end_of(i + 1);
    const std::vector<double> level = finite_values(all.subspan(change.index, end - change.index));
    const bool worse = is_worse(metric, best, level, settings);
    if (worse && !course.worse) course.worse = change;
    if (worse) continue;
    if (course.worse) course.bad.emplace_back(course.worse->index, change.index);
    course.worse.reset();
    if (median(level) < median(best)) {
      best = level;
      course.best_begin = change.index;
    } else {
      best.insert(best.end(), level.begin(), level.end());
    }
  }
  return course;
}

struct Courses {
  std::array<std::optional<Course>, kRunMetrics> of;  // by RunMetric
  std::optional<std::size_t> worse_begin;             // the first of them
  std::size_t best_begin = 0;                         // the last of them
};

Courses courses_of(History history, const VerdictSettings& settings) {
  Courses courses;
  for (std::size_t i = 0; i < kRunMetrics; ++i) {
    const auto metric = static_cast<RunMetric>(i);
    if (!rule_of(metric).alerts) continue;
    const Course& course = courses.of.at(i).emplace(course_of(metric, history, settings));
    courses.best_begin = std::max(courses.best_begin, course.best_begin);
    if (!course.worse) continue;
    const std::size_t begin = course.worse->index;
    courses.worse_begin = std::min(courses.worse_begin.value_or(begin), begin);
  }
  return courses;
}

// Positions before `end`, from `begin` on, without those of levels that were worse for a while.
std::vector<std::size_t> positions(const Courses& courses, std::size_t begin, std::size_t end) {
  std::vector<std::size_t> kept;
  for (std::size_t i = begin; i < end; ++i) {
    const bool bad = std::any_of(courses.of.begin(), courses.of.end(), [&](const auto& course) {
      return course && std::any_of(course->bad.begin(), course->bad.end(), [&](const auto& range) {
               return i >= range.first && i < range.second;
             });
    });
    if (!bad) kept.push_back(i);
  }
  return kept;
}

void choose(const Courses& courses, std::size_t size, std::size_t fewest, RunReview& review) {
  std::size_t begin = courses.best_begin;
  review.judged_begin = size - 1;
  if (courses.worse_begin) {
    review.judged_begin = *courses.worse_begin;
  } else if (begin > 0 && size - begin <= fewest) {
    review.judged_begin = begin;
  }
  // A best level that began no earlier than what is judged is no baseline for it.
  if (begin >= review.judged_begin) begin = 0;
  review.baseline = positions(courses, begin, review.judged_begin);
  if (review.baseline.size() < fewest) review.baseline = positions(courses, 0, review.judged_begin);
}

std::vector<RunFigures> figures_of(History history, std::span<const std::size_t> places) {
  std::vector<RunFigures> figures;
  figures.reserve(places.size());
  for (const std::size_t place : places) figures.push_back(history[place].figures);
  return figures;
}

// Of a metric without a change of level: the judged run is all there is.
LevelChange change_to(const RunReview& review, const MetricVerdict& verdict, History history) {
  LevelChange change;
  const ReviewedRun& run = history[review.judged_begin];
  change.index = review.judged_begin;
  change.run = {run.id, run.labels, run.figures[verdict.metric]};
  change.before = verdict.baseline;
  change.after = verdict.judged;
  change.relative = verdict.effect;
  change.text = verdict.text;
  return change;
}

}  // namespace

RunReview review_runs(History history, const VerdictSettings& settings) {
  RunReview review;
  if (history.empty()) {
    review.judgement = judge_runs({}, {}, settings);
    return review;
  }
  const Courses courses = courses_of(history, settings);
  choose(courses, history.size(), settings.fewest_baseline, review);
  std::vector<std::size_t> judged;
  for (std::size_t i = review.judged_begin; i < history.size(); ++i) judged.push_back(i);
  review.judgement =
      judge_runs(figures_of(history, review.baseline), figures_of(history, judged), settings);
  for (const MetricVerdict& verdict : review.judgement.metrics) {
    if (verdict.verdict != RunVerdict::regressed || !rule_of(verdict.metric).alerts) continue;
    const auto& course = courses.of.at(static_cast<std::size_t>(verdict.metric));
    review.regressed.push_back({verdict.metric, course && course->worse
                                                    ? *course->worse
                                                    : change_to(review, verdict, history)});
  }
  return review;
}

}  // namespace perfwatch
