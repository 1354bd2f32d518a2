// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

namespace perfwatch {

// The table of all metrics in Markdown, as docs/metrics.md has it and `perfwatchd --list-metrics`
// prints it.
[[nodiscard]] std::string metric_reference();

}  // namespace perfwatch
