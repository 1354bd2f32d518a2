// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "core/model/overview.h"
#include "core/model/samples.h"
#include "daemon/alert_sender.h"

namespace perfwatch {

// What happens inside the daemon, counted in a prometheus-cpp registry and put into each frame, so
// that our own series are exported, watched by rules and listed like all others.
class OwnMetrics {
 public:
  explicit OwnMetrics(const DaemonInfo& daemon);
  ~OwnMetrics();
  OwnMetrics(const OwnMetrics&) = delete;
  OwnMetrics& operator=(const OwnMetrics&) = delete;

  void answered(std::string_view path, unsigned code, std::chrono::nanoseconds duration);
  void rejected(std::string_view reason);
  void set_connections(std::size_t count);
  void reloaded(bool success, std::chrono::system_clock::time_point at);

  // The registry as samples.
  [[nodiscard]] Samples collect();
  // perfwatch_notifications_*: one series for each target.
  [[nodiscard]] Samples describe(const std::vector<std::unique_ptr<AlertSender>>& senders);

  [[nodiscard]] static MetricList metrics();

 private:
  struct Registry;
  std::unique_ptr<Registry> registry_;
  std::shared_ptr<const Schema> schema_;
  std::shared_ptr<const Schema> senders_schema_;
};

}  // namespace perfwatch
