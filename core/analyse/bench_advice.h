// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>
#include <string>
#include <vector>

#include "core/model/bench.h"

namespace perfwatch {

// What the values of each parameter come to, in an administrator's words: "jobs: more than 4 does
// not help: 8 is 2 % slower and takes 64 % more memory". One sentence for each parameter and each
// choice of the others that was tried with at least two values of it, at most kMostBenchAdvice.
//
// Of numbers the smallest is told that no larger one beats: by 5 % of the mean wall time, and by
// more than twice the standard error of the difference. Of words the fastest is told.
inline constexpr std::size_t kMostBenchAdvice = 20;
[[nodiscard]] std::vector<std::string> bench_advice(std::span<const BenchResult> results,
                                                    RunMetric memory);

}  // namespace perfwatch
