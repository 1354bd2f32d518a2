// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstddef>
#include <string>
#include <string_view>

#include "core/analyse/evidence.h"
#include "core/analyse/load.h"
#include "core/model/bottleneck.h"

namespace perfwatch {

// What bounds the host or a group, from the load of the recent window. Both must speak: how much of
// a resource is used, and that work waits for it (pressure; where the kernel has none, the queue).
// Full CPUs that nothing waits for are a host in good use; waiting beside a resource that is free
// has another cause, which is named. docs/operations.md has the levels and where they come from.
//
// `before` is the judgement before this one, or null: what was seen then is seen on until it is
// well below its level, and keeps its `since`. Pure.
[[nodiscard]] Bottlenecks find_bottlenecks(const Load& load, const Bottlenecks* before,
                                           std::chrono::system_clock::time_point now);

// By what the processes behind a bottleneck are weighed.
[[nodiscard]] Weight weight_of(Resource resource);

// "memory: 96% ..." of the worst, a line each, at most `limit` bytes: for an alert. Empty when
// nothing bounds the host.
[[nodiscard]] std::string bottleneck_lines(const Bottlenecks& bottlenecks, std::size_t limit);

}  // namespace perfwatch
