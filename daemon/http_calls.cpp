// SPDX-License-Identifier: Apache-2.0
#include "daemon/http_calls.h"

#include <openssl/x509_vfy.h>

#include <string>
#include <utility>

#include "core/base/percent.h"
#include "daemon/asio.h"
#include "daemon/base64.h"
#include "daemon/version.h"

namespace perfwatch {
namespace {

using boost::system::error_code;
using Clock = std::chrono::steady_clock;

constexpr std::size_t kReplyLimit = 64 * 1024;
constexpr std::size_t kReplyKept = 1024;

struct Call {
  http::request<http::string_body> request;
  std::size_t limit;        // bytes of the answer that are read
  bool may_be_cut = false;  // a longer answer is none of our business
};

http::request<http::string_body> make_request(http::verb verb, const HttpUrl& url) {
  http::request<http::string_body> request(verb, url.target, 11);
  request.set(http::field::host, url.host_and_port());
  request.set(http::field::user_agent, "perfwatchd/" + std::string(kVersion));
  request.set(http::field::connection, "close");
  if (!url.user_info.empty()) {
    request.set(http::field::authorization, "Basic " + base64(percent_decoded(url.user_info)));
  }
  return request;
}

Error explain(const HttpUrl& url, std::string_view step, const error_code& error) {
  return {ErrorKind::io, std::string(step) + " " + url.host_and_port() + ": " + error.message()};
}

template <class Channel>
asio::awaitable<Result<HttpReply>> exchange(Channel& channel, const HttpUrl& url,
                                            const Call& call) {
  const auto [sent, written] = co_await http::async_write(channel, call.request, kNoThrow);
  if (sent) co_return tl::unexpected(explain(url, "sending to", sent));
  beast::flat_buffer buffer;
  http::response_parser<http::string_body> parser;
  parser.body_limit(call.limit);
  const auto [received, read] = co_await http::async_read(channel, buffer, parser, kNoThrow);
  const bool cut =
      call.may_be_cut && parser.is_header_done() && received == http::error::body_limit;
  if (received == http::error::body_limit && !cut) {
    co_return fail(ErrorKind::malformed, "the answer of " + url.host_and_port() +
                                             " is larger than " + std::to_string(call.limit) +
                                             " bytes");
  }
  if (received && !cut) co_return tl::unexpected(explain(url, "reading the answer of", received));
  co_return HttpReply{parser.get().result_int(), std::move(parser.get().body())};
}

asio::awaitable<Result<HttpReply>> exchange_tls(beast::tcp_stream& stream, const HttpUrl& url,
                                                const Call& call) {
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
  const long verdict = ::SSL_get_verify_result(channel.native_handle());
  if (shaken && verdict != X509_V_OK) {
    co_return fail(ErrorKind::denied,
                   "the certificate of " + url.host_and_port() +
                       " is not trusted: " + ::X509_verify_cert_error_string(verdict) +
                       "; the system's authorities count (update-ca-certificates adds one)");
  }
  if (shaken) co_return tl::unexpected(explain(url, "TLS handshake with", shaken));
  co_return co_await exchange(channel, url, call);
}

asio::awaitable<Result<HttpReply>> run(Resolver& resolver, const HttpUrl& url, const Call& call,
                                       std::chrono::nanoseconds timeout) {
  const auto deadline = Clock::now() + timeout;
  const auto endpoints = co_await resolver.resolve(url.host, url.port, deadline);
  if (!endpoints) co_return tl::unexpected(endpoints.error());
  beast::tcp_stream stream(co_await asio::this_coro::executor);
  stream.expires_at(deadline);
  const auto [error, endpoint] = co_await stream.async_connect(*endpoints, kNoThrow);
  if (error) co_return tl::unexpected(explain(url, "connecting to", error));
  if (url.tls) co_return co_await exchange_tls(stream, url, call);
  co_return co_await exchange(stream, url, call);
}

}  // namespace

asio::awaitable<Result<HttpReply>> http_post(Resolver& resolver, const HttpUrl& url,
                                             const std::string& body,
                                             std::chrono::nanoseconds timeout) {
  Call call{make_request(http::verb::post, url), kReplyLimit, true};
  call.request.set(http::field::content_type, "application/json");
  call.request.body() = body;
  call.request.prepare_payload();
  auto reply = co_await run(resolver, url, call, timeout);
  if (reply && reply->body.size() > kReplyKept) reply->body.resize(kReplyKept);
  co_return reply;
}

asio::awaitable<Result<HttpReply>> http_get(Resolver& resolver, const HttpUrl& url,
                                            std::size_t most, std::chrono::nanoseconds timeout) {
  const Call call{make_request(http::verb::get, url), most};
  co_return co_await run(resolver, url, call, timeout);
}

}  // namespace perfwatch
