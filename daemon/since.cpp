// SPDX-License-Identifier: Apache-2.0
#include "daemon/since.h"

#include <cmath>
#include <string>

#include "core/base/text.h"
#include "core/base/timestamp.h"
#include "daemon/config_values.h"

namespace perfwatch {

using std::chrono::system_clock;

std::optional<system_clock::time_point> time_since_1970(double seconds) {
  constexpr double kLatest = 9e9;  // what 64 bits of nanoseconds can say
  const bool sound = seconds >= 0 && seconds <= kLatest;
  if (!sound) return std::nullopt;
  return system_clock::time_point(std::chrono::milliseconds(std::llround(seconds * 1000)));
}

std::optional<system_clock::time_point> parse_since(std::string_view text,
                                                    system_clock::time_point now) {
  constexpr std::size_t kDate = std::string_view("2026-03-01").size();
  if (const auto ago = parse_duration(text)) {
    return now - std::chrono::duration_cast<system_clock::duration>(*ago);
  }
  // A bare number would be seconds since 1970, which nobody means.
  if (to_number<double>(text)) return std::nullopt;
  const auto seconds =
      parse_timestamp(text.size() == kDate ? std::string(text) + " 00:00:00" : std::string(text));
  return seconds ? time_since_1970(*seconds) : std::nullopt;
}

}  // namespace perfwatch
