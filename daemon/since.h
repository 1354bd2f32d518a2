// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <optional>
#include <string_view>

namespace perfwatch {

// "7d" or "1h30m" before `now`, or a date: "2026-03-01", "2026-03-01 12:30:00", in UTC. nullopt for
// anything else.
[[nodiscard]] std::optional<std::chrono::system_clock::time_point> parse_since(
    std::string_view text, std::chrono::system_clock::time_point now);

// nullopt before 1970 and beyond the year 2255.
[[nodiscard]] std::optional<std::chrono::system_clock::time_point> time_since_1970(double seconds);

}  // namespace perfwatch
