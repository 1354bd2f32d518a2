// SPDX-License-Identifier: Apache-2.0
#include "exporters/report/words.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <ctime>

#include "core/analyse/wording.h"
#include "core/base/visible_text.h"

namespace perfwatch {
namespace {

// Three or four digits, as many as say something: "0.123", "1.23", "12.3", "1234".
std::string digits(double value) {
  const double size = std::fabs(value);
  if (size == 0) return "0";
  const int decimals = size < 9.995 ? 2 : size < 99.95 ? 1 : 0;
  return fmt::format("{:.{}f}", value, decimals);
}

std::string time_text_of(std::chrono::system_clock::time_point time, const char* format) {
  const std::time_t seconds = std::chrono::system_clock::to_time_t(time);
  std::tm utc{};
  if (::gmtime_r(&seconds, &utc) == nullptr) return std::string(kNotKnown);
  std::array<char, 64> text{};
  const std::size_t size = std::strftime(text.data(), text.size(), format, &utc);
  return {text.data(), size};
}

bool needs_quotes(std::string_view argument) {
  constexpr std::string_view kPlain =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789@%+=:,./-_";
  return argument.empty() || argument.find_first_not_of(kPlain) != std::string_view::npos;
}

std::string quoted(std::string_view argument) {
  if (!needs_quotes(argument)) return std::string(argument);
  std::string out = "'";
  for (const char c : argument) {
    if (c == '\'') {
      out += "'\\''";
    } else {
      out += c;
    }
  }
  return out + "'";
}

}  // namespace

std::string seconds_words(double seconds) {
  if (!std::isfinite(seconds)) return std::string(kNotKnown);
  const double size = std::fabs(seconds);
  if (size == 0) return "0 s";
  if (size < 1e-3) return digits(seconds * 1e6) + " µs";
  if (size < 0.9995) return digits(seconds * 1e3) + " ms";
  if (size < 59.995) return digits(seconds) + " s";
  const std::string_view sign = seconds < 0 ? "-" : "";
  const double whole = std::round(size);
  if (whole < 3600) {
    return fmt::format("{}{:.0f} min {:.0f} s", sign, std::floor(whole / 60), std::fmod(whole, 60));
  }
  const double minutes = std::round(size / 60);
  if (minutes < 48 * 60.0) {
    return fmt::format("{}{:.0f} h {:.0f} min", sign, std::floor(minutes / 60),
                       std::fmod(minutes, 60));
  }
  const double hours = std::round(size / 3600);
  return fmt::format("{}{:.0f} d {:.0f} h", sign, std::floor(hours / 24), std::fmod(hours, 24));
}

std::string bytes_words(double bytes) {
  if (!std::isfinite(bytes)) return std::string(kNotKnown);
  constexpr std::array<std::string_view, 6> kUnits{"B", "KiB", "MiB", "GiB", "TiB", "PiB"};
  double value = bytes;
  std::size_t unit = 0;
  while (std::fabs(value) >= 1023.5 && unit + 1 < kUnits.size()) {
    value /= 1024;
    ++unit;
  }
  return fmt::format("{} {}", unit == 0 ? fmt::format("{:.0f}", value) : digits(value),
                     kUnits[unit]);
}

std::string count_words(double count) {
  if (!std::isfinite(count)) return std::string(kNotKnown);
  const double size = std::fabs(count);
  if (size >= 999.5e6) return digits(count / 1e9) + " G";
  if (size >= 999.5e3) return digits(count / 1e6) + " M";
  if (size >= 9999.5) return digits(count / 1e3) + " k";
  return size == std::floor(size) ? fmt::format("{:.0f}", count) : digits(count);
}

std::string value_words(double value, RunMetricInfo::Unit unit) {
  switch (unit) {
    case RunMetricInfo::Unit::seconds:
      return seconds_words(value);
    case RunMetricInfo::Unit::bytes:
      return bytes_words(value);
    case RunMetricInfo::Unit::count:
      return count_words(value);
  }
  return std::string(kNotKnown);
}

std::string ratio_words(double ratio) {
  if (!std::isfinite(ratio)) return std::string(kNotKnown);
  const double percent = ratio * 100;
  return fmt::format("{:.{}f} %", percent, std::fabs(percent) < 9.95 ? 1 : 0);
}

std::string change_words(double ratio) {
  if (!std::isfinite(ratio)) return std::string(kNotKnown);
  const double percent = (ratio - 1) * 100;
  return fmt::format("{:+.{}f} %", percent, std::fabs(percent) < 9.95 ? 1 : 0);
}

std::string time_words(std::chrono::system_clock::time_point time) {
  return time_text_of(time, "%Y-%m-%d %H:%M:%S UTC");
}

std::string minute_words(std::chrono::system_clock::time_point time) {
  return time_text_of(time, "%Y-%m-%d %H:%M");
}

std::string day_words(std::chrono::system_clock::time_point time) {
  return time_text_of(time, "%-d %b");
}

std::string clock_words(std::chrono::system_clock::time_point time) {
  return time_text_of(time, "%H:%M");
}

const RunMetricInfo& info_of(RunMetric metric) {
  return run_metrics().at(static_cast<std::size_t>(metric));
}

std::string metric_words(RunMetric metric) {
  std::string text(info_of(metric).label);
  if (!text.empty() && text[0] >= 'a' && text[0] <= 'z') text[0] = static_cast<char>(text[0] - 32);
  return text;
}

bool is_peak(RunMetric metric) {
  return metric == RunMetric::largest_process_bytes ||
         metric == RunMetric::concurrent_anonymous_bytes || metric == RunMetric::cgroup_peak_bytes;
}

std::string outcome_words(const Run& run) {
  if (run.outcome == RunOutcome::failed) return fmt::format("failed (exit code {})", run.exit_code);
  if (run.outcome == RunOutcome::killed) return fmt::format("killed by signal {}", run.exit_code);
  return run.outcome == RunOutcome::timed_out ? "timed out" : std::string(to_string(run.outcome));
}

std::string command_words(const std::vector<std::string>& command, std::size_t limit) {
  std::string text;
  for (const auto& argument : command) {
    if (!text.empty()) text += ' ';
    text += quoted(argument);
    if (text.size() > limit) break;
  }
  return shortened(text, limit);
}

std::string counted(std::size_t count, std::string_view noun) {
  return fmt::format("{} {}{}", count, noun, count == 1 ? "" : "s");
}

std::string as_markdown(std::string_view text) {
  constexpr std::string_view kMarkup = "\\`*_[]<>#|~$&";
  std::string out;
  for (const char c : visible_text(text)) {
    if (kMarkup.find(c) != std::string_view::npos) out += '\\';
    out += c;
  }
  return out;
}

std::string as_markdown_code(std::string_view text) {
  if (text.empty()) return std::string(kNotKnown);
  const std::string visible = visible_text(text);
  std::size_t longest = 0;
  std::size_t run = 0;
  for (const char c : visible) {
    run = c == '`' ? run + 1 : 0;
    longest = std::max(longest, run);
  }
  const std::string fence(longest + 1, '`');
  // A space on both sides is taken off again by the reader, and keeps back ticks off the fence.
  const bool spaced = visible.front() == '`' || visible.back() == '`' || visible.front() == ' ';
  return fence + (spaced ? " " : "") + visible + (spaced ? " " : "") + fence;
}

std::string as_markdown_cell(std::string_view text) {
  return text.find('|') == std::string_view::npos ? as_markdown_code(text) : as_markdown(text);
}

}  // namespace perfwatch
