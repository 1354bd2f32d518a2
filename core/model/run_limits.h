// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>

#include "core/model/baseline.h"
#include "core/model/run.h"

namespace perfwatch {

// How much of a run is kept: texts in bytes, lists in entries. Ten thousand runs, each an hour
// long, are 175 MB.
inline constexpr std::size_t kRunNameBytes = 256;      // component, operation, host, a label's name
inline constexpr std::size_t kRunTextBytes = 1024;     // a label's value, method, reason, note
inline constexpr std::size_t kRunArgumentBytes = 512;  // largest_arguments
inline constexpr std::size_t kRunWordBytes = 2048;     // one word of the command
inline constexpr std::size_t kRunWords = 256;
inline constexpr std::size_t kRunLabels = 64;
inline constexpr std::size_t kRunCommands = 50;    // in each of the two lists
inline constexpr std::size_t kRunTimeline = 600;   // points
inline constexpr std::size_t kBaselineRuns = 200;  // of one baseline

// The run as it is kept: texts printable UTF-8 and cut, lists cut, labels sorted and each name once
// (the first), the timeline downsampled. Doing it twice changes nothing.
[[nodiscard]] Run bounded(Run run);
// The same of the texts that a run is found by.
[[nodiscard]] BaselineKey bounded(BaselineKey key);

}  // namespace perfwatch
