// SPDX-License-Identifier: Apache-2.0
#include "daemon/wake_up.h"

#include <sys/epoll.h>

#include <boost/asio/posix/stream_descriptor.hpp>
#include <cerrno>
#include <utility>

#include "core/base/unique_fd.h"

namespace perfwatch {

struct WakeUp::State {
  boost::asio::posix::stream_descriptor epoll;
  std::function<void()> readable;  // empty: nobody listens
};

Result<std::unique_ptr<WakeUp>> WakeUp::make(boost::asio::io_context& loop, int descriptor) {
  UniqueFd epoll(::epoll_create1(EPOLL_CLOEXEC));
  epoll_event event{};
  event.events = EPOLLIN;
  if (!epoll.valid() || ::epoll_ctl(epoll.get(), EPOLL_CTL_ADD, descriptor, &event) != 0) {
    return tl::unexpected(within("waiting for a descriptor", error_from_errno(errno)));
  }
  auto state = std::make_shared<State>(State{boost::asio::posix::stream_descriptor(loop), {}});
  boost::system::error_code error;
  state->epoll.assign(epoll.get(), error);
  if (error) {
    return tl::unexpected(within("waiting for a descriptor", error_from_errno(error.value())));
  }
  static_cast<void>(epoll.release());  // assign() took it
  return std::unique_ptr<WakeUp>(new WakeUp(std::move(state)));
}

WakeUp::WakeUp(std::shared_ptr<State> state) : state_(std::move(state)) {}

WakeUp::~WakeUp() { stop(); }

void WakeUp::listen(std::function<void()> readable) {
  state_->readable = std::move(readable);
  state_->epoll.async_wait(boost::asio::posix::stream_descriptor::wait_read,
                           [state = state_](const boost::system::error_code& error) {
                             if (error || !state->readable) return;
                             std::exchange(state->readable, nullptr)();
                           });
}

bool WakeUp::listening() const { return static_cast<bool>(state_->readable); }

void WakeUp::stop() {
  state_->readable = nullptr;
  boost::system::error_code ignored;
  state_->epoll.cancel(ignored);
}

}  // namespace perfwatch
