// SPDX-License-Identifier: Apache-2.0
#include "core/analyse/hampel.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>

#include "core/analyse/robust.h"

namespace perfwatch {
namespace {

constexpr std::size_t kReach = 3;  // rows on either side
constexpr std::size_t kFewest = 9;
constexpr double kWild = 5;  // standard deviations

// The difference of two neighbours has sqrt(2) times the deviation of one. Where most do not
// differ, the ordinary deviation of the differences has to do.
double noise(std::span<const double> values) {
  std::vector<double> differences;
  differences.reserve(values.size());
  for (std::size_t i = 1; i < values.size(); ++i) differences.push_back(values[i] - values[i - 1]);
  double deviation = robust_deviation(differences);
  if (deviation == 0) {
    double squares = 0;
    for (const double difference : differences) squares += difference * difference;
    deviation = std::sqrt(squares / static_cast<double>(differences.size()));
  }
  return deviation / std::numbers::sqrt2;
}

}  // namespace

std::vector<double> without_spikes(std::span<const double> values) {
  std::vector<double> cleaned(values.begin(), values.end());
  if (values.size() < kFewest) return cleaned;
  const double limit = kWild * noise(values);
  if (!(limit > 0)) return cleaned;
  std::array<double, 2 * kReach + 1> around{};
  for (std::size_t i = 0; i < values.size(); ++i) {
    const std::size_t first = i - std::min(i, kReach);
    const std::size_t end = std::min(values.size(), i + kReach + 1);
    const auto rows = values.subspan(first, end - first);
    std::copy(rows.begin(), rows.end(), around.begin());
    const double middle = median_in_place(std::span(around).first(rows.size()));
    if (std::abs(values[i] - middle) > limit) cleaned[i] = middle;
  }
  return cleaned;
}

}  // namespace perfwatch
