// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "core/base/result.h"

namespace perfwatch {

// The units in which the configuration is written. All pure.

// "500ms", "2s", "1m30s", "1h", "1d": units from the largest to the smallest, each once, at most
// 100 years. nullopt for anything else, a number without a unit included.
[[nodiscard]] std::optional<std::chrono::nanoseconds> parse_duration(std::string_view text);
// The same notation, "0s" for nothing; what is below a millisecond is dropped.
[[nodiscard]] std::string format_duration(std::chrono::nanoseconds duration);

// "2GiB", "1.5GB", "512 MiB", "4096": bytes. kB/MB/GB/TB are powers of 1000, KiB/MiB/GiB/TiB of
// 1024. nullopt for anything else, and from 2^63 on.
[[nodiscard]] std::optional<std::uint64_t> parse_size(std::string_view text);

// An http:// or https:// URL, taken apart.
struct HttpUrl {
  bool tls = false;
  std::string user_info;  // "user:password" as written (percent-encoded), empty if there is none
  std::string host;       // without the brackets of an IPv6 address
  std::string port;       // "80" and "443" by default
  std::string target;     // path and query as sent in a request, "/" at least

  [[nodiscard]] std::string host_and_port() const;  // "[::1]:9093"
};
// The text of an error says what is wrong and never repeats the URL, which may carry a password.
[[nodiscard]] Result<HttpUrl> parse_http_url(std::string_view text);

}  // namespace perfwatch
