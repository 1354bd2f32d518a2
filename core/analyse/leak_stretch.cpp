// SPDX-License-Identifier: Apache-2.0
#include "core/analyse/leak_stretch.h"

#include <algorithm>
#include <cmath>

namespace perfwatch {
namespace {

constexpr double kShortestStretch = 60;       // s; less says nothing
constexpr double kFluctuationPieces = 27;     // of a stretch; finer, what swings is noise
constexpr std::size_t kLeadPieces = 2;        // a quarter of the growth's time ...
constexpr double kLead = 0.1;                 // ... holds so much of it
constexpr double kKink = 3;                   // a rate so many times another is of another kind
constexpr double kWarmUps = 4;                // how long creep goes on
constexpr double kStillGrowing = 0.3;         // of the mean rate, in the last piece
constexpr double kSecondsPerDoubling = 3600;  // see LeakSettings::longest_patience
constexpr double kNormalQuantile = 1.96;      // 95 %, both sides

using Pieces = std::array<double, kStretchPieces>;

// What each piece had reached for good.
Pieces pieces_of(const FloorLine& line, std::size_t first) {
  Pieces kept{};
  const double length = (line.span - line.seen[first]) / kStretchPieces;
  for (std::size_t i = 0; i < kept.size(); ++i) {
    kept[i] = line.kept(line.seen[first] + static_cast<double>(i) * length);
  }
  return kept;
}

// No step, no slow-down, no idle lead: time without growth is no evidence of it.
bool even(const Pieces& kept, const LeakSettings& settings) {
  const double gain = kept.back() - kept.front();
  double largest = 0;
  for (std::size_t i = 1; i < kept.size(); ++i) largest = std::max(largest, kept[i] - kept[i - 1]);
  const double half = kept[kept.size() / 2];
  return largest <= settings.step_share * gain && kept[kLeadPieces] - kept[0] >= kLead * gain &&
         kept.back() - half >= settings.slow_down * (half - kept.front());
}

bool still_growing(const FloorLine& line, std::size_t first, double gain) {
  const double length = (line.span - line.seen[first]) / kStretchPieces;
  const double recent = line.kept(line.span - length / 3) - line.kept(line.span - length);
  return recent >= kStillGrowing * gain / (kStretchPieces - 1) * 2 / 3;
}

double rate_between(const FloorLine& line, std::size_t from, std::size_t to) {
  return (static_cast<double>(line.lowest[to]) - static_cast<double>(line.lowest[from])) /
         (line.seen[to] - line.seen[from]);
}

// Goes back from `first` in steps of a quarter of the stretch for as long as the growth is of the
// same kind: a gradual change of rate belongs to it, a kink does not.
std::size_t onset_of(const FloorLine& line, std::size_t first, double rate) {
  const double step = (line.span - line.seen[first]) / 4;
  while (first > 0) {
    const std::size_t before = std::min(line.at(line.seen[first] - step), first - 1);
    const double rate_before = rate_between(line, before, first);
    if (rate_before > kKink * rate || rate_before * kKink < rate) break;
    first = before;
    rate = rate_before;
  }
  return first;
}

double patience(const FloorLine& line, const LeakSettings& settings, double other,
                std::size_t onset, double level) {
  const double chances = 1 + std::log2(1 + line.seen[onset] / kSecondsPerDoubling);
  const double before = static_cast<double>(line.lowest[onset]) + other;
  const double multiple = before > 0 ? (level + other) / before : INFINITY;
  return chances * std::min(settings.patience * multiple, settings.longest_patience);
}

// Sen's slope and its interval by Kendall's variance (Gilbert 1987, 16.4).
void set_rate(const FloorLine& line, const Pieces& kept, GrowthStretch& stretch) {
  constexpr int kSlopes = kStretchPieces * (kStretchPieces - 1) / 2;
  std::array<double, kSlopes> slopes{};
  std::size_t count = 0;
  // By the clock, not by observation: a gap is part of the time in which it grew.
  const double end = line.buckets[line.size - 1].start + line.buckets[line.size - 1].seen;
  const double length = (end - line.buckets[stretch.first].start) / kStretchPieces;
  for (std::size_t i = 0; i < kept.size(); ++i) {
    for (std::size_t j = i + 1; j < kept.size(); ++j) {
      slopes[count++] = (kept[j] - kept[i]) / (static_cast<double>(j - i) * length);
    }
  }
  std::sort(slopes.begin(), slopes.end());
  const double n = kStretchPieces;
  const double rank = kNormalQuantile * std::sqrt(n * (n - 1) * (2 * n + 5) / 18);
  stretch.rate = (slopes[kSlopes / 2 - 1] + slopes[kSlopes / 2]) / 2;
  stretch.low = slopes[static_cast<std::size_t>(std::floor((kSlopes - rank) / 2))];
  stretch.high = slopes[static_cast<std::size_t>(std::ceil((kSlopes + rank) / 2)) - 1];
}

// The share of the level that may be creep of the warm-up before bucket `first`.
double creep_share(const FloorLine& line, const LeakSettings& settings, std::size_t first) {
  const double most = 0.9 * static_cast<double>(line.lowest[first]);
  const auto* const begin = line.lowest.data();
  const auto reached =
      static_cast<std::size_t>(std::lower_bound(begin, begin + first, most) - begin);
  const double settling = std::max(kWarmUps * line.seen[reached], settings.longest_patience);
  return settings.creep_share * std::min(1.0, settling / (line.span - line.seen[first]));
}

}  // namespace

FloorLine::FloorLine(const FloorHistory& history) {
  size = history.copy(buckets);
  for (std::size_t i = 0; i < size; ++i) {
    seen[i] = span;
    span += static_cast<double>(buckets[i].seen);
  }
  for (std::size_t i = size; i-- > 0;) {
    lowest[i] = i + 1 < size ? std::min(buckets[i].floor, lowest[i + 1]) : buckets[i].floor;
  }
}

std::size_t FloorLine::at(double seen_seconds) const {
  const auto* const begin = seen.data();
  const auto after = std::upper_bound(begin, begin + size, seen_seconds) - begin;
  return static_cast<std::size_t>(std::max<std::ptrdiff_t>(after - 1, 0));
}

double FloorLine::fluctuation(double piece_seconds) const {
  double most = 0;
  float lowest_before = size > 0 ? buckets[0].floor : 0;
  for (std::size_t i = 0; i < size;) {
    const std::size_t begin = i;
    float floor = buckets[i].floor;
    const auto covered = [&] { return (i < size ? seen[i] : span) - seen[begin]; };
    for (++i; i < size && covered() < piece_seconds; ++i) {
      floor = std::min(floor, buckets[i].floor);
    }
    lowest_before = std::min(lowest_before, floor);
    const float above = floor - std::max(lowest_before, lowest[begin]);
    most = std::max(most, static_cast<double>(above));
  }
  return most;
}

double least_growth(const FloorLine& line, const LeakSettings& settings, double other,
                    double seconds) {
  const std::size_t first = line.at(line.span - seconds);
  const double level = static_cast<double>(line.lowest[first]) + other;
  const double creep = creep_share(line, settings, first) * std::max(level, 0.0);
  const double swing = settings.fluctuation_ratio * line.fluctuation(seconds / kFluctuationPieces);
  return std::max({settings.smallest_growth, creep, swing});
}

std::optional<GrowthStretch> longest_growth(const FloorLine& line, const LeakSettings& settings,
                                            double other) {
  std::optional<GrowthStretch> longest;
  for (std::size_t first = 0; first < line.size; ++first) {
    const double seconds = line.span - line.seen[first];
    if (seconds < kShortestStretch) break;
    const double level = line.kept(line.span - seconds / kStretchPieces);
    const double gain = level - static_cast<double>(line.lowest[first]);
    if (gain < settings.smallest_growth || !still_growing(line, first, gain)) continue;
    const Pieces kept = pieces_of(line, first);
    if (!even(kept, settings)) continue;

    GrowthStretch stretch{.first = first, .seconds = seconds};
    stretch.onset = onset_of(line, first, gain * kStretchPieces / (kStretchPieces - 1) / seconds);
    stretch.needed = patience(line, settings, other, stretch.onset, level);
    if (longest && !stretch.leak()) continue;
    if (gain < least_growth(line, settings, other, seconds)) continue;
    set_rate(line, kept, stretch);
    if (stretch.leak()) return stretch;
    longest = stretch;
  }
  return longest;
}

}  // namespace perfwatch
