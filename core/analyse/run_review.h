// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "core/analyse/run_history.h"
#include "core/analyse/run_verdict.h"
#include "core/model/run.h"

namespace perfwatch {

// One run in a history of runs that may be compared (the same BaselineKey, all succeeded).
struct ReviewedRun {
  std::string id;
  std::vector<std::pair<std::string, std::string>> labels;  // as Run::labels
  RunFigures figures;
};

// A metric that regressed, and since when.
struct RunRegressed {
  RunMetric metric{};
  LevelChange since;  // of one run alone: that run, its `confidence` 0
};

// The newest run of a history, held against the level that was the best before it.
struct RunReview {
  RunJudgement judgement;
  std::vector<std::size_t> baseline;    // positions in the history, ascending
  std::size_t judged_begin = 0;         // the judged are from here to the end
  std::vector<RunRegressed> regressed;  // in the order of judgement.metrics
};

// Oldest first, from the accepted mark on (history_of() in core/store/runs.h); the last is judged.
//
// Baseline and judged runs are told apart by levels (find_run_history) of the metrics that alert:
//   - a level that is worse than the best before it is none to compare with: all runs since then
//     are judged together, until it is accepted or gone, however many they become;
//   - a level that is better is judged until it has `fewest_baseline` runs, and is the baseline
//   then;
//   - else the newest run alone is judged, and is not confirmed.
[[nodiscard]] RunReview review_runs(std::span<const ReviewedRun> history,
                                    const VerdictSettings& settings = {});

}  // namespace perfwatch
