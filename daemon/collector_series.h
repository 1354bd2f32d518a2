// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <vector>

#include "core/model/frame.h"

namespace perfwatch {

// perfwatch_collector_*: how the collectors of a frame are doing.
[[nodiscard]] MetricList collector_metrics();
// `schema` is that of the round before, and becomes that of this one.
[[nodiscard]] Samples describe_collectors(const std::vector<CollectorState>& collectors,
                                          std::shared_ptr<const Schema>& schema);

}  // namespace perfwatch
