// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "core/model/run_report.h"

namespace perfwatch {

// A card with the statistics of every metric that is known.
void append_statistics(std::string& out, const OperationReport& report);
// A card with each metric of one run that is known.
void append_figures(std::string& out, const Run& run);
// The commands of a run that took most CPU time and most memory; nothing where none is known.
void append_commands(std::string& out, const Run& run);
// The last kMostListed runs, the newest first, folded.
inline constexpr std::size_t kMostListed = 50;
void append_run_list(std::string& out, const OperationReport& report);

}  // namespace perfwatch
