// SPDX-License-Identifier: Apache-2.0
#include "daemon/http_connection.h"

#include <algorithm>
#include <tuple>
#include <utility>

namespace perfwatch {
namespace {

using Clock = std::chrono::steady_clock;
using SharedResponse = http::response<http::span_body<const char>>;
using boost::system::error_code;

std::string_view view(beast::string_view text) { return {text.data(), text.size()}; }

HttpResponse try_again(std::string text) {
  auto response = HttpResponse::text(503, std::move(text));
  response.extra_name = "Retry-After";
  response.extra_value = "1";
  return response;
}

// The answer to a request that could not be read; 0: none, the client is gone.
unsigned status_of(const error_code& error) {
  if (error == http::error::header_limit || error == http::error::buffer_overflow) return 431;
  if (error == http::error::body_limit) return 413;
  if (error == http::error::end_of_stream || error == http::error::partial_message) return 0;
  if (error.category() == make_error_code(http::error::bad_method).category()) return 400;
  return 0;
}

// The Authorization header is judged elsewhere; this coroutine waits for it.
asio::awaitable<HttpAccess> authenticated(const HttpAuthenticator& authenticate,
                                          std::string header) {
  co_return co_await asio::async_initiate<decltype(asio::use_awaitable), void(HttpAccess)>(
      [&authenticate, &header](auto handler) {
        auto shared = std::make_shared<decltype(handler)>(std::move(handler));
        authenticate(std::move(header), [shared](HttpAccess access) {
          auto executor = asio::get_associated_executor(*shared);
          asio::post(executor, [shared, access] { std::move (*shared)(access); });
        });
      },
      asio::use_awaitable);
}

// The answer that a page has promised; this coroutine waits for it.
asio::awaitable<HttpResponse> promised(const std::function<void(HttpAnswer)>& later) {
  co_return co_await asio::async_initiate<decltype(asio::use_awaitable), void(HttpResponse)>(
      [&later](auto handler) {
        auto shared = std::make_shared<decltype(handler)>(std::move(handler));
        later([shared](HttpResponse response) {
          auto executor = asio::get_associated_executor(*shared);
          asio::post(executor, [shared, response = std::move(response)]() mutable {
            std::move (*shared)(std::move(response));
          });
        });
      },
      asio::use_awaitable);
}

}  // namespace

HttpConnection::HttpConnection(HttpSocket socket, HttpPeer peer,
                               std::shared_ptr<asio::ssl::context> tls)
    : stream_(std::move(socket)), tls_(std::move(tls)), quiet_since_(Clock::now()), peer_(peer) {}

void HttpConnection::close() {
  closed_ = true;
  stream_.close();
}

asio::awaitable<void> HttpConnection::serve(HttpSite& site) {
  buffer_.max_size(site.limits.header_bytes + site.limits.body_bytes);
  if (!tls_) {
    co_await converse(site, stream_);
    error_code ignored;  // the peer may be gone already
    stream_.socket().shutdown(asio::socket_base::shutdown_send, ignored);
    co_return;
  }
  asio::ssl::stream<Stream&> channel(stream_, *tls_);
  stream_.expires_after(site.limits.request_timeout);
  const auto [error] = co_await channel.async_handshake(asio::ssl::stream_base::server, kNoThrow);
  if (error) {
    site.reject("tls");
    co_return;
  }
  co_await converse(site, channel);
  if (closed_) co_return;
  stream_.expires_after(std::chrono::seconds(1));  // a peer that does not say goodbye is left
  co_await channel.async_shutdown(kNoThrow);
}

// Room for a large body, until the end of the answer.
class HttpConnection::LargeBody {
 public:
  explicit LargeBody(HttpSite& site) : site_(site) {}
  LargeBody(const LargeBody&) = delete;
  LargeBody& operator=(const LargeBody&) = delete;
  ~LargeBody() {
    auto& all = site_.large_bodies;
    if (taken_.bytes == 0) return;
    all.erase(std::find_if(all.begin(), all.end(), [this](const HttpSite::Large& one) {
      return one.uid == taken_.uid && one.bytes == taken_.bytes;
    }));
  }

