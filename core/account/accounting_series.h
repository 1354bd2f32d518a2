// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/account/group_ledger.h"
#include "core/model/accounting.h"
#include "core/model/metric.h"
#include "core/model/samples.h"

namespace perfwatch {

// How the processes are accounted: perfwatch_accounting_tier, _feature_info, _exact,
// perfwatch_events_lost_total, perfwatch_processes_ended_total.
[[nodiscard]] MetricList accounting_metrics();
void write_accounting_series(const Accounting& accounting, const GroupLedger& ledger,
                             SampleWriter& out);

}  // namespace perfwatch
