// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

namespace perfwatch {

// The table of all metrics in Markdown, as docs/metrics.md has it and `perfwatchd --list-metrics`
// prints it.
[[nodiscard]] std::string metric_reference();

// The names of all of them.
[[nodiscard]] std::vector<std::string> metric_names();

}  // namespace perfwatch
