// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>

namespace perfwatch {

// What a value usually is at this hour of the day: 24 means over the days seen, recent days first.
//
// An hour is that of the seconds given (UTC for epoch seconds); a day counts where it has at least
// one row. Time may stand still, jump or step back. 352 bytes, no allocation.
class HourMeans {
 public:
  struct Usual {
    double value = 0;
    int days = 0;  // that it is the mean of, at most kMostDays; 0 is unknown
  };
  static constexpr int kMostDays = 80;  // from then on old days fade

  // Unknown without a time: not finite, or beyond 10^14 s.
  [[nodiscard]] Usual usual(double epoch_seconds) const;

  // A row of finite `value`; without a time it teaches nothing.
  void learn(double value, double epoch_seconds);

 private:
  static constexpr int kHours = 24;

  std::array<double, kHours> means_{};
  std::array<std::int32_t, kHours> last_days_{};  // since the epoch, of the latest row
  std::array<std::uint8_t, kHours> days_{};       // seen, at most kMostDays
  double last_seconds_ = 0;
};

}  // namespace perfwatch
