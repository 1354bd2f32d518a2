// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <string>

namespace perfwatch {

// What systemd wants to hear of a Type=notify service (sd_notify(3)); says nothing when nobody
// listens.
class ServiceManager {
 public:
  explicit ServiceManager(boost::asio::io_context& loop);

  void ready(const std::string& status);
  void reloading();
  void stopping();
  // Feeds the watchdog at half its interval, from the loop itself: a loop that hangs is not fed.
  // Stops with cancel().
  void feed_watchdog();
  void cancel() { timer_.cancel(); }

 private:
  boost::asio::steady_timer timer_;
  std::chrono::microseconds watchdog_{0};  // zero: none
};

}  // namespace perfwatch
