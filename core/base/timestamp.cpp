// SPDX-License-Identifier: Apache-2.0
#include "core/base/timestamp.h"

#include <chrono>
#include <cmath>
#include <cstddef>
#include <cstdint>

#include "core/base/text.h"

namespace perfwatch {
namespace {

// The `width` digits at `at`.
std::optional<unsigned> digits(std::string_view text, std::size_t at, std::size_t width) {
  if (text.size() < at + width) return std::nullopt;
  return to_number<unsigned>(text.substr(at, width));
}

bool has_marks(std::string_view text) {
  return text.size() >= 19 && text[4] == '-' && text[7] == '-' &&
         (text[10] == ' ' || text[10] == 'T') && text[13] == ':' && text[16] == ':';
}

std::optional<double> fraction(std::string_view text) {
  if (text.ends_with('Z')) text.remove_suffix(1);
  if (text.empty()) return 0;
  if (text.size() < 2 || text.front() != '.' || !to_number<std::uint64_t>(text.substr(1))) {
    return std::nullopt;
  }
  return to_number<double>(text);
}

std::optional<double> parse_date_time(std::string_view text) {
  if (!has_marks(text)) return std::nullopt;
  const auto year = digits(text, 0, 4);
  const auto month = digits(text, 5, 2);
  const auto day = digits(text, 8, 2);
  const auto hour = digits(text, 11, 2);
  const auto minute = digits(text, 14, 2);
  const auto second = digits(text, 17, 2);
  const auto rest = fraction(text.substr(19));
  if (!year || !month || !day || !hour || !minute || !second || !rest) return std::nullopt;
  const std::chrono::year_month_day date{std::chrono::year(static_cast<int>(*year)),
                                         std::chrono::month(*month), std::chrono::day(*day)};
  // 60: a leap second.
  if (*year == 0 || !date.ok() || *hour > 23 || *minute > 59 || *second > 60) return std::nullopt;
  const auto days = std::chrono::sys_days(date).time_since_epoch();
  return static_cast<double>(days.count()) * 86'400 + *hour * 3600 + *minute * 60 + *second + *rest;
}

}  // namespace

std::optional<double> parse_timestamp(std::string_view text) {
  const auto number = to_number<double>(text);
  if (!number) return parse_date_time(text);
  if (!std::isfinite(*number)) return std::nullopt;
  return number;
}

}  // namespace perfwatch
