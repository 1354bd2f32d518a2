// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "core/base/result.h"
#include "core/model/run.h"
#include "exporters/json/json_parts.h"

namespace perfwatch {

// A run as JSON. Figures are keyed by their metric's name; what is not known is left out, in them,
// in the timeline and of a command. Lists that are empty are left out, too, but for those of an
// object of figures. `exit_code` is that of a run that ended by itself, `signal` of one that was
// killed.
[[nodiscard]] Json run_object(const Run& run);
[[nodiscard]] Json figures_object(const RunFigures& figures);
// Indented, with a line break at the end; `ascii` escapes all that is not ASCII: for terminals.
[[nodiscard]] std::string run_to_json(const Run& run, bool ascii = false);

inline constexpr std::size_t kRunJsonBytes = std::size_t{4} << 20U;

// What run_to_json() wrote, or a stranger: the run as bounded() of core/model/run_limits.h leaves
// it. Malformed names the place: no JSON, larger than kRunJsonBytes, something needed is missing
// (id, component, operation, started, outcome), of another type or of a range that it cannot have.
// Metrics and members that are not known are passed over: a newer perfwatch may have written them.
[[nodiscard]] Result<Run> run_from_json(std::string_view text);

}  // namespace perfwatch
