// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/analyse/run_diff.h"
#include "core/model/run.h"
#include "core/store/baselines.h"
#include "daemon/cli/terminal.h"

namespace perfwatch {

// Runs and baselines as the command shows them. Texts of runs are a stranger's: all that is printed
// passes safe_text.

// The end of an id, which is what differs between runs of one day, long enough to tell the run from
// the others of the list: 8 letters at least.
[[nodiscard]] std::vector<std::string> short_ids(const std::vector<Run>& runs);
// A value in its metric's unit: "12m 5s", "1.5 GiB", "51234"; "-" where it is not known.
[[nodiscard]] std::string metric_text(RunMetric metric, double value);
// "+50%", "-3.1%", "0%"; "-" where there is none.
[[nodiscard]] std::string change_text(const std::optional<double>& change);

// A line for each.
[[nodiscard]] std::string render_runs(const std::vector<Run>& runs, const Style& style);
[[nodiscard]] std::string render_run(const Run& run, const Style& style);
[[nodiscard]] std::string render_diff(const Run& before, const Run& after, const RunDiff& diff,
                                      const Style& style);
[[nodiscard]] std::string render_baselines(const std::vector<BaselineSummary>& baselines,
                                           const Style& style);

// {"runs": [...]}; {"before": {...}, "after": {...}, "metrics": [...], "commands": [...]}, the two
// runs without timeline; {"baselines": [...]}. `ascii` for terminals.
[[nodiscard]] std::string runs_json(const std::vector<Run>& runs, bool ascii);
[[nodiscard]] std::string diff_json(Run before, Run after, const RunDiff& diff, bool ascii);
[[nodiscard]] std::string baselines_json(const std::vector<BaselineSummary>& baselines, bool ascii);

}  // namespace perfwatch
