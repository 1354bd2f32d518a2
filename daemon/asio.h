// SPDX-License-Identifier: Apache-2.0
#pragma once

// Asio and Beast with the names that the daemon uses. Heavy: only for .cpp files of the daemon that
// talk to the network (it is their precompiled header).

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/generic/stream_protocol.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ip/v6_only.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/ssl.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>
#include <exception>

namespace perfwatch {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = boost::beast::http;

// co_await OPERATION(..., kNoThrow) gives the error code first, in a tuple, and throws nothing.
inline constexpr auto kNoThrow = asio::as_tuple(asio::use_awaitable);

// For coroutines that must go on as long as the daemon does: one that ends by an exception (out of
// memory, a bug) would leave the daemon deaf or dumb while its watchdog is fed. So everything ends
// and the service manager starts anew.
inline constexpr auto kMustNotThrow = [](const std::exception_ptr& error) {
  if (error) std::terminate();
};

}  // namespace perfwatch
