// SPDX-License-Identifier: Apache-2.0
#include "daemon/cli/client.h"

#include <sys/socket.h>
#include <sys/un.h>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core/basic_stream.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http.hpp>
#include <exception>
#include <mutex>
#include <optional>
#include <utility>

#include "core/base/text.h"
#include "core/base/unique_fd.h"

namespace perfwatch {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;
using asio::use_awaitable;
using asio::ip::tcp;
using unix_socket = asio::local::stream_protocol;
using unix_stream = beast::basic_stream<unix_socket>;
using boost::system::error_code;
using boost::system::system_error;

// Kept apart from what goes wrong later: only then the daemon may not be running at all.
struct ConnectFailed {
  error_code code;
};

template <class Stream>
asio::awaitable<Response> exchange(Stream& stream, const Address& address, std::string target,
                                   std::size_t body_limit) {
  http::request<http::empty_body> request(http::verb::get, address.prefix + target, 11);
  request.set(http::field::host, address.is_unix() ? "localhost" : address.host);
  request.set(http::field::user_agent, "perfwatch");
  request.set(http::field::accept, "application/json");
  request.keep_alive(false);
  co_await http::async_write(stream, request, use_awaitable);

  beast::flat_buffer buffer;
  http::response_parser<http::string_body> parser;
  parser.body_limit(body_limit);
  co_await http::async_read(stream, buffer, parser, use_awaitable);
  co_return Response{parser.get().result_int(), std::move(parser.get().body())};
}

template <class Stream, class Endpoint>
asio::awaitable<void> connect(Stream& stream, const Endpoint& endpoint) {
  error_code error;
  co_await stream.async_connect(endpoint, asio::redirect_error(use_awaitable, error));
  if (error) throw ConnectFailed{error};
}

asio::awaitable<tcp::resolver::results_type> resolve(const Address& address) {
  tcp::resolver resolver(co_await asio::this_coro::executor);
  error_code error;
  auto found = co_await resolver.async_resolve(address.host, address.port,
                                               asio::redirect_error(use_awaitable, error));
  if (error) throw ConnectFailed{error};
  co_return found;
}

asio::awaitable<Response> ask(const Address& address, std::string target,
                              const Client::Settings& settings) {
  const auto executor = co_await asio::this_coro::executor;
  if (address.is_unix()) {
    unix_stream stream(executor);
    stream.expires_after(settings.timeout);
    co_await connect(stream, unix_socket::endpoint(address.socket_path));
    co_return co_await exchange(stream, address, std::move(target), settings.body_limit);
  }
  beast::tcp_stream stream(executor);
  stream.expires_after(settings.timeout);
  co_await connect(stream, co_await resolve(address));
  co_return co_await exchange(stream, address, std::move(target), settings.body_limit);
}

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

Error connect_error(const Address& address, const error_code& code) {
  const bool denied = address.is_unix() && (code == asio::error::access_denied ||
                                            code == boost::system::errc::permission_denied);
  Error error{denied ? ErrorKind::denied : ErrorKind::io, ""};
  error.text = "no daemon at " + address.text() + ": " + reason(code);
  error.text +=
      denied
          ? "; which folder is closed to your user? try: namei -l " +
                printable_utf8(address.socket_path)
          : std::string("; is it running? try: systemctl status perfwatchd or deploy/quickstart");
  return error;
}

}  // namespace

struct Client::Impl {
  Address address;
  Settings settings;
  std::mutex mutex;
  bool cancelled = false;               // these two under the mutex
  asio::io_context* running = nullptr;  // of the get() under way

  // False: cancelled, do not start.
  bool begin(asio::io_context& context) {
    const std::lock_guard lock(mutex);
    running = cancelled ? nullptr : &context;
    return !cancelled;
  }
  bool end() {
    const std::lock_guard lock(mutex);
    running = nullptr;
    return !cancelled;
  }
};

Client::Client(Address address, Settings settings) : impl_(std::make_unique<Impl>()) {
  impl_->address = std::move(address);
  impl_->settings = settings;
}

Client::~Client() = default;

const Address& Client::address() const { return impl_->address; }

void Client::cancel() {
  const std::lock_guard lock(impl_->mutex);
  impl_->cancelled = true;
  if (impl_->running != nullptr) impl_->running->stop();
}

Result<Response> Client::get(std::string_view target) try {
  std::optional<Response> response;
  std::exception_ptr failure;
  // One for each request: what is not finished in time ends with it.
  asio::io_context context{1};
  asio::co_spawn(context, ask(impl_->address, std::string(target), impl_->settings),
                 [&](std::exception_ptr error, Response answer) {
                   failure = std::move(error);
                   response = std::move(answer);
                 });
  if (!impl_->begin(context)) return fail(ErrorKind::gone, "cancelled");
  // One second more than the stream's own limit: a name server that hangs has none.
  context.run_for(impl_->settings.timeout + std::chrono::seconds(1));
  if (!impl_->end()) return fail(ErrorKind::gone, "cancelled");
  if (failure) std::rethrow_exception(failure);
  if (!response) return tl::unexpected(connect_error(impl_->address, asio::error::timed_out));
  return std::move(*response);
} catch (const ConnectFailed& failed) {
  return tl::unexpected(connect_error(impl_->address, failed.code));
} catch (const system_error& error) {
  return fail(ErrorKind::io, impl_->address.text() + ": " + reason(error.code()));
} catch (const std::exception& error) {
  return fail(ErrorKind::io, impl_->address.text() + ": " + error.what());
}

bool connects(const Address& address) {
  sockaddr_un name{};
  name.sun_family = AF_UNIX;
  if (!address.is_unix() || address.socket_path.size() >= sizeof name.sun_path) return false;
  address.socket_path.copy(name.sun_path, address.socket_path.size());
  const UniqueFd fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  return fd.valid() &&
         ::connect(fd.get(), reinterpret_cast<const sockaddr*>(&name), sizeof name) == 0;
}

std::string percent_encode(std::string_view text) {
  constexpr char kHex[] = "0123456789ABCDEF";
  constexpr std::string_view kPlain =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~";
  std::string out;
  for (const char c : text) {
    const auto value = static_cast<unsigned char>(c);
    if (kPlain.find(c) != std::string_view::npos) {
      out += c;
    } else {
      out += {'%', kHex[value >> 4U], kHex[value & 0xFU]};
    }
  }
  return out;
}

}  // namespace perfwatch
