// SPDX-License-Identifier: Apache-2.0
#include "daemon/log.h"

#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include <memory>
#include <nlohmann/json.hpp>

#include "core/base/text.h"

namespace perfwatch {
namespace {

LogFormat g_format = LogFormat::logfmt;  // written once, by set_up_log(), before there are threads

bool needs_quotes(std::string_view value) {
  return value.empty() || value.find_first_of(" =\"\\") != std::string_view::npos;
}

// Hostile bytes and line breaks become \xNN, so that one event stays one line.
void append_logfmt(std::string& out, std::string_view value) {
  const std::string clean = printable_utf8(value);
  if (!needs_quotes(clean)) {
    out += clean;
    return;
  }
  out += '"';
  for (const char c : clean) {
    if (c == '"' || c == '\\') out += '\\';
    out += c;
  }
  out += '"';
}

std::string json_string(std::string_view value) {
  return nlohmann::json(std::string(value))
      .dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

void write(spdlog::level::level_enum level, std::string_view message,
           std::initializer_list<LogField> fields) {
  if (!spdlog::should_log(level)) return;
  spdlog::log(level, "{}", format_log_line(g_format, message, fields));
}

}  // namespace

std::string format_log_line(LogFormat format, std::string_view message,
                            std::initializer_list<LogField> fields) {
  std::string line;
  if (format == LogFormat::json) {
    line = "\"msg\":" + json_string(message);
    for (const auto& [name, value] : fields) {
      line += ',' + json_string(name) + ':' + json_string(value);
    }
    return line;
  }
  line = "msg=";
  append_logfmt(line, message);
  for (const auto& [name, value] : fields) {
    line.append(" ").append(name).append("=");
    append_logfmt(line, value);
  }
  return line;
}

void set_up_log(LogLevel level, LogFormat format) {
  g_format = format;
  auto logger = std::make_shared<spdlog::logger>("perfwatch",
                                                 std::make_shared<spdlog::sinks::stderr_sink_mt>());
  logger->set_level(level == LogLevel::debug  ? spdlog::level::debug
                    : level == LogLevel::info ? spdlog::level::info
                    : level == LogLevel::warn ? spdlog::level::warn
                                              : spdlog::level::err);
  logger->set_pattern(format == LogFormat::json
                          ? "{\"ts\":\"%Y-%m-%dT%H:%M:%S.%eZ\",\"level\":\"%l\",%v}"
                          : "ts=%Y-%m-%dT%H:%M:%S.%eZ level=%l %v",
                      spdlog::pattern_time_type::utc);
  logger->flush_on(spdlog::level::debug);
  spdlog::set_default_logger(std::move(logger));
}

void log_info(std::string_view message, std::initializer_list<LogField> fields) {
  write(spdlog::level::info, message, fields);
}
void log_warning(std::string_view message, std::initializer_list<LogField> fields) {
  write(spdlog::level::warn, message, fields);
}
void log_error(std::string_view message, std::initializer_list<LogField> fields) {
  write(spdlog::level::err, message, fields);
}

}  // namespace perfwatch
