// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>

namespace perfwatch {

// The lowest value of one stretch of time. Memory that is lost stays below every later value, so
// minima are all that a search for leaks has to keep.
struct FloorBucket {
  double start = 0;  // s, of its first point
  float floor = 0;   // lowest value
  float seen = 0;    // s of observation until the next bucket; of a gap only the first minute
};

// A series as floors, fine where it is recent and coarse where it is old: 24 buckets of about 5 s
// (of one point each where points are farther apart), 24 of 10 s, and so on to 24 of about 43
// minutes: 33 hours or more. A bucket is about 1/12 of its age wide at most, so a stretch of any
// length that ends now has at least 12 of them. What is older is forgotten. No allocation.
class FloorHistory {
 public:
  static constexpr std::size_t kPerLevel = 24;
  static constexpr std::size_t kLevels = 10;
  static constexpr std::size_t kMaxBuckets = kPerLevel * kLevels + 1;  // and the open one
  static constexpr double kBucketSeconds = 5;
  static constexpr double kLongestStep = 60;  // s; a longer one between two points is a gap
  using Buckets = std::array<FloorBucket, kMaxBuckets>;

  // `seconds` never goes back and `value` is finite as a float; the caller sees to both. True when
  // the point opened a bucket, that is, when there is something new to judge.
  bool add(double seconds, float value);

  // Oldest first, the open bucket last; how many there are.
  [[nodiscard]] std::size_t copy(Buckets& out) const;

 private:
  struct Level {
    std::array<FloorBucket, kPerLevel> buckets;  // oldest first
    std::size_t count = 0;
  };
  void close(FloorBucket bucket);

  std::array<Level, kLevels> levels_{};  // finest first
  FloorBucket open_{};
  double last_ = 0;  // s, of the last point
  bool empty_ = true;
};

}  // namespace perfwatch
