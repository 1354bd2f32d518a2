// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "core/analyse/run_verdict.h"

namespace perfwatch {

// "61.0 s", "12.3 ms", "1.2 GiB", "4214"; "?" for what is not known.
[[nodiscard]] std::string run_value_text(RunMetricInfo::Unit unit, double value);

// "+93 %", "-4.1 %", "+0.3 %".
[[nodiscard]] std::string relative_text(double change);

// The sentence of a verdict whose other fields are known: "CPU: 61.0 s -> 118 s (+93 %, 99 %
// interval +85 % to +101 %), 3 runs against 12."
[[nodiscard]] std::string verdict_text(const MetricVerdict& verdict,
                                       const VerdictSettings& settings);

// What the run waited for, where that explains its wall time: " It was stalled for CPU: 2.10 s
// -> 38.0 s.".
[[nodiscard]] std::string waiting_text(const MetricVerdict& stall);

}  // namespace perfwatch
