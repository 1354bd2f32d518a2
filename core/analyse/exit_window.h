// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "core/model/exits.h"

namespace perfwatch {

// What kinds of ended programs are sorted by, always the most first: CPU time, processes, the
// largest peak, how long they lived on average.
enum class ExitSort : std::uint8_t { cpu, count, memory, time };
[[nodiscard]] std::string_view to_string(ExitSort sort);
[[nodiscard]] std::optional<ExitSort> parse_exit_sort(std::string_view text);

// What ended in the last minutes, for the page, /api/v1/exits and `perfwatch top --dead`.
struct ExitWindow {
  std::chrono::system_clock::time_point from;  // what ended from here on is in it
  std::chrono::system_clock::time_point to;
  std::vector<ExitKind> kinds;  // each name once
  ExitKind total;               // of all kinds; without a name
  bool complete = true;         // nothing that ended in it was missed
};

// The last `window` of `table` until `now`. As exits are kept by the minute it begins with a whole
// minute, up to one minute more than asked, but not before exits were listened to.
[[nodiscard]] ExitWindow exit_window(const ExitTable& table,
                                     std::chrono::system_clock::time_point now,
                                     std::chrono::minutes window, ExitSort sort);

// Share of the CPU time that all ended processes of the window took; absent when that is 0.
[[nodiscard]] std::optional<double> cpu_ratio(const ExitKind& kind, const ExitWindow& window);
// Over those where it is known; absent when it is of none.
[[nodiscard]] std::optional<double> mean_lived_seconds(const ExitKind& kind);
[[nodiscard]] std::optional<double> mean_peak_bytes(const ExitKind& kind);
[[nodiscard]] std::optional<double> largest_peak_bytes(const ExitKind& kind);

}  // namespace perfwatch
