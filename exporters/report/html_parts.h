// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <fmt/format.h>

#include <iterator>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/model/run_report.h"

namespace perfwatch {

// Pieces of the HTML reports. What goes in is text, what comes out is HTML.

template <class... Args>
void put(std::string& out, fmt::format_string<Args...> format, Args&&... args) {
  fmt::format_to(std::back_inserter(out), format, std::forward<Args>(args)...);
}

void append_page_head(std::string& out, std::string_view title);
void append_page_end(std::string& out);

// A big number with its name above and a line below. `value` and `note` are HTML.
void append_tile(std::string& out, std::string_view title, std::string_view value,
                 std::string_view note);

// A card with a heading and sentences; nothing without sentences.
void append_sentences(std::string& out, std::string_view heading,
                      const std::vector<std::string>& sentences);
// Bottlenecks and recommendations.
void append_advice(std::string& out, const std::vector<std::string>& bottlenecks,
                   const std::vector<std::string>& recommendations);

// A word on a coloured ground; `kind` is good, warn, bad or quiet.
[[nodiscard]] std::string badge_html(std::string_view kind, std::string_view text);
// "degrading" in its colour; a dash without a trend.
[[nodiscard]] std::string trend_badge(const std::optional<RunTrend>& trend);
[[nodiscard]] std::string_view outcome_kind(RunOutcome outcome);

}  // namespace perfwatch
