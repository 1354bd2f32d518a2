// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <span>
#include <string>

#include "core/model/bench.h"
#include "daemon/cli/bench_baseline.h"
#include "daemon/cli/bench_runs.h"
#include "daemon/cli/terminal.h"

namespace perfwatch {

// A bench on a terminal, in the manner of hyperfine. What is not known is left out.

// "Benchmark 2: make -j4"
[[nodiscard]] std::string render_bench_head(std::size_t task, const std::string& command,
                                            const Style& style);
// What was measured of one command, its outliers and its warnings.
[[nodiscard]] std::string render_bench_result(const BenchResult& result, const Style& style);
// All of them side by side, and what to make of it; empty where there is nothing to tell.
[[nodiscard]] std::string render_bench_summary(const BenchReport& report, const Style& style);
// What has become of each command since the baseline.
[[nodiscard]] std::string render_comparisons(const BenchBaseline& baseline,
                                             std::span<const BenchComparison> comparisons,
                                             const Style& style);

// One line without its end, at most `width` columns.
[[nodiscard]] std::string render_bench_progress(const BenchProgress& progress, std::size_t width);

}  // namespace perfwatch
