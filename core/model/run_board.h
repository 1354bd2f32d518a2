// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "core/model/run.h"
#include "core/model/run_report.h"

namespace perfwatch {

// A run as the daemon shows it. Texts are a stranger's, printable UTF-8.
struct KnownRun {
  Run run;                   // without timeline, words of the command and lists of commands
  std::string_view verdict;  // to_string(RunVerdict); empty: not judged (yet)
  bool confirmed = false;    // what regressed is one that alerts
  std::vector<RunRegression> regressions;
};

// A metric of an operation that got worse, which its last run has confirmed.
struct RunWorse {
  std::string component;
  std::string operation;
  RunMetric metric = RunMetric::wall_seconds;
  double ratio = 0;  // against the baseline: 0.2 is 20 % more
  RunRegression evidence;
};

// The latest runs, as the interface and evidence show them. Immutable once in a frame.
struct RunBoard {
  std::vector<std::shared_ptr<const KnownRun>> runs;  // newest first
  std::vector<RunWorse> worse;                        // by component and operation
  std::string folder;       // of the database that they are in; empty: there is none
  std::string not_durable;  // why they are not kept over a restart; empty when they are
  // Why the server of shared baselines does not answer; empty: it does, is not asked, or is none.
  std::string source_trouble;
};

}  // namespace perfwatch
