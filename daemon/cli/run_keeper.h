// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <limits>
#include <optional>
#include <string>
#include <thread>

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

  // In the background, as the file may be busy or its disk slow: the command's signals and its
  // timeout do not wait for it.
  void begin(const Run& run);
  // The median wall time of the latest runs that this one can be compared with; nullopt as long as
  // none is known.
  [[nodiscard]] std::optional<double> usual_seconds() const;
  // Forgets what is too old in the usual folder, too. The error: why the run is not kept.
  [[nodiscard]] Result<void> finish(const Run& run);
  // Takes over what the server at `url` knows of runs like this one, where too few are known here
  // to judge it; see import_if_needed().
  [[nodiscard]] Result<void> share(const std::string& url, const std::string& ca, const Run& run);
  // Against the runs before it.
  [[nodiscard]] Result<JudgedRun> judge(const Run& run, const VerdictSettings& settings);

 private:
  [[nodiscard]] Result<Database*> open();
  void note_begin(const Run& run);

  std::string folder_;
  std::optional<Database> database_;  // of background_ while that runs
  std::atomic<double> usual_seconds_ = std::numeric_limits<double>::quiet_NaN();
  std::jthread background_;  // last, so that it ends first
};

}  // namespace perfwatch
