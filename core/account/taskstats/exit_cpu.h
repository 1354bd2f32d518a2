// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "core/account/taskstats/records.h"

namespace perfwatch {

// What the record of an exit does not say of its CPU time, from what it does say.
//
// The record is written while the thread still runs: its run time is as of the last tick or switch
// and lacks up to one tick. For children of 1 to 50 ms that was measured as 6 % of their time, for
// /bin/true 92 %. Nor is the teardown of memory in it, which comes after (another 1 to 4 %). With
// both estimates, thousands of such children are within 0.5 % of getrusage(RUSAGE_CHILDREN).

// The CPU time since the last tick or switch, at most `tick_nanoseconds` (1/HZ).
//
// Who never slept has run all the time since its start, except while it waited for a CPU: that is
// exact. For who slept, the last stretch is taken to be one like those before, whose lengths are
// exponential with the mean of what was seen: E[min(X, room)] = m (1 - exp(-room/m)).
[[nodiscard]] std::uint64_t unrecorded_nanoseconds(const ThreadRecord& record,
                                                   std::uint64_t tick_nanoseconds);

// The CPU time of the teardown, at most the time that passed from the record to the exit event, and
// at most what the peak of resident memory makes likely (measured: 30 to 140 us and 25 us for each
// MiB; taken: 200 us and 40 us): beyond, somebody else had the CPU.
[[nodiscard]] std::uint64_t teardown_nanoseconds(std::uint64_t passed_nanoseconds,
                                                 std::uint64_t peak_resident_kib);

struct CpuSplit {
  double user_seconds = 0;
  double system_seconds = 0;
};

// Splits the exact run time as ticks say, like cputime_adjust() of kernel/sched/cputime.c; neither
// part is smaller than in `seen`, what a sweep has shown of the same process before.
[[nodiscard]] CpuSplit split_cpu(std::uint64_t run_nanoseconds, std::uint64_t user_microseconds,
                                 std::uint64_t system_microseconds, const CpuSplit& seen);

}  // namespace perfwatch
