// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "core/model/run_report.h"

namespace perfwatch {

// CPU and memory during a run; nothing without a timeline.
void append_timeline(std::string& out, const Run& run);
// Wall time, CPU time and memory from run to run, with what regressed and since when; nothing of
// fewer than two runs. At most the last kMostHistory.
inline constexpr std::size_t kMostHistory = 400;
void append_history(std::string& out, const OperationReport& report);

}  // namespace perfwatch
