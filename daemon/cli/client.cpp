// SPDX-License-Identifier: Apache-2.0
#include "daemon/cli/client.h"

#include <sys/socket.h>
#include <sys/un.h>

#include <exception>
#include <mutex>
#include <optional>
#include <utility>

#include "core/base/text.h"
#include "core/base/unique_fd.h"
#include "daemon/asio.h"

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

// After the connection was made: the daemon is there, and something else is wrong.
tl::unexpected<Error> exchange_error(const Address& address, const error_code& code) {
  return fail(ErrorKind::io, address.text() + ": " + reason(code));
}

template <class Stream>
asio::awaitable<Result<Response>> exchange(Stream& stream, const Address& address,
                                           std::string target, std::size_t body_limit) {
  http::request<http::empty_body> request(http::verb::get, address.prefix + target, 11);
  request.set(http::field::host, address.is_unix() ? "localhost" : address.host);
  request.set(http::field::user_agent, "perfwatch");
  request.set(http::field::accept, "application/json");
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

asio::awaitable<Result<Response>> ask_unix(const Address& address, std::string target,
                                           const Client::Settings& settings) {
  unix_stream stream(co_await asio::this_coro::executor);
  stream.expires_after(settings.timeout);
  const unix_socket::endpoint endpoint(address.socket_path);
  const auto [error] = co_await stream.async_connect(endpoint, kNoThrow);
  if (error) co_return tl::unexpected(connect_error(address, error));
  co_return co_await exchange(stream, address, std::move(target), settings.body_limit);
}

asio::awaitable<Result<Response>> ask_tcp(const Address& address, std::string target,
                                          const Client::Settings& settings) {
  const auto executor = co_await asio::this_coro::executor;
  tcp::resolver resolver(executor);
  const auto [lost, found] = co_await resolver.async_resolve(address.host, address.port, kNoThrow);
  if (lost) co_return tl::unexpected(connect_error(address, lost));
  beast::tcp_stream stream(executor);
  stream.expires_after(settings.timeout);
  const auto [error, endpoint] = co_await stream.async_connect(found, kNoThrow);
  if (error) co_return tl::unexpected(connect_error(address, error));
  co_return co_await exchange(stream, address, std::move(target), settings.body_limit);
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

// Asio and the memory that it needs may throw; we do not.
Result<Response> Client::get(std::string_view target) try {
  const Address& address = impl_->address;
  std::optional<Result<Response>> response;
  // One for each request: what is not finished in time ends with it.
  asio::io_context context{1};
  asio::co_spawn(context,
                 address.is_unix() ? ask_unix(address, std::string(target), impl_->settings)
                                   : ask_tcp(address, std::string(target), impl_->settings),
                 [&](const std::exception_ptr& thrown, Result<Response> answer) {
                   if (thrown) answer = fail(ErrorKind::io, address.text() + ": no memory");
                   response = std::move(answer);
                 });
  if (!impl_->begin(context)) return fail(ErrorKind::gone, "cancelled");
  // One second more than the stream's own limit: a name server that hangs has none.
  context.run_for(impl_->settings.timeout + std::chrono::seconds(1));
  if (!impl_->end()) return fail(ErrorKind::gone, "cancelled");
  if (!response) return tl::unexpected(connect_error(address, asio::error::timed_out));
  return std::move(*response);
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
