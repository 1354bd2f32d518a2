// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <chrono>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "core/base/result.h"
#include "daemon/workers.h"

namespace perfwatch {

// Host names to addresses. getaddrinfo blocks for as long as it likes, so it runs on a thread of
// its own, apart from the collectors': a network that is down must not stop them. A lookup that
// misses its deadline is left behind, and its host not looked up again until it is back. Lives on
// the loop and outlives the coroutines that use it.
class Resolver {
 public:
  using Endpoints = std::vector<boost::asio::ip::tcp::endpoint>;

  explicit Resolver(boost::asio::io_context& loop);

  // Addresses are taken as they are, at once.
  [[nodiscard]] boost::asio::awaitable<Result<Endpoints>> resolve(
      std::string host, std::string port, std::chrono::steady_clock::time_point deadline);

  // See Workers::close().
  [[nodiscard]] bool close() { return workers_.close(); }

 private:
  Workers workers_;
  std::shared_ptr<std::set<std::string>> hanging_;  // hosts; shared with the lookups under way
};

}  // namespace perfwatch
