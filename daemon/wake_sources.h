// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>

#include "core/analyse/host_load.h"
#include "core/analyse/host_look.h"
#include "core/analyse/load_bounds.h"
#include "core/base/file_reader.h"
#include "core/base/roots.h"
#include "core/model/samples.h"
#include "daemon/pressure_triggers.h"
#include "daemon/sampler.h"

namespace perfwatch {

// Wakes the sampler for what may not wait for the next round: the kernel's pressure triggers, a
// look at the host twice a second, pending alerts. Lives on the loop.
class WakeSources {
 public:
  // Times the stretch of the sampler's pace.
  static constexpr std::chrono::milliseconds kLookEvery{500};

  WakeSources(boost::asio::io_context& loop, Sampler& sampler, const Roots& roots);

  // From now on; said again, with other bounds.
  void start(const LoadBounds& bounds);
  void stop();
  // After each frame.
  void see(const Frame& frame, const PendingAlerts& pending);

  [[nodiscard]] Samples describe();
  [[nodiscard]] static MetricList metrics();

 private:
  void wake(WakeSource source);
  void look_later();
  void look();
  [[nodiscard]] std::optional<Glance> glance();

  Sampler& sampler_;
  boost::asio::steady_timer timer_;
  PressureTriggers triggers_;
  bool running_ = false;
  bool reads_pressure_ = false;  // as the kernel gives no triggers
  HostLook look_;
  HostLoadReader load_;
  RepeatedFile stat_;
  RepeatedFile meminfo_;
  std::array<RepeatedFile, kStallResources.size()> pressure_;
  std::array<std::uint64_t, kWakeSources> counts_{};  // that were news
  std::shared_ptr<const Schema> schema_;
};

}  // namespace perfwatch
