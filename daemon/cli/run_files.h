// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/base/result.h"
#include "core/model/run.h"
#include "daemon/cli/output_file.h"
#include "daemon/cli/run_options.h"
#include "daemon/run_judge.h"

namespace perfwatch {

// What `perfwatch run` writes when the command has ended.
struct RunFiles {
  OutputFile json;
  OutputFile report;
};
// Before the command begins, so that a file that cannot be is told then.
[[nodiscard]] Result<RunFiles> open_run_files(const RunOptions& options);

// Nothing that goes wrong here changes how the command ended: it is said. `judged`: null where the
// run was not.
void write_run_files(const RunOptions& options, const Run& run, const JudgedRun* judged,
                     RunFiles& files);

}  // namespace perfwatch
