// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <boost/asio/awaitable.hpp>
#include <optional>
#include <string>
#include <string_view>

#include "core/base/result.h"
#include "daemon/cli/client.h"

namespace perfwatch {

struct Question {
  std::string target;
  std::optional<std::string> json;  // is posted; a GET without
};

// One request over a unix socket, TCP or TLS, whose certificate must be trusted and be for that
// host. `address` and `settings` must outlive it.
[[nodiscard]] boost::asio::awaitable<Result<Response>> http_ask(const Address& address,
                                                                Question question,
                                                                const Client::Settings& settings);

// "no daemon at ADDRESS: WHY; is it running? ..."; "no server at ADDRESS: WHY" where it is none.
[[nodiscard]] Error connect_error(const Address& address, std::string_view why, bool daemon);

}  // namespace perfwatch
