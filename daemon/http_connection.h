// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

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
  HttpBodyLimit body_limit;  // null: nothing has a body
  HttpHeaders headers;
  HttpAuthenticator authenticate;
  std::shared_ptr<asio::ssl::context> tls;
  std::size_t in_flight = 0;
  struct Large {
    std::uint32_t uid = 0;
    std::size_t bytes = 0;
  };
  std::vector<Large> large_bodies;  // one for each that is being read or answered
  bool stopping = false;

  // Set by the server: ends the answer that a slow reader has held up longest, if there is one.
  std::function<bool()> make_way;

  void reject(std::string_view reason) const {
    if (events.rejected) events.rejected(reason);
  }
};

// Who is at the other end.
struct HttpPeer {
  bool local = false;    // over the unix socket, where the file's rights replace a password
  bool trusted = false;  // may change state
  std::optional<std::uint32_t> uid;
};

// One client: reads requests, has them answered, until one side has enough.
class HttpConnection {
 public:
  HttpConnection(HttpSocket socket, HttpPeer peer, std::shared_ptr<asio::ssl::context> tls);

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

  class LargeBody;

  template <class Channel>
  asio::awaitable<void> converse(HttpSite& site, Channel& channel);
  template <class Channel>
  asio::awaitable<bool> read(HttpSite& site, Channel& channel, Parser& parser, LargeBody& large);
  template <class Channel>
  asio::awaitable<void> refuse_unread(HttpSite& site, Channel& channel, HttpResponse response);
  template <class Channel>
  asio::awaitable<bool> answer(HttpSite& site, Channel& channel, const Parser& parser);
  template <class Channel>
  asio::awaitable<bool> send(HttpSite& site, Channel& channel, const HttpResponse& response,
                             bool head, unsigned version, bool keep_alive);
  asio::awaitable<HttpResponse> refusal(HttpSite& site, const Parser& parser);
  asio::awaitable<HttpResponse> respond(HttpSite& site, const Parser::value_type& request);

  class Turn;

  Stream stream_;
  std::shared_ptr<asio::ssl::context> tls_;
  beast::flat_buffer buffer_;
  std::chrono::steady_clock::time_point quiet_since_;
  HttpPeer peer_;
  bool answering_ = false;
  bool closed_ = false;
};

}  // namespace perfwatch
