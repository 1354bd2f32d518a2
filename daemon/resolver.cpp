// SPDX-License-Identifier: Apache-2.0
#include "daemon/resolver.h"

#include <optional>
#include <utility>

#include "core/base/text.h"
#include "daemon/asio.h"

namespace perfwatch {
namespace {

using tcp = asio::ip::tcp;
using boost::system::error_code;

// So many lookups may hang at once; each costs a thread.
constexpr std::size_t kMostHanging = 8;

// What a lookup brings; the loop's side of it, so it is not touched by the thread.
struct Lookup {
  explicit Lookup(asio::any_io_executor executor) : done(std::move(executor)) {}
  asio::steady_timer done;
  std::optional<error_code> error;  // none: not back yet
  Resolver::Endpoints endpoints;
};

// What the thread fills.
struct Answer {
  error_code error;
  Resolver::Endpoints endpoints;
};

void look_up(const std::string& host, const std::string& port, Answer& answer) {
  asio::io_context own;
  tcp::resolver resolver(own);
  for (const auto& entry : resolver.resolve(host, port, answer.error)) {
    answer.endpoints.push_back(entry.endpoint());
  }
}

std::optional<tcp::endpoint> as_address(const std::string& host, const std::string& port) {
  error_code error;
  const auto address = asio::ip::make_address(host, error);
  const auto number = to_number<std::uint16_t>(port);
  if (error || !number) return std::nullopt;
  return tcp::endpoint(address, *number);
}

}  // namespace

Resolver::Resolver(asio::io_context& loop)
    : workers_(loop.get_executor(), 1), hanging_(std::make_shared<std::set<std::string>>()) {}

asio::awaitable<Result<Resolver::Endpoints>> Resolver::resolve(
    std::string host, std::string port, std::chrono::steady_clock::time_point deadline) {
  if (const auto endpoint = as_address(host, port)) co_return Endpoints{*endpoint};
  if (hanging_->contains(host) || hanging_->size() >= kMostHanging) {
    co_return fail(ErrorKind::io, "looking up " + host + ": an earlier lookup still hangs");
  }
  const auto lookup = std::make_shared<Lookup>(co_await asio::this_coro::executor);
  const std::weak_ptr<Lookup> waiting = lookup;  // the loop's things stay the loop's
  const auto answer = std::make_shared<Answer>();
  lookup->done.expires_at(deadline);
  const auto ticket = workers_.start([answer, host, port] { look_up(host, port, *answer); },
                                     [answer, waiting, host, hanging = hanging_] {
                                       hanging->erase(host);
                                       const auto asker = waiting.lock();
                                       if (!asker) return;
                                       asker->error = answer->error;
                                       asker->endpoints = std::move(answer->endpoints);
                                       asker->done.cancel();
                                     });
  co_await lookup->done.async_wait(kNoThrow);
  if (!lookup->error) {
    if (workers_.give_up(ticket) == Workers::GivenUp::hangs) hanging_->insert(host);
    co_return fail(ErrorKind::io, "looking up " + host + ": no answer in time");
  }
  if (*lookup->error) {
    co_return fail(ErrorKind::io, "looking up " + host + ": " + lookup->error->message());
  }
  co_return std::move(lookup->endpoints);
}

}  // namespace perfwatch
