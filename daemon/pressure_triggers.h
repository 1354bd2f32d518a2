// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <boost/asio/io_context.hpp>
#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "core/analyse/interval.h"
#include "core/analyse/load_bounds.h"
#include "core/base/result.h"

namespace perfwatch {

// By kStallResources.
inline constexpr std::array kPressureSources = {
    WakeSource::cpu_pressure, WakeSource::memory_pressure, WakeSource::io_pressure};

// Waits on the loop for the kernel to tell of pressure (docs.kernel.org/accounting/psi.html,
// "Monitoring for pressure thresholds"): 150 ms of stall within a second, and what rules are raised
// at, as a trigger tells of the beginning only. The kernel wants CAP_SYS_RESOURCE for that. Windows
// of two seconds are for everybody since Linux 6.4, but tell of what goes on every second time only
// (measured: each 4 s), so that they cannot be told from news; looking is faster.
class PressureTriggers {
 public:
  using Fired = std::function<void(WakeSource source)>;

  // `folder`: /proc/pressure. Nothing is opened yet.
  PressureTriggers(boost::asio::io_context& loop, std::string folder, Fired fired,
                   std::chrono::microseconds window = std::chrono::seconds(1));
  ~PressureTriggers();
  PressureTriggers(const PressureTriggers&) = delete;
  PressureTriggers& operator=(const PressureTriggers&) = delete;

  // Instead of those so far. An error when a resource has none, which others may have all the same.
  [[nodiscard]] Result<void> open(const LoadBounds& bounds);
  void close();

 private:
  struct Trigger;
  [[nodiscard]] Result<void> add(std::size_t resource, std::string_view kind, double ratio,
                                 WakeSource source);
  static void listen(const std::shared_ptr<Trigger>& trigger);

  boost::asio::io_context& loop_;
  std::string folder_;
  Fired fired_;
  std::chrono::microseconds window_;
  std::vector<std::shared_ptr<Trigger>> triggers_;  // each shared with the wait under way
};

}  // namespace perfwatch
