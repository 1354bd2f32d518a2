// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <boost/asio/io_context.hpp>
#include <functional>
#include <memory>

#include "core/base/result.h"

namespace perfwatch {

// Waits on the loop until a descriptor of somebody else is readable (or has an error to tell). It
// is watched through an epoll of our own: never read, never closed, its flags stay as they are.
class WakeUp {
 public:
  // An error for what cannot be waited for, a regular file for example.
  [[nodiscard]] static Result<std::unique_ptr<WakeUp>> make(boost::asio::io_context& loop,
                                                            int descriptor);
  ~WakeUp();
  WakeUp(const WakeUp&) = delete;
  WakeUp& operator=(const WakeUp&) = delete;

  // Calls `readable` once, at once when it is readable already. Again only after that or stop().
  void listen(std::function<void()> readable);
  [[nodiscard]] bool listening() const;
  // `readable` is not called any more.
  void stop();

 private:
  struct State;
  explicit WakeUp(std::shared_ptr<State> state);
  std::shared_ptr<State> state_;  // shared with the wait under way, which may outlive us
};

}  // namespace perfwatch
