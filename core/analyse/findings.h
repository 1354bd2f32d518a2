// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "core/model/finding_view.h"
#include "core/model/frame.h"

namespace perfwatch {

// Everything that is wrong with the host now: its alerts that fire or are pending, and its
// bottlenecks, the worst first; of equal severity what fires, then what is present, then what is
// pending, the oldest first.
[[nodiscard]] std::vector<FindingView> collect_findings(const Frame& frame,
                                                        const std::vector<const Alert*>& alerts);

// What its rule knows besides the value, in a line: "rate 388.1kiB/s (374.7kiB to 395.5kiB), since
// 2026-03-01T12:30:00.250Z, left 14h 42m 55s, sure 53.05%". Empty for levels.
[[nodiscard]] std::string alert_details(const Alert& alert);

}  // namespace perfwatch
