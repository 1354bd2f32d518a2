// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace perfwatch {

// Text on a terminal, measured in columns. Widths are the C library's (wcwidth), so LC_CTYPE must
// be a UTF-8 locale: call use_utf8_locale() once, before the first thread.
void use_utf8_locale();

// `text` with nothing in it that a terminal obeys: bytes that are not UTF-8 and controls as \xNN,
// characters without a width or that reverse the writing direction as U+FFFD. All that came from
// the daemon passes here before it is printed.
[[nodiscard]] std::string safe_text(std::string_view text);

[[nodiscard]] std::size_t display_width(std::string_view text);
// Exactly `width` columns: filled with blanks (on the left with `right`), or cut with an ellipsis.
[[nodiscard]] std::string fit(std::string_view text, std::size_t width, bool right = false);
// At most `width` columns, cut with an ellipsis; not filled.
[[nodiscard]] std::string clip(std::string_view text, std::size_t width);
// Lines of at most `width` columns, broken at blanks where there are some.
[[nodiscard]] std::vector<std::string> wrap(std::string_view text, std::size_t width);

}  // namespace perfwatch
