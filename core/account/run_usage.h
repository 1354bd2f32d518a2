// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sys/resource.h>

#include <cstdint>

#include "core/model/process.h"
#include "core/model/run.h"

namespace perfwatch {

// The largest sum of anonymous memory that `looks` at the living found, as a figure: NaN where it
// would be chance, for there were fewer looks than that, and where nobody told theirs.
inline constexpr std::uint32_t kFewestLooks = 10;
[[nodiscard]] double sampled_peak(std::uint32_t looks, double most_bytes);

// What processes of a run spent, as a sum that can be held against another one.
struct RunUsage {
  double user_seconds = 0;
  double system_seconds = 0;
  double minor_faults = 0;
  double major_faults = 0;
  double voluntary_switches = 0;
  double involuntary_switches = 0;
  double read_bytes = 0;     // NaN as soon as one of the processes
  double written_bytes = 0;  // does not tell

  RunUsage& operator+=(const RunUsage& more);
  RunUsage& operator-=(const RunUsage& less);  // not below 0
  [[nodiscard]] double cpu_seconds() const { return user_seconds + system_seconds; }
};

[[nodiscard]] RunUsage usage_of(const ProcessRecord& process);
// Of a child that was waited for: itself and all below it that were waited for. Blocks of 512 bytes
// to and from storage; `io_counted`: this kernel counts them, else they are 0 for everybody.
[[nodiscard]] RunUsage usage_of(const rusage& usage, bool io_counted);

// The same run, told by the events and by wait4(2): they agree when they differ by 0.1 % and
// `ticks` of 10 ms at most.
[[nodiscard]] bool agree(const RunUsage& events, const RunUsage& waited, double ticks);

void fill_figures(const RunUsage& usage, RunFigures& out);

}  // namespace perfwatch
