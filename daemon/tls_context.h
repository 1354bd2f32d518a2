// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <boost/asio/ssl/context.hpp>
#include <memory>

#include "core/base/result.h"
#include "daemon/web_config.h"

namespace perfwatch {

// A server's TLS as configured; errors name the key and the file.
[[nodiscard]] Result<std::shared_ptr<boost::asio::ssl::context>> make_tls_context(
    const WebConfig::Tls& tls);

}  // namespace perfwatch
