// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>

#include "core/model/run_report.h"

namespace perfwatch {

// What the runs of one operation come to; in any order, they are sorted by their start. Statistics
// and trends are of the succeeded runs with warm caches, or of the cold ones where all were cold.
// Trends go from run to run, not with the clock: ten runs in an hour and none at night are as good
// as one a day. Nothing is said of regressions, as they need a baseline.
[[nodiscard]] OperationReport summarise_runs(std::span<const Run> runs);

}  // namespace perfwatch
