// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "daemon/asio.h"
#include "daemon/http_server.h"

namespace perfwatch {

// TCP and unix sockets alike.
using HttpSocket = asio::generic::stream_protocol::socket;

// What all connections of a server share.
struct HttpSite {
  HttpLimits limits;
  HttpHandler handler;
  HttpEvents events;
  HttpHeaders headers;
  HttpAuthenticator authenticate;
  std::shared_ptr<asio::ssl::context> tls;
  std::size_t in_flight = 0;
  bool stopping = false;

  // Set by the server: ends the answer that a slow reader has held up longest, if there is one.
  std::function<bool()> make_way;

  void reject(std::string_view reason) const {
    if (events.rejected) events.rejected(reason);
  }
};

// One client: reads requests, has them answered, until one side has enough.
class HttpConnection {
 public:
  // `local`: over the unix socket, where the file's rights replace a password.
  HttpConnection(HttpSocket socket, bool trusted, std::shared_ptr<asio::ssl::context> tls,
                 bool local);

  // Ends with the connection.
  asio::awaitable<void> serve(HttpSite& site);

  [[nodiscard]] bool answering() const { return answering_; }
  [[nodiscard]] bool closed() const { return closed_; }
  // When the last answer ended, or the one under way began.
  [[nodiscard]] std::chrono::steady_clock::time_point quiet_since() const { return quiet_since_; }
  void close();

 private:
  using Stream = beast::basic_stream<asio::generic::stream_protocol>;
  using Parser = http::request_parser<http::string_body>;

  template <class Channel>
  asio::awaitable<void> converse(HttpSite& site, Channel& channel);
  template <class Channel>
  asio::awaitable<bool> read(HttpSite& site, Channel& channel, Parser& parser);
  template <class Channel>
  asio::awaitable<bool> answer(HttpSite& site, Channel& channel, const Parser& parser);
  template <class Channel>
  asio::awaitable<bool> send(HttpSite& site, Channel& channel, const HttpResponse& response,
                             bool head, unsigned version, bool keep_alive);
  asio::awaitable<HttpResponse> refusal(HttpSite& site, const Parser& parser);
  [[nodiscard]] HttpResponse respond(HttpSite& site, const Parser::value_type& request) const;

  class Turn;

  Stream stream_;
  std::shared_ptr<asio::ssl::context> tls_;
  beast::flat_buffer buffer_;
  std::chrono::steady_clock::time_point quiet_since_;
  bool trusted_;
  bool local_;
  bool answering_ = false;
  bool closed_ = false;
};

}  // namespace perfwatch
