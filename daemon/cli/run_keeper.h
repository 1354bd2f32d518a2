// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>

#include "core/base/result.h"
#include "core/model/run.h"
#include "core/store/database.h"
#include "daemon/run_judge.h"

namespace perfwatch {

// Keeps the run that this process measures: as running from its begin, so that one whose measurer
// is killed leaves a trace, and whole at its end. A run that cannot be kept is measured all the
// same.
class RunKeeper {
 public:
  // `folder`: --storage.path, or empty for the usual one.
  explicit RunKeeper(std::string folder) : folder_(std::move(folder)) {}

  void begin(const Run& run);
  // Forgets what is too old, too. The error: why the run is not kept.
  [[nodiscard]] Result<void> finish(const Run& run);
  // Takes over what the server at `url` knows of runs like this one, where too few are known here
  // to judge it; see import_if_needed().
  [[nodiscard]] Result<void> share(const std::string& url, const std::string& ca, const Run& run);
  // Against the runs before it.
  [[nodiscard]] Result<JudgedRun> judge(const Run& run, const VerdictSettings& settings);

 private:
  [[nodiscard]] Result<Database*> open();

  std::string folder_;
  std::optional<Database> database_;
};

}  // namespace perfwatch
