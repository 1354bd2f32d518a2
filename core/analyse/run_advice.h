// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/model/run_report.h"

namespace perfwatch {

// What bounds a run, and what to do about it, each bottleneck with its recommendation: work stalled
// for memory, I/O or CPU (PSI), throttled by a limit, one process as large as most of the peak, far
// fewer cores in use than there are, stretches on one core, much time in the kernel. Names of
// programs in the texts are a stranger's. Nothing is said of runs under kShortestToJudge.
inline constexpr double kShortestToJudge = 1;  // seconds
[[nodiscard]] RunRemarks run_remarks(const Run& run);

// The same of what only many runs show: runs that fail, times that vary too much to compare.
[[nodiscard]] RunRemarks history_remarks(const OperationReport& report);

}  // namespace perfwatch
