// SPDX-License-Identifier: Apache-2.0
#include "core/analyse/hour_means.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <optional>

namespace perfwatch {
namespace {

constexpr double kHourSeconds = 3600;
constexpr double kDayHours = 24;
constexpr double kMostSeconds = 1e14;  // so that days fit into 32 bits
constexpr double kRowSeconds = 300;    // a row that is nearer to the one before teaches less

struct Hour {
  std::size_t of_day;  // 0..23
  std::int32_t day;    // since the epoch
};

std::optional<Hour> hour_at(double epoch_seconds) {
  if (!(std::fabs(epoch_seconds) < kMostSeconds)) return std::nullopt;
  const double hours = std::floor(epoch_seconds / kHourSeconds);
  const double day = std::floor(hours / kDayHours);
  return Hour{static_cast<std::size_t>(hours - day * kDayHours), static_cast<std::int32_t>(day)};
}

}  // namespace

HourMeans::Usual HourMeans::usual(double epoch_seconds) const {
  const auto hour = hour_at(epoch_seconds);
  if (!hour) return {};
  return {means_[hour->of_day], days_[hour->of_day]};
}

void HourMeans::learn(double value, double epoch_seconds) {
  const auto hour = hour_at(epoch_seconds);
  if (!hour) return;
  double& mean = means_[hour->of_day];
  std::uint8_t& days = days_[hour->of_day];
  const double elapsed = epoch_seconds - last_seconds_;
  last_seconds_ = epoch_seconds;

  if (days == 0) {
    mean = value;
  } else {
    const double share = elapsed < 0 ? 1 : std::min(1.0, elapsed / kRowSeconds);
    mean += (value - mean) * share / (days + 1);
  }
  if (days == 0 || last_days_[hour->of_day] != hour->day)
    days = static_cast<std::uint8_t>(std::min(days + 1, kMostDays));
  last_days_[hour->of_day] = hour->day;
}

}  // namespace perfwatch
