// SPDX-License-Identifier: Apache-2.0
#include "daemon/cli/http_ask.h"

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509_vfy.h>

#include <utility>

#include "core/base/text.h"
#include "daemon/asio.h"
#include "daemon/base64.h"

namespace perfwatch {
namespace {

using asio::ip::tcp;
using unix_socket = asio::local::stream_protocol;
using unix_stream = beast::basic_stream<unix_socket>;
using boost::system::error_code;

std::string reason(const error_code& code) {
  if (code == beast::error::timeout || code == asio::error::timed_out) return "no answer in time";
  if (code == http::error::end_of_stream) return "closed the connection without an answer";
  if (code == http::error::partial_message)
    return "closed the connection in the midst of an answer";
  if (code == http::error::body_limit) return "the answer is too large";
  if (code.category() == http::make_error_code(http::error::bad_version).category()) {
    return "does not speak HTTP (" + code.message() + ")";
  }
  return code.message();
}

Error connect_error(const Address& address, const error_code& code, bool daemon) {
  const bool denied = address.is_unix() && (code == asio::error::access_denied ||
                                            code == boost::system::errc::permission_denied);
  if (!denied) return connect_error(address, reason(code), daemon);
  return {ErrorKind::denied, "no daemon at " + address.text() + ": " + reason(code) +
                                 "; which folder is closed to your user? try: namei -l " +
                                 printable_utf8(address.socket_path)};
}

// After the connection was made: the daemon is there, and something else is wrong.
tl::unexpected<Error> exchange_error(const Address& address, const error_code& code) {
  return fail(ErrorKind::io, address.text() + ": " + reason(code));
}

template <class Stream>
asio::awaitable<Result<Response>> exchange(Stream& stream, const Address& address,
                                           Question question, std::size_t body_limit) {
  const auto verb = question.json ? http::verb::post : http::verb::get;
  http::request<http::string_body> request(verb, address.prefix + question.target, 11);
  if (question.json) {
    request.set(http::field::content_type, "application/json");
    request.body() = std::move(*question.json);
    request.prepare_payload();
  }
  request.set(http::field::host, address.is_unix() ? "localhost" : address.host_and_port());
  request.set(http::field::user_agent, "perfwatch");
  request.set(http::field::accept, "application/json");
  if (!address.user_info.empty()) {
    const bool has_colon = address.user_info.find(':') != std::string::npos;
    request.set(http::field::authorization,
                "Basic " + base64(address.user_info + (has_colon ? "" : ":")));
  }
  request.keep_alive(false);
  const auto [sent, written] = co_await http::async_write(stream, request, kNoThrow);
  if (sent) co_return exchange_error(address, sent);

  beast::flat_buffer buffer;
  http::response_parser<http::string_body> parser;
  parser.body_limit(body_limit);
  const auto [received, read] = co_await http::async_read(stream, buffer, parser, kNoThrow);
  if (received) co_return exchange_error(address, received);
  co_return Response{parser.get().result_int(), std::move(parser.get().body())};
}

// OpenSSL's words for a handshake that failed, and what to do about it.
Error handshake_error(const Address& address, SSL* channel, const error_code& code) {
  const std::string where = address.text() + ": ";
  const long verdict = ::SSL_get_verify_result(channel);
  if (verdict != X509_V_OK) {
    std::string text = where + "its certificate is not trusted: ";
    text += ::X509_verify_cert_error_string(verdict);
    if (verdict != X509_V_ERR_HOSTNAME_MISMATCH && verdict != X509_V_ERR_IP_ADDRESS_MISMATCH &&
        verdict != X509_V_ERR_CERT_HAS_EXPIRED && verdict != X509_V_ERR_CERT_NOT_YET_VALID) {
      text += "; --ca FILE names its authority";
    }
    return {ErrorKind::denied, std::move(text)};
  }
  const bool no_tls =
      code.category() == asio::error::get_ssl_category() &&
      ERR_GET_REASON(static_cast<unsigned long>(code.value())) == SSL_R_WRONG_VERSION_NUMBER;
  return {ErrorKind::io, where + (no_tls ? "does not speak TLS; try http://" : reason(code))};
}

// Trust, and whom the certificate must be for.
Result<void> set_up(asio::ssl::context& context, const std::string& ca_file) {
  error_code error;
  if (ca_file.empty()) {
    context.set_default_verify_paths(error);
  } else {
    context.load_verify_file(ca_file, error);
  }
  if (error) {
    return fail(ErrorKind::malformed,
                "reading --ca " + printable_utf8(ca_file) + ": " + error.message());
  }
  ::SSL_CTX_set_min_proto_version(context.native_handle(), TLS1_2_VERSION);
  context.set_verify_mode(asio::ssl::verify_peer, error);
  if (error) return fail(ErrorKind::io, "setting TLS up: " + error.message());
  return {};
}

bool expect_host(SSL* channel, const std::string& host) {
  error_code no_number;
  static_cast<void>(asio::ip::make_address(host, no_number));
  if (!no_number) {
    return ::X509_VERIFY_PARAM_set1_ip_asc(::SSL_get0_param(channel), host.c_str()) == 1;
  }
  return ::SSL_set1_host(channel, host.c_str()) == 1 &&
         ::SSL_set_tlsext_host_name(channel, host.c_str()) == 1;
}

asio::awaitable<Result<Response>> exchange_tls(beast::tcp_stream& stream, const Address& address,
                                               Question question, std::size_t body_limit) {
  asio::ssl::context context(asio::ssl::context::tls_client);
  if (auto ready = set_up(context, address.ca_file); !ready) {
    co_return tl::unexpected(std::move(ready.error()));
  }
  asio::ssl::stream<beast::tcp_stream&> channel(stream, context);
  if (!expect_host(channel.native_handle(), address.host)) {
    co_return fail(ErrorKind::malformed, address.text() + ": not a host that a certificate names");
  }
  const auto [error] = co_await channel.async_handshake(asio::ssl::stream_base::client, kNoThrow);
  if (error) co_return tl::unexpected(handshake_error(address, channel.native_handle(), error));
  co_return co_await exchange(channel, address, std::move(question), body_limit);
}

asio::awaitable<Result<Response>> ask_unix(const Address& address, Question question,
                                           const Client::Settings& settings) {
  unix_stream stream(co_await asio::this_coro::executor);
  stream.expires_after(settings.timeout);
  const unix_socket::endpoint endpoint(address.socket_path);
  const auto [error] = co_await stream.async_connect(endpoint, kNoThrow);
  if (error) co_return tl::unexpected(connect_error(address, error, settings.daemon));
  co_return co_await exchange(stream, address, std::move(question), settings.body_limit);
}

asio::awaitable<Result<Response>> ask_tcp(const Address& address, Question question,
                                          const Client::Settings& settings) {
  const auto executor = co_await asio::this_coro::executor;
  tcp::resolver resolver(executor);
  const auto [lost, found] = co_await resolver.async_resolve(address.host, address.port, kNoThrow);
  if (lost) co_return tl::unexpected(connect_error(address, lost, settings.daemon));
  beast::tcp_stream stream(executor);
  stream.expires_after(settings.timeout);
  const auto [error, endpoint] = co_await stream.async_connect(found, kNoThrow);
  if (error) co_return tl::unexpected(connect_error(address, error, settings.daemon));
  if (address.tls) {
    co_return co_await exchange_tls(stream, address, std::move(question), settings.body_limit);
  }
  co_return co_await exchange(stream, address, std::move(question), settings.body_limit);
}

}  // namespace

Error connect_error(const Address& address, std::string_view why, bool daemon) {
  if (!daemon) {
    return {ErrorKind::io, "no server at " + address.text() + ": " + std::string(why)};
  }
  return {ErrorKind::io, "no daemon at " + address.text() + ": " + std::string(why) +
                             "; is it running? try: systemctl status perfwatchd or "
                             "deploy/quickstart"};
}

asio::awaitable<Result<Response>> http_ask(const Address& address, Question question,
                                           const Client::Settings& settings) {
  return address.is_unix() ? ask_unix(address, std::move(question), settings)
                           : ask_tcp(address, std::move(question), settings);
}

}  // namespace perfwatch
