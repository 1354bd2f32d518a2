// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

#include "core/base/html_text.h"

namespace perfwatch {

// Pieces of the page. Texts that come out of here are HTML already; those that go in are not.

// What is not known.
inline constexpr std::string_view kDash = "–";

// Numbers as a person reads them; a dash for nullopt, NaN and infinity.
[[nodiscard]] std::string bytes_text(std::optional<double> bytes);       // "1.5 GiB"
[[nodiscard]] std::string percent_text(std::optional<double> ratio);     // 0.042 -> "4.2 %"
[[nodiscard]] std::string number_text(std::optional<double> value);      // four digits: "0.9312"
[[nodiscard]] std::string hundredths_text(std::optional<double> value);  // "12.50"
[[nodiscard]] std::string duration_text(std::optional<double> seconds);  // "3 d 4 h", "8 ms"
[[nodiscard]] std::string time_text(std::chrono::system_clock::time_point t);  // UTC, to the second

// A bar filled from 0 to 1, green, then amber from `warn` and red from `bad`; without a ratio it is
// empty. Only an ornament: the number stands beside it as text.
[[nodiscard]] std::string bar(std::optional<double> ratio, double warn, double bad);
// The same in one quiet colour, for shares that are neither good nor bad.
[[nodiscard]] std::string share_bar(std::optional<double> ratio);

// A word on a coloured ground; `kind` is good, warn, bad or quiet.
[[nodiscard]] std::string badge(std::string_view kind, std::string_view text);
// What to do about a finding, and the command that shows it; nothing for what is empty.
[[nodiscard]] std::string advice(std::string_view recommendation, std::string_view command);

}  // namespace perfwatch
