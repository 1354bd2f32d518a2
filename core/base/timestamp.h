// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string_view>

namespace perfwatch {

// Epoch seconds of "1700000000.5" (a number as it is) or "2023-11-14 22:13:20", taken as UTC; a T
// between date and time, a fraction of the second and a Z at the end are allowed. nullopt for
// anything else, also for dates that no calendar has and years outside 1 to 9999.
[[nodiscard]] std::optional<double> parse_timestamp(std::string_view text);

}  // namespace perfwatch
