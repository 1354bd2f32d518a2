// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "core/model/run.h"

namespace perfwatch {

// Figures and names as people read them in a report, before they become Markdown or HTML.

// What is not known.
inline constexpr std::string_view kNotKnown = "–";

// Four digits at most, NaN and infinity as kNotKnown.
[[nodiscard]] std::string seconds_words(double seconds);  // "12.35 s", "3 min 12 s", "820 µs"
[[nodiscard]] std::string bytes_words(double bytes);      // "1.52 GiB"
[[nodiscard]] std::string count_words(double count);      // "1 234", "12.5 M"
[[nodiscard]] std::string value_words(double value, RunMetricInfo::Unit unit);
[[nodiscard]] std::string ratio_words(double ratio);   // 0.042 -> "4.2 %"
[[nodiscard]] std::string change_words(double ratio);  // of after to before: 1.25 -> "+25 %"
// "2026-03-01 12:30:00 UTC", "2026-03-01 12:30", "1 Mar", "12:30".
[[nodiscard]] std::string time_words(std::chrono::system_clock::time_point time);
[[nodiscard]] std::string minute_words(std::chrono::system_clock::time_point time);
[[nodiscard]] std::string day_words(std::chrono::system_clock::time_point time);
[[nodiscard]] std::string clock_words(std::chrono::system_clock::time_point time);

[[nodiscard]] const RunMetricInfo& info_of(RunMetric metric);
// Its label as the first word of a line: "Largest process".
[[nodiscard]] std::string metric_words(RunMetric metric);
// Whether it is a peak: peaks of several runs have no sum.
[[nodiscard]] bool is_peak(RunMetric metric);
// "succeeded", "failed (exit code 2)", "killed by signal 9".
[[nodiscard]] std::string outcome_words(const Run& run);
// The arguments as a shell would take them back, at most `limit` bytes.
[[nodiscard]] std::string command_words(const std::vector<std::string>& command, std::size_t limit);
// "1 run", "3 runs".
[[nodiscard]] std::string counted(std::size_t count, std::string_view noun);

// Markdown of a text: nothing in it is markup, neither in a line nor in a cell of a table.
[[nodiscard]] std::string as_markdown(std::string_view text);
// As code, which also keeps a name from becoming a link or a mention.
[[nodiscard]] std::string as_markdown_code(std::string_view text);
// The same in a cell of a table. What has a "|" is no code there: readers do not agree on how it is
// escaped in code.
[[nodiscard]] std::string as_markdown_cell(std::string_view text);

}  // namespace perfwatch
