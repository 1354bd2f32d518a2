// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "core/analyse/run_verdict.h"
#include "core/base/result.h"
#include "daemon/cli/run_measure.h"
#include "daemon/cli/run_surroundings.h"

namespace perfwatch {

// The options of `perfwatch run`, as given.
struct RunOptions {
  GivenNames names;
  std::string json;
  std::string report;
  std::string storage;
  std::string timeout;
  std::string interval = "100ms";
  std::string tier;
  bool progress = false;
  bool quiet = false;
  bool keep = true;
  bool fail_on_regression = false;
  std::string source;  // --baseline.source
  std::size_t confirm = VerdictSettings{}.fewest_to_confirm;
  std::vector<std::string> misplaced;  // before the --
  std::vector<std::string> command;
};

// What is to be measured: names from the options, else from CI's environment, else from the folder
// and the command. An error names the option.
[[nodiscard]] Result<RunRequest> read_run_request(const RunOptions& options);

}  // namespace perfwatch
