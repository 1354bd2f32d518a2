// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <span>

#include "core/account/group_ledger.h"
#include "core/account/group_series.h"
#include "core/model/process.h"

namespace perfwatch {

// What `perfwatch top`, the page and the API show of the groups and of the living processes.
// `records`: of the ledger's last update; `seconds`: since the sweep before, 0 when there was none
// (then nothing is known of rates).
[[nodiscard]] std::shared_ptr<ProcessTable> make_process_table(
    const GroupLedger& ledger, std::span<const ProcessRecord> records, const TickClock& clock,
    double seconds);

}  // namespace perfwatch
