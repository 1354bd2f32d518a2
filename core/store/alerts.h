// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "core/base/result.h"
#include "core/model/saved_alert.h"
#include "core/store/database.h"

namespace perfwatch {

// A delivery is one alert for one target.
struct DeliveryKey {
  std::string kind;
  std::string target;
  std::uint64_t fingerprint = 0;
};

// What became different since the last write. Alerts are known by their id, deliveries by their
// key: what is there already is replaced.
struct AlertChanges {
  bool everything = false;  // what is in the tables and not here is gone
  std::vector<SavedAlert> alerts;
  std::vector<std::uint64_t> gone;  // ids
  std::vector<SavedDelivery> deliveries;
  std::vector<DeliveryKey> gone_deliveries;

  [[nodiscard]] bool empty() const {
    return !everything && alerts.empty() && gone.empty() && deliveries.empty() &&
           gone_deliveries.empty();
  }
};

// All or nothing.
[[nodiscard]] Result<void> write_alerts(Database& database, const AlertChanges& changes);

struct KeptAlerts {
  std::vector<SavedAlert> alerts;
  std::vector<SavedDelivery> deliveries;  // those that were not taken first
  std::size_t damaged = 0;                // rows that make no sense, left out
};

// Beyond these nothing is read.
inline constexpr std::size_t kAlertsRead = 5'000;
inline constexpr std::size_t kDeliveriesRead = 10'000;

// What is in the tables. Names, times and numbers are whatever stands there: see make_sound() of
// core/analyse.
[[nodiscard]] Result<KeptAlerts> read_alerts(Database& database);

}  // namespace perfwatch
