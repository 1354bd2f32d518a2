// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/result.h"
#include "core/model/baseline.h"

namespace perfwatch {

// Baselines as JSON, to be carried to another host:
//   {"baselines": [{"component", "operation", "host_class", "cold", "since_run", "accepted_at",
//     "note", "runs": [ID, ...], "values": {"cpu_seconds": [NUMBER or null, ...], ...}}]}
// Runs are oldest first; the n-th value of a metric is that of the n-th run.
[[nodiscard]] std::string baselines_to_json(std::span<const Baseline> baselines,
                                            bool ascii = false);

inline constexpr std::size_t kBaselinesJsonBytes = std::size_t{64} << 20U;
inline constexpr std::size_t kBaselinesJsonValues = 5'000'000;

// What baselines_to_json() wrote, or a stranger. Malformed names the place: no JSON, too large, a
// key without its parts, an id that is none or comes twice, lists of different lengths, values that
// are no numbers from 0 up, more runs than kBaselineRuns.
[[nodiscard]] Result<std::vector<Baseline>> baselines_from_json(std::string_view text);

}  // namespace perfwatch
