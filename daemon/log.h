// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>

namespace perfwatch {

// Only the daemon logs; library code returns. To stderr, as promslog does it:
//   logfmt  ts=2026-03-01T12:00:00.000Z level=info msg="listening" address=127.0.0.1:10117
//   json
//   {"ts":"2026-03-01T12:00:00.000Z","level":"info","msg":"listening","address":"127.0.0.1:10117"}

enum class LogLevel : std::uint8_t { debug, info, warn, error };
enum class LogFormat : std::uint8_t { logfmt, json };

struct LogField {
  std::string_view name;
  std::string value;
};

void set_up_log(LogLevel level, LogFormat format);

void log_info(std::string_view message, std::initializer_list<LogField> fields = {});
void log_warning(std::string_view message, std::initializer_list<LogField> fields = {});
void log_error(std::string_view message, std::initializer_list<LogField> fields = {});

// The part of a line after time and level; pure, for tests. `logfmt` quotes a value only where it
// has to.
[[nodiscard]] std::string format_log_line(LogFormat format, std::string_view message,
                                          std::initializer_list<LogField> fields);

}  // namespace perfwatch
