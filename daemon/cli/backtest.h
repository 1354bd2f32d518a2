// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <functional>

#include "core/analyse/rule_set.h"
#include "core/base/result.h"
#include "daemon/cli/backtest_input.h"
#include "daemon/cli/backtest_output.h"
#include "daemon/cli/backtest_settings.h"

namespace perfwatch {

// Each judges recorded data by the code that judges live data, row by row, except change points,
// which want the whole series (at most kMostRows). What they print stands in `perfwatch backtest
// METHOD --help`.
inline constexpr std::size_t kMostRows = 1'000'000;

// Calls `take` for each row until it refuses. What was said of a row is written before the next one
// is waited for, so that a pipe is answered row by row.
using TakeRow = std::function<Result<void>(const BacktestRow&)>;
[[nodiscard]] Result<void> each_row(BacktestInput& input, BacktestOutput& output,
                                    const TakeRow& take);

[[nodiscard]] Result<void> replay_threshold(BacktestInput& input, BacktestOutput& output,
                                            const Rule& rule, bool counter);
[[nodiscard]] Result<void> replay_anomalies(BacktestInput& input, BacktestOutput& output,
                                            const AnomalyDetector::Settings& settings = {});
[[nodiscard]] Result<void> replay_change_points(BacktestInput& input, BacktestOutput& output,
                                                const ChangePointSettings& settings = {});
[[nodiscard]] Result<void> replay_leak(BacktestInput& input, BacktestOutput& output,
                                       const DetectorSettings& settings = {});

}  // namespace perfwatch
