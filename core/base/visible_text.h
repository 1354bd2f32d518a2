// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

namespace perfwatch {

// As printable_utf8, and the characters that override the direction of the text behind them (U+202A
// to U+202E, U+2066 to U+2069), with which "gpj.exe" is made to read as "exe.jpg", by their names:
// "\u202E". For texts that people read.
[[nodiscard]] std::string visible_text(std::string_view text);

}  // namespace perfwatch
