// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>

#include "core/base/result.h"
#include "core/model/baseline.h"
#include "core/store/database.h"

namespace perfwatch {

// What the table of baselines says of a key; for core/store only.
struct BaselineRow {
  std::optional<std::int64_t> number;  // nullopt: nothing
  Baseline baseline;                   // without runs; the key as it was asked for
};
[[nodiscard]] Result<BaselineRow> read_baseline_row(Database& database, const BaselineKey& key);

}  // namespace perfwatch
