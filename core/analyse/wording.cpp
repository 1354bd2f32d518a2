// SPDX-License-Identifier: Apache-2.0
#include "core/analyse/wording.h"

#include <fmt/format.h>

#include <array>
#include <cmath>
#include <cstdint>
#include <span>

#include "core/base/text.h"

namespace perfwatch {
namespace {

constexpr std::array<std::string_view, 8> kLarger{"k", "M", "G", "T", "P", "E", "Z", "Y"};
constexpr std::array<std::string_view, 8> kSmaller{"m", "u", "n", "p", "f", "a", "z", "y"};

// Go's "%.4g".
std::string four_digits(double value) {
  if (std::isnan(value)) return "NaN";
  if (std::isinf(value)) return value > 0 ? "+Inf" : "-Inf";
  return fmt::format("{:.4g}", value);
}

// Below 1 in size: 0.0012 -> "1.2m".
std::string small(double value) {
  std::string_view prefix;
  for (const auto smaller : kSmaller) {
    if (std::abs(value) >= 1) break;
    prefix = smaller;
    value *= 1000;
  }
  return four_digits(value).append(prefix);
}

std::string bytes_text(double bytes, std::string_view space) {
  constexpr std::array<std::string_view, 6> kUnits{"B", "KiB", "MiB", "GiB", "TiB", "PiB"};
  std::size_t unit = 0;
  while (unit + 1 < kUnits.size() && bytes >= 1024) {
    bytes /= 1024;
    ++unit;
  }
  return fmt::format("{:.{}f}{}{}", bytes, unit == 0 ? 0 : 1, space, kUnits.at(unit));
}

}  // namespace

std::string plain_number(double value) {
  return std::isfinite(value) ? fmt::format("{}", value) : four_digits(value);
}

std::string humanize(double value) {
  if (value == 0 || !std::isfinite(value)) return four_digits(value);
  if (std::abs(value) < 1) return small(value);
  std::string_view prefix;
  for (const auto larger : kLarger) {
    if (std::abs(value) < 1000) break;
    prefix = larger;
    value /= 1000;
  }
  return four_digits(value).append(prefix);
}

std::string humanize1024(double value) {
  if (std::abs(value) <= 1 || !std::isfinite(value)) return four_digits(value);
  constexpr std::array<std::string_view, 8> kPrefixes{"ki", "Mi", "Gi", "Ti",
                                                      "Pi", "Ei", "Zi", "Yi"};
  std::string_view prefix;
  for (const auto larger : kPrefixes) {
    if (std::abs(value) < 1024) break;
    prefix = larger;
    value /= 1024;
  }
  return four_digits(value).append(prefix);
}

std::string humanize_percentage(double ratio) { return four_digits(ratio * 100) + "%"; }

std::string humanize_duration(double seconds) {
  if (!std::isfinite(seconds)) return four_digits(seconds);
  if (seconds == 0) return four_digits(seconds) + "s";
  if (std::abs(seconds) < 1) return small(seconds) + "s";
  const std::string_view sign = seconds < 0 ? "-" : "";
  const double size = std::abs(seconds);
  const auto whole = static_cast<std::int64_t>(std::min(size, 9.2e18));
  const std::int64_t minutes = whole / 60 % 60;
  const std::int64_t hours = whole / 3600 % 24;
  const std::int64_t days = whole / 86400;
  if (days != 0) return fmt::format("{}{}d {}h {}m {}s", sign, days, hours, minutes, whole % 60);
  if (hours != 0) return fmt::format("{}{}h {}m {}s", sign, hours, minutes, whole % 60);
  if (minutes != 0) return fmt::format("{}{}m {}s", sign, minutes, whole % 60);
  return fmt::format("{}{:.4g}s", sign, size);
}

std::string short_bytes(double bytes) { return bytes_text(bytes, ""); }

std::string spaced_bytes(double bytes) { return bytes_text(bytes, " "); }

std::string rfc3339_millis(std::chrono::system_clock::time_point time) {
  using namespace std::chrono;
  const auto millis = floor<milliseconds>(time);
  const auto day = floor<days>(millis);
  const year_month_day date(day);
  const hh_mm_ss clock(millis - day);
  return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:03}Z", static_cast<int>(date.year()),
                     static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
                     clock.hours().count(), clock.minutes().count(), clock.seconds().count(),
                     clock.subseconds().count());
}

std::string shortened(std::string_view text, std::size_t limit) {
  constexpr std::string_view kMark = "...";
  if (text.size() <= limit) return std::string(text);
  const std::size_t room = limit > kMark.size() ? limit - kMark.size() : 0;
  return std::string(cut_utf8(text, room)).append(kMark, 0, limit);
}

}  // namespace perfwatch