  [[nodiscard]] bool take(std::uint32_t uid, std::size_t bytes) {
    std::size_t sum = bytes;
    std::size_t theirs = bytes;
    for (const auto& one : site_.large_bodies) {
      sum += one.bytes;
      theirs += one.uid == uid ? one.bytes : 0;
    }
    const std::size_t most = site_.limits.large_bodies_bytes;
    if (sum > most || theirs > most / 2) return false;
    taken_ = site_.large_bodies.emplace_back(HttpSite::Large{uid, bytes});
    return true;
  }

 private:
  HttpSite& site_;
  HttpSite::Large taken_;
};

template <class Channel>
asio::awaitable<void> HttpConnection::converse(HttpSite& site, Channel& channel) {
  bool more = true;
  while (more && !site.stopping && !closed_) {
    Parser parser;
    LargeBody large(site);
    parser.header_limit(static_cast<std::uint32_t>(site.limits.header_bytes));
    if (!co_await read(site, channel, parser, large)) break;
    more = co_await answer(site, channel, parser);
    quiet_since_ = Clock::now();
  }
}

// One whole request. The first byte may take as long as the client is idle, the rest has to come at
// once.
template <class Channel>
asio::awaitable<bool> HttpConnection::read(HttpSite& site, Channel& channel, Parser& parser,
                                           LargeBody& large) {
  if (buffer_.size() == 0) {
    stream_.expires_after(site.limits.idle_timeout);
    const auto [error, size] = co_await channel.async_read_some(buffer_.prepare(1024), kNoThrow);
    if (error) co_return false;
    buffer_.commit(size);
  }
  stream_.expires_after(site.limits.request_timeout);
  // How much may follow depends on what is asked for.
  const std::size_t most = site.limits.body_bytes;
  if (peer_.uid && site.body_limit) {
    parser.body_limit(boost::none);
  } else {
    parser.body_limit(most);
  }
  auto [error, size] = co_await http::async_read_header(channel, buffer_, parser, kNoThrow);
  if (!error && peer_.uid && site.body_limit) {
    const auto& request = parser.get();
    const std::size_t limit =
        std::max(most, site.body_limit(view(request.method_string()), view(request.target())));
    const auto length = parser.content_length();
    parser.body_limit(limit);
    if (length && *length > limit) {
      error = http::error::body_limit;
    } else if (const std::size_t bytes = length ? static_cast<std::size_t>(*length) : limit;
               bytes > most && !peer_.trusted && !large.take(*peer_.uid, bytes)) {
      site.reject("in_flight");
      co_await refuse_unread(site, channel,
                             try_again("Too many large requests are being read, try again.\n"));
      co_return false;
    }
  }
  if (!error) std::tie(error, size) = co_await http::async_read(channel, buffer_, parser, kNoThrow);
  if (!error) co_return true;
  if (error == beast::error::timeout) site.reject("timeout");
  if (const unsigned status = status_of(error); status != 0 && !closed_) {
    site.reject("malformed");
    co_await refuse_unread(
        site, channel,
        HttpResponse::text(status, std::string(http::obsolete_reason(http::int_to_status(status))) +
                                       ": " + error.message() + "\n"));
  }
  co_return false;
}

// The end of the connection: what the client still sends is not looked at.
template <class Channel>
asio::awaitable<void> HttpConnection::refuse_unread(HttpSite& site, Channel& channel,
                                                    HttpResponse response) {
  stream_.expires_after(std::chrono::seconds(1));
  co_await send(site, channel, response, false, 11, false);
}

// A place among the requests that are being answered.
class HttpConnection::Turn {
 public:
  Turn(HttpSite& site, HttpConnection& connection) : site_(site), connection_(connection) {
    ++site_.in_flight;
    connection_.answering_ = true;
    connection_.quiet_since_ = Clock::now();
  }
  Turn(const Turn&) = delete;
  Turn& operator=(const Turn&) = delete;
  ~Turn() {
    --site_.in_flight;
    connection_.answering_ = false;
  }

