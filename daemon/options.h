// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <variant>
#include <vector>

#include "core/base/roots.h"
#include "daemon/log.h"

namespace perfwatch {

// The command line of perfwatchd.
struct Options {
  std::string config_file;  // empty: defaults
  std::vector<std::string> listen_addresses{"127.0.0.1:10117"};
  std::string web_config_file;
  std::string external_url;  // empty: http://HOSTNAME:PORT of the first address
  std::string socket = "/run/perfwatch/perfwatch.sock";
  bool socket_given = false;  // then it is an error if it cannot be had
  bool enable_lifecycle = false;
  std::string storage_path = "/var/lib/perfwatch";
  bool storage_given = false;  // then it is an error if it cannot be used
  Roots roots;
  LogLevel log_level = LogLevel::info;
  LogFormat log_format = LogFormat::logfmt;
  enum class Print { nothing, metrics, config } print = Print::nothing;
};

// The options, or the exit code when the command line was answered already (--help, --version, a
// mistake).
[[nodiscard]] std::variant<Options, int> parse_options(int argc, const char* const* argv);

// Every flag, "--config.file" ..., for the test that holds the manual against them.
[[nodiscard]] std::vector<std::string> option_names();

}  // namespace perfwatch
