// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <span>

#include "core/model/run_report.h"

namespace perfwatch {

// Where a metric is going from run to run, oldest first; the values are finite. Less than
// `smallest_change` over all of them is stable however sure it is. Absent with too few.
[[nodiscard]] std::optional<RunTrend> find_run_trend(std::span<const double> values,
                                                     double smallest_change = 0);

}  // namespace perfwatch
