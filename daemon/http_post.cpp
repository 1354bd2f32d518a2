// SPDX-License-Identifier: Apache-2.0
#include "daemon/http_post.h"

#include <charconv>
#include <memory>
#include <utility>
#include <vector>

#include "daemon/asio.h"
#include "daemon/base64.h"
#include "daemon/percent.h"
#include "daemon/version.h"

namespace perfwatch {
namespace {

using boost::system::error_code;
using Clock = std::chrono::steady_clock;

constexpr std::size_t kReplyLimit = 64 * 1024;
constexpr std::size_t kReplyKept = 1024;

http::request<http::string_body> make_request(const HttpUrl& url, const std::string& body) {
  http::request<http::string_body> request(http::verb::post, url.target, 11);
  request.set(http::field::host, url.host_and_port());
  request.set(http::field::user_agent, "perfwatchd/" + std::string(kVersion));
  request.set(http::field::content_type, "application/json");
  request.set(http::field::connection, "close");
  if (!url.user_info.empty()) {
    request.set(http::field::authorization, "Basic " + base64(percent_decoded(url.user_info)));
  }
  request.body() = body;
  request.prepare_payload();
  return request;
}

Error explain(const HttpUrl& url, std::string_view step, const error_code& error) {
  return {ErrorKind::io, std::string(step) + " " + url.host_and_port() + ": " + error.message()};
}

template <class Channel>
asio::awaitable<Result<HttpReply>> exchange(Channel& channel, const HttpUrl& url,
                                            const std::string& body) {
  const auto request = make_request(url, body);
  const auto [sent, written] = co_await http::async_write(channel, request, kNoThrow);
  if (sent) co_return tl::unexpected(explain(url, "sending to", sent));
  beast::flat_buffer buffer;
  http::response_parser<http::string_body> parser;
  parser.body_limit(kReplyLimit);
  const auto [received, read] = co_await http::async_read(channel, buffer, parser, kNoThrow);
  // A long answer is none of our business: the status came before it.
  if (received && !(parser.is_header_done() && received == http::error::body_limit)) {
    co_return tl::unexpected(explain(url, "reading the answer of", received));
  }
  HttpReply reply;
  reply.status = parser.get().result_int();
  reply.body = parser.get().body().substr(0, kReplyKept);
  co_return reply;
}

asio::awaitable<Result<HttpReply>> exchange_tls(beast::tcp_stream& stream, const HttpUrl& url,
                                                const std::string& body) {
  asio::ssl::context context(asio::ssl::context::tls_client);
  error_code error;
  context.set_default_verify_paths(error);
  if (!error) context.set_verify_mode(asio::ssl::verify_peer, error);
  asio::ssl::stream<beast::tcp_stream&> channel(stream, context);
  if (!error) channel.set_verify_callback(asio::ssl::host_name_verification(url.host), error);
  if (!error && ::SSL_set_tlsext_host_name(channel.native_handle(), url.host.c_str()) != 1) {
    error = asio::error::invalid_argument;
  }
  if (error) co_return tl::unexpected(explain(url, "setting TLS up for", error));
  const auto [shaken] = co_await channel.async_handshake(asio::ssl::stream_base::client, kNoThrow);
  if (shaken) co_return tl::unexpected(explain(url, "TLS handshake with", shaken));
  co_return co_await exchange(channel, url, body);
}

}  // namespace

asio::awaitable<Result<HttpReply>> http_post(Resolver& resolver, const HttpUrl& url,
                                             const std::string& body,
                                             std::chrono::nanoseconds timeout) {
  const auto deadline = Clock::now() + timeout;
  const auto endpoints = co_await resolver.resolve(url.host, url.port, deadline);
  if (!endpoints) co_return tl::unexpected(endpoints.error());
  beast::tcp_stream stream(co_await asio::this_coro::executor);
  stream.expires_at(deadline);
  const auto [error, endpoint] = co_await stream.async_connect(*endpoints, kNoThrow);
  if (error) co_return tl::unexpected(explain(url, "connecting to", error));
  if (url.tls) co_return co_await exchange_tls(stream, url, body);
  co_return co_await exchange(stream, url, body);
}

}  // namespace perfwatch
