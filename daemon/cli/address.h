// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "core/base/result.h"

namespace perfwatch {

inline constexpr std::string_view kDefaultSocket = "/run/perfwatch/perfwatch.sock";
inline constexpr std::string_view kDefaultUrl = "http://127.0.0.1:10117";

// Where a daemon answers: a unix socket, or host and port.
struct Address {
  std::string socket_path;  // empty: TCP
  std::string host;
  std::string port;
  std::string prefix;  // path before /api/v1, behind a reverse proxy; no slash at its end
  bool tls = false;
  std::string user_info;  // "user:password", decoded; empty: none. Never printed
  std::string ca_file;    // PEM, trusted instead of the system's authorities; empty: those

  [[nodiscard]] bool is_unix() const { return !socket_path.empty(); }
  [[nodiscard]] std::string host_and_port() const;  // "[::1]:10117"
  // As a person would write it: unix:/run/... or http://host:port/prefix; without the user.
  [[nodiscard]] std::string text() const;
};

// Of a URL that names no port.
struct DefaultPorts {
  std::string_view http = "10117";
  std::string_view https = "10117";
};

// "unix:/path", "http://host:port/prefix", "https://user:password@host", "host:port",
// "[::1]:10117"; the port is that of `ports` if missing, user and password are percent-encoded.
// Malformed says what is wrong and gives an example, and never repeats a password.
[[nodiscard]] Result<Address> parse_address(std::string_view text, const DefaultPorts& ports = {});

// `flag` (--address), else `environment` (PERFWATCH_ADDRESS, null or empty: not set), else the unix
// socket where `connects` says that somebody listens, else loopback.
[[nodiscard]] Result<Address> choose_address(std::string_view flag, const char* environment,
                                             const std::function<bool(const Address&)>& connects);

}  // namespace perfwatch
