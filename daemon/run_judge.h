// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "core/analyse/run_culprits.h"
#include "core/analyse/run_review.h"
#include "core/base/result.h"
#include "core/model/run.h"
#include "core/model/run_report.h"
#include "core/store/database.h"

namespace perfwatch {

// A run against the history that the database has of its key.
struct JudgedRun {
  RunReview review;
  // Why it is not judged: it did not succeed. Empty: it is.
  std::string not_judged;
  std::vector<std::string> baseline_runs;  // ids
  std::vector<std::string> judged_runs;    // ids, the run itself last
  // Of what regressed, the most important first, with the commands that grew.
  std::vector<RunRegression> regressions;
  std::vector<RunCulprit> by_cpu;     // empty where CPU time did not grow
  std::vector<RunCulprit> by_memory;  //

  // Sure, confirmed by enough runs, and the run's own doing.
  [[nodiscard]] bool fails() const { return review.judgement.fails; }
};

// What of a judged run is worth a line: what changed, else why nothing is known.
[[nodiscard]] std::vector<RunVerdictLine> verdict_lines(const JudgedRun& judged);

// `run` is one that ended; whether it is in the database already makes no difference. Reads only.
[[nodiscard]] Result<JudgedRun> judge_run(Database& database, const Run& run,
                                          const VerdictSettings& settings = {});

}  // namespace perfwatch
