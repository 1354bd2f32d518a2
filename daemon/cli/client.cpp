// SPDX-License-Identifier: Apache-2.0
#include "daemon/cli/client.h"

#include <sys/socket.h>
#include <sys/un.h>

#include <exception>
#include <memory>
#include <mutex>
#include <optional>
#include <utility>
#include <vector>

#include "core/base/unique_fd.h"
#include "daemon/asio.h"
#include "daemon/cli/http_ask.h"

namespace perfwatch {
namespace {

bool has_name(const Address& address) {
  boost::system::error_code no_number;
  static_cast<void>(asio::ip::make_address(address.host, no_number));
  return !address.is_unix() && no_number;
}

// The resolver's thread cannot be told to leave getaddrinfo(3), and the end of a context waits for
// it: minutes where a name server hangs. Such a one is kept until the process ends; nothing runs in
// it any more.
void abandon(std::unique_ptr<asio::io_context> context) {
  static std::mutex mutex;
  static auto* const kept = new std::vector<std::unique_ptr<asio::io_context>>;
  const std::lock_guard lock(mutex);
  kept->push_back(std::move(context));
}

}  // namespace

struct Client::Impl {
  Address address;
  Settings settings;
  std::mutex mutex;
  bool cancelled = false;               // these two under the mutex
  asio::io_context* running = nullptr;  // of the request under way

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
Result<Response> Client::ask(std::string_view target, std::optional<std::string> json) try {
  const Address& address = impl_->address;
  std::optional<Result<Response>> response;
  // One for each request: what is not finished in time ends with it.
  auto context = std::make_unique<asio::io_context>(1);
  asio::co_spawn(*context,
                 http_ask(address, {std::string(target), std::move(json)}, impl_->settings),
                 [&](const std::exception_ptr& thrown, Result<Response> answer) {
                   if (thrown) answer = fail(ErrorKind::io, address.text() + ": no memory");
                   response = std::move(answer);
                 });
  if (!impl_->begin(*context)) return fail(ErrorKind::gone, "cancelled");
  // One second more than the stream's own limit: a name server that hangs has none.
  context->run_for(impl_->settings.timeout + std::chrono::seconds(1));
  const bool cancelled = !impl_->end();
  if (!response && has_name(address)) abandon(std::move(context));
  if (cancelled) return fail(ErrorKind::gone, "cancelled");
  if (!response)
    return tl::unexpected(connect_error(address, "no answer in time", impl_->settings.daemon));
  return std::move(*response);
} catch (const std::exception& error) {
  return fail(ErrorKind::io, impl_->address.text() + ": " + error.what());
}

Result<Response> Client::get(std::string_view target) { return ask(target, std::nullopt); }

Result<Response> Client::post(std::string_view target, std::string json) {
  return ask(target, std::move(json));
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

}  // namespace perfwatch
