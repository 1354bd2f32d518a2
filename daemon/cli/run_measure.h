// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "core/base/result.h"
#include "core/model/run.h"
#include "daemon/cli/run_names.h"

namespace perfwatch {

struct RunRequest {
  std::vector<std::string> command;  // not empty
  std::string component;
  std::string operation;
  RunLabels labels;  // sorted by name
  bool cold = false;
  std::optional<std::chrono::nanoseconds> timeout;
  std::chrono::nanoseconds interval = std::chrono::milliseconds(100);
  std::optional<AccountingTier> tier;  // nullopt: the best that works
};

struct RunEnd {
  Run run;
  int exit_code = 0;    // for the shell: the command's, 128 + signal, 124, 126, 127
  std::string not_run;  // why the command could not be started; empty when it was
  // False: there was no memory for it, and of the run only the exit code is known.
  bool measured = true;
};

// Called about once a second while the command runs.
struct RunProgress {
  double seconds = 0;
  double cpu_seconds = 0;
  RunPoint now;
  std::optional<double> usual_seconds;  // of runs like this one; nobody here knows
};
using OnRunProgress = std::function<void(const RunProgress&)>;
// Called once, when the command has started: the run with all that is known of it then.
using OnRunBegun = std::function<void(const Run&)>;

// Runs a command and measures it with all its descendants until it ends; who daemonised is counted
// up to then. Input, output, environment, terminal, signals are the command's as they are ours. At
// the timeout all descendants get SIGTERM, and SIGKILL 5 s later.
//
// The calling process becomes a subreaper and has its children waited for; it has one thread. The
// error: nothing was started.
[[nodiscard]] Result<RunEnd> run_and_measure(const RunRequest& request,
                                             const OnRunProgress& progress = {},
                                             const OnRunBegun& begun = {});

}  // namespace perfwatch
