// SPDX-License-Identifier: Apache-2.0
#include "daemon/service_manager.h"

#include <systemd/sd-daemon.h>
#include <time.h>

#include <cstdint>

#include "daemon/log.h"

namespace perfwatch {
namespace {

void notify(const std::string& state) {
  const int result = ::sd_notify(0, state.c_str());
  if (result < 0) {
    log_warning("could not notify systemd, ignoring it",
                {{"error_number", std::to_string(-result)}});
  }
}

}  // namespace

ServiceManager::ServiceManager(boost::asio::io_context& loop) : timer_(loop) {
  std::uint64_t microseconds = 0;
  if (::sd_watchdog_enabled(0, &microseconds) > 0)
    watchdog_ = std::chrono::microseconds(microseconds);
}

void ServiceManager::ready(const std::string& status) { notify("READY=1\nSTATUS=" + status); }

void ServiceManager::reloading() {
  timespec now{};
  ::clock_gettime(CLOCK_MONOTONIC, &now);
  const auto microseconds = now.tv_sec * 1'000'000 + now.tv_nsec / 1000;
  notify("RELOADING=1\nMONOTONIC_USEC=" + std::to_string(microseconds));
}

void ServiceManager::stopping() { notify("STOPPING=1"); }

void ServiceManager::feed_watchdog() {
  if (watchdog_.count() == 0) return;
  notify("WATCHDOG=1");
  timer_.expires_after(watchdog_ / 2);
  timer_.async_wait([this](const boost::system::error_code& error) {
    if (!error) feed_watchdog();
  });
}

}  // namespace perfwatch
