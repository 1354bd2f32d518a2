// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/result.h"
#include "core/model/baseline.h"
#include "core/store/database.h"

namespace perfwatch {

// What runs are compared with, see history_of() in core/store/runs.h.

// More keys than these are neither listed nor imported.
inline constexpr std::size_t kBaselinesKept = 1'000;

// Says that the level which began with the run `from_run` is as it should be: nothing before it
// counts any more, imported or not. Replaces the mark that was there. `at` is now. Malformed: it is
// no id of a run.
[[nodiscard]] Result<void> accept_baseline(Database& database, const BaselineKey& key,
                                           std::string_view from_run, std::string_view note,
                                           std::chrono::system_clock::time_point at);

struct BaselineSummary {
  Baseline baseline;         // without runs
  std::size_t own = 0;       // succeeded here since the mark
  std::size_t imported = 0;  // since the mark, and not among those
  std::string newest_run;    // of both; empty when there is none
};

// One for each key with succeeded runs, a mark or imported runs; by component and operation.
[[nodiscard]] Result<std::vector<BaselineSummary>> list_baselines(Database& database);

// Takes baselines over from elsewhere, all or none: their runs are added to those known of the key
// (the newest kBaselineRuns stay), and their mark, where they have a later one, replaces ours.
// Doing it twice changes nothing. Malformed: an id that is none, more keys than are kept.
[[nodiscard]] Result<void> import_baselines(Database& database,
                                            std::span<const Baseline> baselines);

}  // namespace perfwatch
