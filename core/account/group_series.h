// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/account/group_ledger.h"
#include "core/model/metric.h"
#include "core/model/samples.h"

namespace perfwatch {

// The perfwatch_group_* metrics and perfwatch_series_limited_total.
[[nodiscard]] MetricList group_metrics();
// perfwatch_series_limited_total, the last one that write_group_series() writes: other kinds of
// items that are limited are added right after it.
[[nodiscard]] const Metric& series_limited_metric();

// The host's clock: when ticks were 0, in seconds since 1970-01-01 UTC, and their length. While
// that is kAbsent, so is every start.
struct TickClock {
  double boot_time_seconds = 0;
  double ticks_per_second = 100;
  [[nodiscard]] double at(std::uint64_t ticks) const {
    return boot_time_seconds + static_cast<double>(ticks) / ticks_per_second;
  }
};

// All series of the ledger, metric by metric, groups in slot order, so that the schema of the round
// before is reused until a group comes or goes. A group without members shows gauges of 0.
void write_group_series(const GroupLedger& ledger, const TickClock& clock, SampleWriter& out);

}  // namespace perfwatch
