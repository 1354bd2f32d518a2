// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "core/model/run.h"
#include "daemon/cli/run_measure.h"
#include "daemon/run_judge.h"

namespace perfwatch {

// The lines that `perfwatch run` prints when the command has ended. What is not known is left out.
[[nodiscard]] std::string render_run_summary(const Run& run);

// The lines below it: what changed against the runs before, else why nothing can be said.
[[nodiscard]] std::string render_verdict(const JudgedRun& judged);

// One line without its end, at most `width` characters.
[[nodiscard]] std::string render_run_progress(const RunProgress& progress, std::size_t width);

}  // namespace perfwatch
