// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/ssl/context.hpp>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/base/result.h"
#include "daemon/http_message.h"

namespace perfwatch {

// What a stranger may take of us.
struct HttpLimits {
  std::size_t max_connections = 512;  // then the one that has been idle longest makes room
  std::size_t max_in_flight = 40;     // requests being answered; more get 503
  std::size_t header_bytes = 8192;    // 431 beyond
  std::size_t body_bytes = 4096;      // 413 beyond
  // Of all bodies with more than that at once, half of it for one user; more get 503.
  std::size_t large_bodies_bytes = std::size_t{16} << 20U;
  std::chrono::nanoseconds idle_timeout = std::chrono::minutes(2);  // between requests
  std::chrono::nanoseconds request_timeout =
      std::chrono::seconds(10);  // for a whole request, and for its answer
};

// What happened, for the daemon's own metrics. All may be empty.
struct HttpEvents {
  std::function<void(const HttpResponse& response, std::chrono::nanoseconds duration)> answered;
  std::function<void(std::string_view reason)>
      rejected;  // "connections", "error", "in_flight", "malformed", "timeout", "tls"
};

using HttpHeaders = std::vector<std::pair<std::string, std::string>>;

enum class HttpAccess : std::uint8_t {
  allowed,
  refused,  // 401
  busy,     // not looked at, too many wait: 503
};
// Judges an Authorization header (empty: none came) and calls back on the loop, at once or later:
// bcrypt takes its time and is done by a worker.
using HttpAuthenticator =
    std::function<void(std::string authorization, std::function<void(HttpAccess)> answer)>;

// HTTP/1.1 over TCP, TLS and unix sockets, on the loop: one coroutine a connection.
class HttpServer {
 public:
  HttpServer(boost::asio::io_context& loop, HttpLimits limits, HttpHandler handler,
             HttpEvents events);
  ~HttpServer();
  HttpServer(const HttpServer&) = delete;
  HttpServer& operator=(const HttpServer&) = delete;

  // HOST:PORT, [V6]:PORT or :PORT (all addresses). Returns the address with the port that was taken
  // (for ":0").
  [[nodiscard]] Result<std::string> listen_tcp(const std::string& address);
  // Replaces a stale socket, refuses a living one. Everybody on the host may read; who may change
  // state is checked by peer credentials (HttpRequest::trusted).
  [[nodiscard]] Result<void> listen_unix(const std::string& path);
  // TLS for TCP connections that are made from now on. Null: none.
  void set_tls(std::shared_ptr<boost::asio::ssl::context> tls);
  // Headers for every answer, and who must give a password. Null: nobody.
  void set_access(HttpHeaders headers, HttpAuthenticator authenticate);

  // What may be larger than HttpLimits::body_bytes, over the unix socket only.
  void set_body_limit(HttpBodyLimit limit);

  void set_limits(HttpLimits limits);
  [[nodiscard]] std::size_t connections() const;

  // Closes the listeners and idle connections; those that are being answered get `patience` to
  // finish. `stopped` is called when the last is gone.
  void stop(std::chrono::nanoseconds patience, std::function<void()> stopped);

 private:
  struct State;
  std::shared_ptr<State> state_;
};

}  // namespace perfwatch
