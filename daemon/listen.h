// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <string>

#include "core/base/result.h"

namespace perfwatch {

// HOST:PORT, [V6]:PORT or :PORT (every address, v6 and v4). Errors name the address and what to do.
[[nodiscard]] Result<boost::asio::ip::tcp::acceptor> listen_on_tcp(boost::asio::io_context& loop,
                                                                   const std::string& address);

// A socket that anybody may connect to. A stale one (nobody answers) is replaced; a living one, or
// a path that is no socket, is refused. The folder is made if its parent is there.
[[nodiscard]] Result<boost::asio::local::stream_protocol::acceptor> listen_on_unix(
    boost::asio::io_context& loop, const std::string& path);

}  // namespace perfwatch
