// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <boost/asio/io_context.hpp>

#include "core/model/finding.h"
#include "daemon/alert_queue.h"
#include "daemon/config.h"
#include "daemon/resolver.h"

namespace perfwatch {

// Brings alerts to one Alertmanager or webhook: its own queue, its own connection, its own
// back-off. Retries until the target takes them. Lives on the loop.
class AlertSender {
 public:
  enum class Kind : std::uint8_t { alertmanager, webhook };
  [[nodiscard]] friend constexpr std::string_view to_string(Kind kind) {
    return kind == Kind::webhook ? "webhook" : "alertmanager";
  }
  struct Counts {
    std::uint64_t sent = 0;    // alerts that the target took
    std::uint64_t failed = 0;  // requests that failed; their alerts are tried again
    std::uint64_t dropped =
        0;  // alerts that were turned away: queue full, or refused by the target as malformed
  };

  AlertSender(boost::asio::io_context& loop, Resolver& resolver, Kind kind, AlertTarget target,
              AlertQueue::Settings settings, std::string external_url);
  ~AlertSender();
  AlertSender(const AlertSender&) = delete;
  AlertSender& operator=(const AlertSender&) = delete;

  [[nodiscard]] const AlertTarget& target() const;
  [[nodiscard]] Kind kind() const;
  void set(AlertTarget target, AlertQueue::Settings settings);
  void set_external_url(std::string url);

  // What an earlier daemon's queue held, before the first change.
  void restore(const Alert& alert, bool taken);
  // take(alert, taken) for each alert that the target has to hear or has heard.
  void each(const std::function<void(const Alert&, bool)>& take) const;
  // Called whenever the target took something.
  void when_taken(std::function<void()> tell);

  void change(const Alert& alert);   // fired or resolved
  void refresh(const Alert& alert);  // the value of today
  [[nodiscard]] Counts counts() const;
  [[nodiscard]] std::size_t queue_length() const;

 private:
  struct State;
  std::shared_ptr<State> state_;
};

}  // namespace perfwatch
