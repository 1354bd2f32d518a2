// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <limits>
#include <string>

#include "core/model/run_report.h"

namespace perfwatch {

// What all operations of a report come to, and the sentences that Markdown and HTML share.
struct ReportTotals {
  std::size_t operations = 0;
  std::size_t runs = 0;
  std::size_t regressions = 0;
  std::size_t regressed_operations = 0;
  double succeeded_ratio = std::numeric_limits<double>::quiet_NaN();  // of the runs that ended
  double wall_seconds = std::numeric_limits<double>::quiet_NaN();     // of all runs in histories
  double cpu_seconds = std::numeric_limits<double>::quiet_NaN();
  double peak_bytes = std::numeric_limits<double>::quiet_NaN();  // the largest
  std::string peak_of;                                           // whose it is
};
[[nodiscard]] ReportTotals totals_of(const RunReport& report);

[[nodiscard]] std::string verdict_words(const ReportTotals& totals);
[[nodiscard]] std::string operation_name(const OperationReport& report);  // "kernel / make"
// "12 succeeded, 2 failed".
[[nodiscard]] std::string outcomes_words(const OperationReport& report);
// Which runs the statistics are of.
[[nodiscard]] std::string basis_words(const OperationReport& report);
// The text of a regression, or its figures where it has none, and since when.
[[nodiscard]] std::string regression_words(const RunRegression& regression);
// Who measured a run, by which tier, and whether nothing was missed.
[[nodiscard]] std::string method_words(const Run& run);

}  // namespace perfwatch
