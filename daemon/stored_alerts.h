// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>

#include "core/analyse/alert_book.h"
#include "core/store/alerts.h"

namespace perfwatch {

// What the database has of alerts and deliveries, so that only what is different is written. Pure.
//
//   begin(now); see(each alert); for each target: begin_target(), see(each of its alerts);
//   changes = end();
//
// Changes of state count at once. How long an alert has been raised or cleared is written when that
// has moved by 5 s and by a twentieth, so that a kill loses little of a `for` of any length; values
// at most once a minute.
class StoredAlerts {
 public:
  static constexpr std::chrono::seconds kClockStep{5};
  static constexpr std::chrono::minutes kValueInterval{1};

  // `exactly`: every difference counts, for the last write of a daemon.
  void begin(Instant now, bool exactly = false);
  void see(const AlertBook::View& alert);
  void begin_target(std::string_view kind, std::string_view name);
  void see(const Alert& alert, bool taken);
  // What has to be written; from now on it counts as written.
  [[nodiscard]] AlertChanges end();
  // It was not, or nobody knows what the database has: everything is written anew. So it begins.
  void forget();

 private:
  struct Known {
    AlertState state{};
    double value = 0;
    AlertClocks clocks;
    std::chrono::steady_clock::time_point at;
    std::uint64_t round = 0;
  };
  struct KnownDelivery {
    AlertState state{};
    std::optional<std::chrono::system_clock::time_point> fired_at;
    bool taken = false;
    std::uint64_t round = 0;
  };
  using Target = std::pair<std::string, std::string>;  // kind and name
  using Deliveries = std::map<Target, std::unordered_map<std::uint64_t, KnownDelivery>>;

  [[nodiscard]] bool differs(const Known& known, const AlertBook::View& alert) const;
  void collect_gone();

  std::unordered_map<std::uint64_t, Known> alerts_;  // by id
  Deliveries deliveries_;                            // by target and fingerprint
  Deliveries::iterator target_ = deliveries_.end();  // that is seen now
  bool nothing_known_ = true;
  Instant now_{};
  bool exactly_ = false;
  std::uint64_t round_ = 0;
  AlertChanges changes_;
};

}  // namespace perfwatch
