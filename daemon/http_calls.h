// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <chrono>
#include <cstddef>
#include <string>

#include "core/base/result.h"
#include "daemon/config_values.h"
#include "daemon/resolver.h"

namespace perfwatch {

// Requests of the daemon's own, over TLS (verified against the system's authorities) for https. The
// whole exchange, name resolution included, ends within `timeout`. No redirects are followed.
// Errors name host and port, never the URL.

struct HttpReply {
  unsigned status = 0;
  std::string body;
};

// Of the answer its first kilobyte is kept, for the log; the status came before it.
[[nodiscard]] boost::asio::awaitable<Result<HttpReply>> http_post(Resolver& resolver,
                                                                  const HttpUrl& url,
                                                                  const std::string& body,
                                                                  std::chrono::nanoseconds timeout);

// Malformed: the answer has more than `most` bytes.
[[nodiscard]] boost::asio::awaitable<Result<HttpReply>> http_get(Resolver& resolver,
                                                                 const HttpUrl& url,
                                                                 std::size_t most,
                                                                 std::chrono::nanoseconds timeout);

}  // namespace perfwatch
