// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <string>

#include "core/base/result.h"
#include "core/model/run_report.h"
#include "core/store/database.h"
#include "core/store/runs.h"

namespace perfwatch {

struct RunReportOf {
  RunReport report;
  std::size_t operations_left_out = 0;  // those beyond kReportedOperations, the longest unused
  // Runs on other classes of host than the newest of their operation: not to be mixed with it.
  std::size_t runs_left_out = 0;
};
inline constexpr std::size_t kReportedOperations = 100;

// All operations with a run that the filter lets through, the most recently used first, with what
// regressed in the newest run of each. `generated` and `host` are left to the caller.
[[nodiscard]] Result<RunReportOf> make_run_report(Database& database, const RunFilter& filter);

}  // namespace perfwatch
