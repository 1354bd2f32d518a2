// SPDX-License-Identifier: Apache-2.0
#include "daemon/cli/human.h"

#include <fmt/format.h>
#include <time.h>

#include <array>
#include <cmath>

namespace perfwatch {
namespace {

constexpr double kTooLarge = 1e9;  // from here on the exponent form is shorter

bool known(MaybeNumber number) { return number && std::isfinite(*number); }

std::string plain(double number, int decimals) {
  if (std::fabs(number) >= kTooLarge) return fmt::format("{:.1e}", number);
  return fmt::format("{:.{}f}", number, decimals);
}

std::string scaled(MaybeNumber bytes, std::string_view gap, std::string_view tail) {
  constexpr std::string_view kUnits = " KMGTP";
  if (!known(bytes)) return "-";
  double value = *bytes;
  std::size_t unit = 0;
  while (std::fabs(value) >= 1023.5 && unit + 1 < kUnits.size()) {
    value /= 1024;
    ++unit;
  }
  if (unit == 0) return plain(value, 0).append(gap).append("B");
  const int decimals = std::fabs(value) < 99.95 ? 1 : 0;
  return plain(value, decimals).append(gap).append(kUnits.substr(unit, 1)).append(tail);
}

}  // namespace

std::string human_bytes(MaybeNumber bytes) { return scaled(bytes, " ", "iB"); }

std::string short_bytes(MaybeNumber bytes) { return scaled(bytes, "", ""); }

std::string human_ratio(MaybeNumber ratio) {
  if (!known(ratio)) return "-";
  const double percent = *ratio * 100;
  return plain(percent, std::fabs(percent) < 9.95 ? 1 : 0) + "%";
}

std::string human_cores(MaybeNumber cores) { return known(cores) ? plain(*cores, 2) : "-"; }

std::string human_count(MaybeNumber count) { return known(count) ? plain(*count, 0) : "-"; }

std::string human_duration(MaybeNumber seconds) {
  if (!known(seconds)) return "-";
  const double value = *seconds;
  if (value < 0 || value >= kTooLarge * 10) return plain(value, 0) + "s";
  if (value < 10) return fmt::format("{:.1f}s", value);
  const auto whole = static_cast<long long>(value);
  if (whole < 60) return fmt::format("{}s", whole);
  if (whole < 3600) return fmt::format("{}m {}s", whole / 60, whole % 60);
  if (whole < 86400) return fmt::format("{}h {}m", whole / 3600, whole % 3600 / 60);
  return fmt::format("{}d {}h", whole / 86400, whole % 86400 / 3600);
}

std::string fine_duration(MaybeNumber seconds) {
  if (!known(seconds) || *seconds <= 0 || *seconds >= 0.9995) return human_duration(seconds);
  if (*seconds < 0.0009995) return fmt::format("{:.0f}us", *seconds * 1e6);
  const double milliseconds = *seconds * 1e3;
  return fmt::format("{:.{}f}ms", milliseconds, milliseconds < 9.95 ? 1 : 0);
}

std::optional<double> parse_rfc3339(const std::string& text) {
  std::tm utc{};
  const char* rest = ::strptime(text.c_str(), "%Y-%m-%dT%H:%M:%S", &utc);
  if (rest == nullptr) return std::nullopt;
  double fraction = 0;
  if (*rest == '.') {
    double digit = 0.1;
    for (++rest; *rest >= '0' && *rest <= '9'; ++rest, digit /= 10)
      fraction += (*rest - '0') * digit;
  }
  if (*rest != 'Z' || rest[1] != '\0') return std::nullopt;
  return static_cast<double>(::timegm(&utc)) + fraction;
}

}  // namespace perfwatch
