// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <optional>

#include "core/analyse/leak_history.h"

namespace perfwatch {

// A stretch is compared in so many pieces; its growth is what lies between the floors of the first
// and the last.
inline constexpr int kStretchPieces = 9;

// What makes growth a leak; docs/accuracy.md says why, and what other values cost. The unit is that
// of the series: bytes unless the caller gives it something else to watch.
struct LeakSettings {
  // Growth below this is none. For descriptors, threads and sockets say 20.
  double smallest_growth = 1e6;
  // s; how long growth has to last for each multiple of the footprint before it, but at most ...
  double patience = 135;
  // ... s. Both hold for what grows from the start. After h hours without growth they are 1 +
  // log2(1 + h) times as long: who watches longer sees more that looks like a leak.
  double longest_patience = 600;
  // Growth has to be this many times what rose before and was given back.
  double fluctuation_ratio = 2;
  // The second half of the growth over the first. A slow-down by s = 0.7 and on like this ends
  // when as much again has come: s^2 / (1 - s) = 1 + s.
  double slow_down = 0.7;
  // An eighth of the time holds at most this share of the growth; else it is a step.
  double step_share = 0.2;
  // Growth by less than this share of the footprint is creep, as of an allocator after a warm-up.
  // Beyond `longest_patience`, and four times the warm-up, it shrinks as the stretch gets longer.
  double creep_share = 0.08;
  bool operator==(const LeakSettings&) const = default;
};

// The floors of a history in the form that the search needs.
struct FloorLine {
  std::size_t size = 0;
  FloorHistory::Buckets buckets;
  std::array<double, FloorHistory::kMaxBuckets> seen;   // s of observation before the bucket
  std::array<float, FloorHistory::kMaxBuckets> lowest;  // of the bucket and all after it
  double span = 0;                                      // s of observation

  explicit FloorLine(const FloorHistory& history);
  [[nodiscard]] std::size_t at(double seen_seconds) const;  // the bucket of that time
  // What had been reached by that time and was never given back since.
  [[nodiscard]] double kept(double seen_seconds) const { return lowest[at(seen_seconds)]; }
  // The most that rose and was given back, in pieces of so many seconds: how far a piece's floor
  // stood both above an earlier and above a later one.
  [[nodiscard]] double fluctuation(double piece_seconds) const;
};

// Growth from some bucket until now.
struct GrowthStretch {
  std::size_t first = 0;  // of the buckets that were judged
  std::size_t onset = 0;  // where growth of this kind began: `first` or earlier
  double seconds = 0;     // of observation since `first`
  double needed = 0;      // s of growth that make it a leak
  double rate = 0;        // per second, the median slope (Sen 1968) ...
  double low = 0;         // ... and its 95 % interval
  double high = 0;

  [[nodiscard]] bool leak() const { return seconds >= needed; }
};

// The longest stretch that is a leak, or else the longest of growth; none if nothing grows. `other`
// is what belongs to the footprint besides the series.
[[nodiscard]] std::optional<GrowthStretch> longest_growth(const FloorLine& line,
                                                          const LeakSettings& settings,
                                                          double other);

// The least growth over the last `seconds` that would be taken for one.
[[nodiscard]] double least_growth(const FloorLine& line, const LeakSettings& settings, double other,
                                  double seconds);

}  // namespace perfwatch
