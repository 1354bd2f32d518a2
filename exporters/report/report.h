// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "core/model/bench.h"
#include "core/model/run_report.h"

namespace perfwatch {

// Reports of runs and benchmarks. Pure: no clock, no I/O. Names, labels and command lines are a
// stranger's and can neither leave their place nor hide: they are escaped, and control characters
// and those that turn the direction of text become visible.

// GitHub's Markdown: also a CI job's summary.
[[nodiscard]] std::string report_markdown(const RunReport& report);
// An entry of "operations" has "count", "execution_time" {total, mean, median, min, max, std, p95,
// p99}, "memory" {metric, mean, peak} and "trend" {direction, slope, volatility} of the wall time;
// what is not known there is null. What else is not known is left out.
[[nodiscard]] std::string report_json(const RunReport& report);
// One file with everything in it: no script, nothing is fetched, and its own content security
// policy forbids both.
[[nodiscard]] std::string report_html(const RunReport& report);

// The same of a single run.
[[nodiscard]] std::string run_markdown(const Run& run, const RunRemarks& remarks = {});
[[nodiscard]] std::string run_html(const Run& run, const RunRemarks& remarks = {});

// A table of commands side by side, with warnings and recommendations below.
[[nodiscard]] std::string bench_markdown(const BenchReport& report);
// The fields of hyperfine's --export-json, so that its scripts read it, and ours beside them.
[[nodiscard]] std::string bench_json(const BenchReport& report);

}  // namespace perfwatch
