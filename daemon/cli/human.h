// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <optional>
#include <string>

namespace perfwatch {

// Numbers as a person reads them. What is absent or not a number is "-"; no value, however absurd,
// makes a text longer than 12 characters.
using MaybeNumber = std::optional<double>;

[[nodiscard]] std::string human_bytes(MaybeNumber bytes);       // "512 B", "1.5 GiB"
[[nodiscard]] std::string short_bytes(MaybeNumber bytes);       // "512B", "1.5G": for tables
[[nodiscard]] std::string human_ratio(MaybeNumber ratio);       // 0.041 -> "4.1%", 0.83 -> "83%"
[[nodiscard]] std::string human_cores(MaybeNumber cores);       // "12.31"
[[nodiscard]] std::string human_count(MaybeNumber count);       // "51234"
[[nodiscard]] std::string human_duration(MaybeNumber seconds);  // "3d 4h", "12m 5s", "0.4s"
[[nodiscard]] std::string fine_duration(MaybeNumber seconds);   // the same, and "8.2ms", "40us"

// Seconds since 1970 of "2026-11-20T23:34:36.120Z"; nullopt for anything else.
[[nodiscard]] std::optional<double> parse_rfc3339(const std::string& text);

}  // namespace perfwatch