 private:
  HttpSite& site_;
  HttpConnection& connection_;
};

// False when the connection is to end.
template <class Channel>
asio::awaitable<bool> HttpConnection::answer(HttpSite& site, Channel& channel,
                                             const Parser& parser) {
  const auto begin = Clock::now();
  const auto& request = parser.get();
  const bool keep_alive = request.keep_alive();
  const bool head = request.method() == http::verb::head;
  HttpResponse response = co_await refusal(site, parser);
  if (closed_) co_return false;
  // One that waits for somebody else keeps nobody out.
  if (!response.body) response = co_await respond(site, request);
  if (closed_) co_return false;
  const Turn turn(site, *this);
  stream_.expires_after(site.limits.request_timeout);
  const bool sent =
      co_await send(site, channel, response, head, request.version(), keep_alive && !site.stopping);
  if (site.events.answered) site.events.answered(response, Clock::now() - begin);
  co_return sent&& keep_alive;
}

// Why the request is not looked at; without a body when it is.
asio::awaitable<HttpResponse> HttpConnection::refusal(HttpSite& site, const Parser& parser) {
  const auto& request = parser.get();
  if (request.version() >= 11 && request.count(http::field::host) != 1) {  // RFC 9112, 3.2
    co_return HttpResponse::text(400, "Bad Request: exactly one Host header is needed\n");
  }
  // Root and the daemon itself always get an answer.
  if (!peer_.trusted && site.in_flight >= site.limits.max_in_flight && !site.make_way()) {
    site.reject("in_flight");
    co_return try_again("Too many requests are being answered, try again.\n");
  }
  if (!site.authenticate || peer_.local) co_return HttpResponse{};
  stream_.expires_never();                      // the wait is ours
  const auto authenticate = site.authenticate;  // a reload may replace it meanwhile
  const auto access =
      co_await authenticated(authenticate, std::string(view(request[http::field::authorization])));
  if (access == HttpAccess::busy) {
    co_return try_again("Too many passwords are being checked, try again.\n");
  }
  if (access == HttpAccess::refused) {
    auto refused = HttpResponse::text(401, "Unauthorized\n");
    refused.extra_name = "WWW-Authenticate";
    refused.extra_value = "Basic realm=\"perfwatch\"";
    co_return refused;
  }
  co_return HttpResponse{};
}

asio::awaitable<HttpResponse> HttpConnection::respond(HttpSite& site,
                                                      const Parser::value_type& request) {
  HttpRequest seen;
  seen.method = view(request.method_string());
  seen.target = view(request.target());
  seen.accept = view(request[http::field::accept]);
  seen.accept_encoding = view(request[http::field::accept_encoding]);
  seen.content_type = view(request[http::field::content_type]);
  seen.body = request.body();
  seen.trusted = peer_.trusted;
  seen.uid = peer_.uid;
  HttpResponse response = site.handler(seen);
  if (!response.later) co_return response;
  stream_.expires_never();  // the wait is ours
  const auto route = response.route;
  response = co_await promised(response.later);
  response.route = route;
  co_return response;
}

template <class Channel>
asio::awaitable<bool> HttpConnection::send(HttpSite& site, Channel& channel,
                                           const HttpResponse& response, bool head,
                                           unsigned version, bool keep_alive) {
  const std::string_view body = response.body ? std::string_view(*response.body) : "";
  SharedResponse message(http::int_to_status(response.status), version);
  message.set(http::field::content_type, beast::string_view(response.content_type));
  message.set("X-Content-Type-Options", "nosniff");
  if (response.gzip) message.set(http::field::content_encoding, "gzip");
  if (!response.vary.empty()) message.set(http::field::vary, beast::string_view(response.vary));
  if (!response.allow.empty()) message.set(http::field::allow, beast::string_view(response.allow));
  if (!response.extra_name.empty()) {
    message.set(beast::string_view(response.extra_name), beast::string_view(response.extra_value));
  }
  for (const auto& [name, value] : site.headers) message.set(name, value);
  message.keep_alive(keep_alive);
  message.content_length(body.size());
  if (!head) message.body() = beast::span<const char>(body.data(), body.size());
  http::response_serializer<http::span_body<const char>> serializer(message);
  if (head) {
    const auto [error, size] = co_await http::async_write_header(channel, serializer, kNoThrow);
    co_return !error;
  }
  const auto [error, size] = co_await http::async_write(channel, serializer, kNoThrow);
  co_return !error;
}

}  // namespace perfwatch
