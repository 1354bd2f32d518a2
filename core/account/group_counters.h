// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>

#include "core/account/group.h"
#include "core/model/process.h"

namespace perfwatch {

[[nodiscard]] GroupCounters counters_of(const ProcessRecord& record);

// Brings `seen` up to the record; returns the differences. What goes back adds nothing.
//
// User and system time together grow by exactly what the process ran. Their split is the kernel's
// estimate and may shift backwards; it is then held as kernel/sched/cputime.c (cputime_adjust)
// holds it: neither part goes back, and their sum stays right.
[[nodiscard]] GroupCounters advance(GroupCounters& seen, const ProcessRecord& record);

void add(GroupCounters& total, const GroupCounters& more);
void add(std::optional<std::uint64_t>& total, std::optional<std::uint64_t> more);

// Counts the record among the living.
void add_living(GroupLiving& living, const ProcessRecord& record);

}  // namespace perfwatch
