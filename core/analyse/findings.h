// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include "core/model/finding_view.h"
#include "core/model/frame.h"

namespace perfwatch {

// Everything that is wrong with the host now: its alerts that fire or are pending, and its
// bottlenecks, the worst first; of equal severity what fires, then what is present, then what is
// pending, the oldest first.
[[nodiscard]] std::vector<FindingView> collect_findings(const Frame& frame,
                                                        const std::vector<const Alert*>& alerts);

}  // namespace perfwatch
