// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/analyse/threshold.h"
#include "core/base/result.h"
#include "daemon/cli/backtest_input.h"
#include "daemon/cli/backtest_output.h"

namespace perfwatch {

// Each judges recorded data by the code that judges live data, row by row, except change points,
// which want the whole series (at most kMostRows). What they print stands in `perfwatch backtest
// METHOD --help`.
inline constexpr std::size_t kMostRows = 1'000'000;

[[nodiscard]] Result<void> replay_threshold(BacktestInput& input, BacktestOutput& output,
                                            const ThresholdRule& rule, bool counter);
[[nodiscard]] Result<void> replay_anomalies(BacktestInput& input, BacktestOutput& output);
[[nodiscard]] Result<void> replay_change_points(BacktestInput& input, BacktestOutput& output);
[[nodiscard]] Result<void> replay_leak(BacktestInput& input, BacktestOutput& output);

}  // namespace perfwatch
