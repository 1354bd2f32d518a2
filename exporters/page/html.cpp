// SPDX-License-Identifier: Apache-2.0
#include "exporters/page/html.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <ctime>

#include "core/base/html_text.h"

namespace perfwatch {
namespace {

bool known(std::optional<double> value) { return value && std::isfinite(*value); }

std::string bar_of(std::optional<double> ratio, std::string_view kind) {
  const double filled = known(ratio) ? std::clamp(*ratio, 0.0, 1.0) : 0.0;
  return fmt::format(
      R"(<svg class="bar {}" viewBox="0 0 100 1" preserveAspectRatio="none" aria-hidden="true">)"
      R"(<rect width="{:.1f}" height="1"/></svg>)",
      kind, filled * 100);
}

}  // namespace

std::string bytes_text(std::optional<double> bytes) {
  if (!known(bytes)) return std::string(kDash);
  constexpr std::array<std::string_view, 6> kUnits = {"B", "KiB", "MiB", "GiB", "TiB", "PiB"};
  double value = *bytes;
  std::size_t unit = 0;
  while (std::fabs(value) >= 1023.5 && unit + 1 < kUnits.size()) {
    value /= 1024;
    ++unit;
  }
  const int digits = unit > 0 && std::fabs(value) < 99.95 ? 1 : 0;
  return fmt::format("{:.{}f} {}", value, digits, kUnits[unit]);
}

std::string percent_text(std::optional<double> ratio) {
  if (!known(ratio)) return std::string(kDash);
  const double percent = *ratio * 100;
  return fmt::format("{:.{}f} %", percent, std::fabs(percent) < 9.95 ? 1 : 0);
}

std::string number_text(std::optional<double> value) {
  if (!known(value)) return std::string(kDash);
  return fmt::format("{:.4g}", *value);
}

std::string hundredths_text(std::optional<double> value) {
  if (!known(value)) return std::string(kDash);
  return fmt::format("{:.2f}", *value);
}

std::string duration_text(std::optional<double> seconds) {
  if (!known(seconds)) return std::string(kDash);
  const double s = std::max(*seconds, 0.0);  // a clock that was set back makes no negative age
  if (s == 0) return "0 s";
  if (s < 0.001) return fmt::format("{:.0f} µs", s * 1e6);
  if (s < 1) return fmt::format("{:.{}f} ms", s * 1e3, s < 0.00995 ? 1 : 0);
  if (s < 9.95) return fmt::format("{:.3g} s", std::round(s * 10) / 10);
  if (s < 120) return fmt::format("{:.0f} s", s);
  if (s < 7200) return fmt::format("{:.0f} min", std::floor(s / 60));
  const double hours = std::floor(s / 3600);
  if (hours < 48) return fmt::format("{:.0f} h {:.0f} min", hours, std::floor(s / 60) - hours * 60);
  const double days = std::floor(hours / 24);
  return fmt::format("{:.0f} d {:.0f} h", days, hours - days * 24);
}

std::string time_text(std::chrono::system_clock::time_point t) {
  const std::time_t seconds = std::chrono::system_clock::to_time_t(t);
  std::tm utc{};
  if (::gmtime_r(&seconds, &utc) == nullptr) return std::string(kDash);
  std::array<char, 64> text{};
  const std::size_t size = std::strftime(text.data(), text.size(), "%Y-%m-%d %H:%M:%S UTC", &utc);
  return {text.data(), size};
}

std::string bar(std::optional<double> ratio, double warn, double bad) {
  const double value = ratio.value_or(0);
  return bar_of(ratio, value >= bad ? "bad" : value >= warn ? "warn" : "good");
}

std::string share_bar(std::optional<double> ratio) { return bar_of(ratio, "share"); }

std::string badge(std::string_view kind, std::string_view text) {
  return fmt::format(R"(<span class="badge {}">{}</span>)", kind, html_escape(text));
}

std::string advice(std::string_view recommendation, std::string_view command) {
  std::string out;
  if (!recommendation.empty()) {
    out += fmt::format(R"(<div class="note">{}</div>)", html_escape(recommendation));
  }
  if (!command.empty()) {
    out += fmt::format(R"(<div class="note"><code>{}</code></div>)", html_escape(command));
  }
  return out;
}

}  // namespace perfwatch
