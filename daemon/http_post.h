// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <chrono>
#include <string>

#include "core/base/result.h"
#include "daemon/config_values.h"
#include "daemon/resolver.h"

namespace perfwatch {

struct HttpReply {
  unsigned status = 0;
  std::string body;  // its first kilobyte, for the log
};

// POSTs JSON, over TLS (verified against the system's authorities) for https. The whole exchange,
// name resolution included, ends within `timeout`. No redirects are followed. Errors name host and
// port, never the URL.
[[nodiscard]] boost::asio::awaitable<Result<HttpReply>> http_post(Resolver& resolver,
                                                                  const HttpUrl& url,
                                                                  const std::string& body,
                                                                  std::chrono::nanoseconds timeout);

}  // namespace perfwatch
