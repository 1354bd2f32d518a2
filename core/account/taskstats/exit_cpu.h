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
// both estimates, thousands of such children are within 1 % of getrusage(RUSAGE_CHILDREN).

// The CPU time since the last tick or switch, at most `tick_nanoseconds` (1/HZ).
//
// Who never slept has run all the time since its start, except while it waited for a CPU: that is
// exact (measured: 5 us). For who slept, the last stretch is taken to be a quarter of the mean of
// those before, as the first, with exec(2) and the dynamic linker in it, is the long one (measured:
// 0.05 to 0.5, shells and compiler drivers 0.2), and to be no longer than
// `since_woken_nanoseconds`, the time that passed between what it may have waited for and the
// record.
[[nodiscard]] std::uint64_t unrecorded_nanoseconds(
    const ThreadRecord& record, std::uint64_t tick_nanoseconds,
    std::uint64_t since_woken_nanoseconds = ~std::uint64_t{0});

// The CPU time of the teardown: the time that passed from the record to the exit event. When that
// is more than the peak of resident memory makes likely (200 us and 40 us for each MiB), somebody
// else had the CPU meanwhile, and it is what is usual: 20 us and 26 us for each MiB, as measured.
[[nodiscard]] std::uint64_t teardown_nanoseconds(std::uint64_t passed_nanoseconds,
                                                 std::uint64_t peak_resident_kib);

struct CpuSplit {
  double user_seconds = 0;
  double system_seconds = 0;

  [[nodiscard]] double total() const { return user_seconds + system_seconds; }
};

// What a process had used when it called exec(2), of what it has used `late_nanoseconds` after
// that: with one thread at most the time since it had used no more than `seen`
// (`passed_nanoseconds`, 0: not known), with several all but the late time.
[[nodiscard]] CpuSplit cpu_at_exec(const CpuSplit& now, const CpuSplit& seen,
                                   std::uint64_t passed_nanoseconds,
                                   std::uint64_t late_nanoseconds);

// Splits the exact run time as ticks say, like cputime_adjust() of kernel/sched/cputime.c; neither
// part is smaller than in `seen`, what a sweep has shown of the same process before.
[[nodiscard]] CpuSplit split_cpu(std::uint64_t run_nanoseconds, std::uint64_t user_microseconds,
                                 std::uint64_t system_microseconds, const CpuSplit& seen);

}  // namespace perfwatch
