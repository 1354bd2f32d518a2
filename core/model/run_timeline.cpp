// SPDX-License-Identifier: Apache-2.0
#include "core/model/run_timeline.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

namespace perfwatch {
namespace {

constexpr std::size_t kKept = 4;  // of each stretch
constexpr std::size_t kLeast = kKept + 2;

// Not known is never the most.
double known(double value) { return std::isnan(value) ? -HUGE_VAL : value; }

// Which of a stretch are kept.
struct Extremes {
  explicit Extremes(std::size_t first) { kept.fill(first); }

  void look_at(const std::vector<RunPoint>& points, std::size_t at) {
    const RunPoint& point = points[at];
    const auto take = [&](std::size_t place, double now, double best) {
      if (now > best) kept[place] = at;
    };
    const auto best = [&](std::size_t place) -> const RunPoint& { return points[kept[place]]; };
    take(0, known(point.cpu_cores), known(best(0).cpu_cores));
    take(1, known(-point.cpu_cores), known(-best(1).cpu_cores));
    take(2, known(point.anonymous_bytes), known(best(2).anonymous_bytes));
    take(3, known(point.processes), known(best(3).processes));
  }

  std::array<std::size_t, kKept> kept{};
};

}  // namespace

std::vector<RunPoint> downsampled(std::vector<RunPoint> points, std::size_t most) {
  most = std::max(most, kLeast);
  if (points.size() <= most) return points;
  const std::size_t stretches = (most - 2) / kKept;
  const std::size_t inner = points.size() - 2;
  std::vector<RunPoint> out{points.front()};
  out.reserve(most);
  for (std::size_t i = 0; i < stretches; ++i) {
    // Counted, not timed: samples that are missing leave no stretch empty.
    const std::size_t begin = 1 + inner * i / stretches;
    const std::size_t end = 1 + inner * (i + 1) / stretches;
    Extremes extremes(begin);
    for (std::size_t at = begin; at < end; ++at) extremes.look_at(points, at);
    auto& kept = extremes.kept;
    std::sort(kept.begin(), kept.end());
    const auto* const last = std::unique(kept.begin(), kept.end());
    for (const auto* at = kept.begin(); at != last; ++at) out.push_back(points[*at]);
  }
  out.push_back(points.back());
  return out;
}

}  // namespace perfwatch
