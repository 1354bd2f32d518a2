// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "core/analyse/run_verdict.h"
#include "core/model/run.h"
#include "core/model/run_report.h"

namespace perfwatch {

// One metric of one run in the history of a component's operation. NaN where it is not known.
struct RunInHistory {
  std::string id;
  std::vector<std::pair<std::string, std::string>> labels;  // as Run::labels
  double value = 0;
};

// From `run` on the level is another one.
struct LevelChange {
  std::size_t index = 0;  // of the first run after the change, in the history
  RunInHistory run;       // that run
  double before = 0;      // the levels: medians of the runs on either side, up to the next change
  double after = 0;
  double relative = 0;    // after / before - 1
  double confidence = 0;  // 0 .. 1: ChangePoint's
  std::string text;  // "wall: 100 s -> 131 s (+31 %) since run 01H... (commit 4f2a, branch main)"
};

struct RunHistory {
  std::vector<LevelChange> changes;  // oldest first
  std::optional<RunTrend> trend;     // since the last change; absent with too few runs
  // The last of `changes`: since when the level is what it is now.
  [[nodiscard]] const LevelChange* since() const {
    return changes.empty() ? nullptr : &changes.back();
  }
};

struct RunHistorySettings {
  double smallest_change = 0.03;  // relative: less is left out
  double confidence = 0.5;        // changes less sure are left out
  // find_change_points needs 5 runs on either side; the newest 3 or 4 alone are held against those
  // before by judge_metric.
  VerdictSettings newest;
};

// Oldest first. Of more than 2000 runs the newest count; `index` is that in `runs` all the same.
[[nodiscard]] RunHistory find_run_history(RunMetric metric, std::span<const RunInHistory> runs,
                                          const RunHistorySettings& settings = {});

}  // namespace perfwatch
