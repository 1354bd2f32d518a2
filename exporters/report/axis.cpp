// SPDX-License-Identifier: Apache-2.0
#include "exporters/report/axis.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <span>
#include <string_view>

namespace perfwatch {
namespace {

struct Scale {
  double from;  // values from here on are read in it
  double size;
  std::string_view name;
};

constexpr double kKibi = 1024;
constexpr std::array<Scale, 6> kSeconds{{{0, 1e-6, " µs"},
                                         {1e-3, 1e-3, " ms"},
                                         {1, 1, " s"},
                                         {180, 60, " min"},
                                         {3 * 3600.0, 3600, " h"},
                                         {3 * 86400.0, 86400, " d"}}};
constexpr std::array<Scale, 5> kBytes{
    {{0, 1, " B"},
     {kKibi, kKibi, " KiB"},
     {kKibi * kKibi, kKibi* kKibi, " MiB"},
     {kKibi * kKibi * kKibi, kKibi* kKibi* kKibi, " GiB"},
     {kKibi * kKibi * kKibi * kKibi, kKibi* kKibi* kKibi* kKibi, " TiB"}}};
constexpr std::array<Scale, 4> kCounts{
    {{0, 1, ""}, {1e4, 1e3, " k"}, {1e6, 1e6, " M"}, {1e9, 1e9, " G"}}};
constexpr int kSteps = 4;        // at least; at most twice and a half as many after rounding
constexpr double kMost = 1e300;  // beyond this a step is no number

std::span<const Scale> scales_of(RunMetricInfo::Unit unit) {
  switch (unit) {
    case RunMetricInfo::Unit::seconds:
      return kSeconds;
    case RunMetricInfo::Unit::bytes:
      return kBytes;
    case RunMetricInfo::Unit::count:
      return kCounts;
  }
  return kCounts;
}

const Scale& scale_for(double largest, RunMetricInfo::Unit unit) {
  const auto scales = scales_of(unit);
  const Scale* fitting = scales.data();
  for (const auto& scale : scales) {
    if (largest >= scale.from) fitting = &scale;
  }
  return *fitting;
}

// The smallest round step of which kSteps reach `length`.
double round_step(double length) {
  const double raw = length / kSteps;
  const double power = std::pow(10, std::floor(std::log10(raw)));
  for (const double factor : {1.0, 2.0, 5.0}) {
    if (factor * power >= raw * (1 - 1e-9)) return factor * power;
  }
  return 10 * power;
}

std::vector<Tick> ticks_of(double step, int count, const Scale& scale) {
  std::vector<Tick> ticks{{0, "0"}};
  for (int i = 1; i <= count; ++i) {
    const double value = step * i;
    ticks.push_back({value * scale.size, fmt::format("{:.6g}{}", value, scale.name)});
  }
  return ticks;
}

}  // namespace

Axis value_axis(double largest, RunMetricInfo::Unit unit) {
  if (!(largest > 1e-12)) largest = 1;
  largest = std::min(largest, kMost);
  const Scale& scale = scale_for(largest, unit);
  const double length = largest / scale.size;
  const double step = round_step(length);
  const int count = std::max(1, static_cast<int>(std::ceil(length / step * (1 - 1e-9))));
  return {step * count * scale.size, ticks_of(step, count, scale)};
}

std::vector<Tick> time_ticks(double seconds) {
  if (!(seconds > 1e-12)) return {{0, "0"}};
  seconds = std::min(seconds, kMost);
  const Scale& scale = scale_for(seconds, RunMetricInfo::Unit::seconds);
  const double length = seconds / scale.size;
  const double step = round_step(length);
  return ticks_of(step, static_cast<int>(std::floor(length / step * (1 + 1e-9))), scale);
}

}  // namespace perfwatch
