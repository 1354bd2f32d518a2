// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <limits>
#include <memory>
#include <span>
#include <vector>

namespace perfwatch {

// One value of one series. `at` counts from whatever instant its owner keeps to.
struct HistoryPoint {
  std::chrono::milliseconds at{};
  double value = 0;
};

// What the coding of a point depends on: the point before it, in the same chunk.
struct PointContext {
  std::uint64_t time = 0;    // milliseconds, as bits: differences wrap around and so never overflow
  std::uint64_t delta = 0;   // from the time before
  std::uint64_t value = 0;   // as bits
  std::uint8_t leading = 0;  // the window of bits that differed last: so many zeros in front ...
  std::uint8_t width = 0;    // ... and so many bits in it; 0: none yet
  bool first = true;
};

// Points as bits: times by their delta of deltas, values by what differs from the bits of the value
// before (Pelkonen et al., "Gorilla: A Fast, Scalable, In-Memory Time Series Database", VLDB 2015,
// section 4.1). Nothing is rounded but times, to milliseconds: NaN with its payload, infinities,
// -0 and denormal values come back as they were, and times may stand still or go back.
// Other than there, the steps of time are cut for timers that are off by a few milliseconds and
// intervals that change, and a window that has become too wide is given up.
struct PointChunk {
  static constexpr std::size_t kWords = 60;
  static constexpr std::size_t kBits = kWords * 64;

  // False when it does not fit any more; nothing has changed then.
  [[nodiscard]] bool append(PointContext& context, HistoryPoint point);

  std::int64_t earliest = std::numeric_limits<std::int64_t>::max();  // milliseconds
  std::int64_t latest = std::numeric_limits<std::int64_t>::min();
  std::uint16_t points = 0;
  std::uint16_t bits = 0;
  std::array<std::uint64_t, kWords> words{};  // from the highest bit of the first word on
};
// With the 8 bytes that malloc() keeps of it, 512.
static_assert(sizeof(PointChunk) == 504);

// Reads points out of bits, whatever they are: never beyond `bits` or the words, and at most
// `points`.
class PointDecoder {
 public:
  PointDecoder() = default;
  PointDecoder(std::span<const std::uint64_t> words, std::size_t bits, std::size_t points);
  explicit PointDecoder(const PointChunk& chunk)
      : PointDecoder(chunk.words, chunk.bits, chunk.points) {}

  // False at the end, and where the bits break off; `point` is not touched then.
  [[nodiscard]] bool next(HistoryPoint& point);

 private:
  [[nodiscard]] bool take(unsigned count, std::uint64_t& bits);
  [[nodiscard]] bool take_time();
  [[nodiscard]] bool take_value();

  std::span<const std::uint64_t> words_;
  std::size_t at_ = 0;
  std::size_t end_ = 0;
  std::size_t left_ = 0;  // points
  PointContext context_;
};

// The points of a series with from <= at <= to, in the order in which they came. Decoded as they
// are asked for, without allocation; chunks that lie outside are stepped over. Valid until the
// series is next changed.
class PointRange {
 public:
  using Chunks = std::span<const std::unique_ptr<PointChunk>>;

  class Iterator {
   public:
    using value_type = HistoryPoint;
    using difference_type = std::ptrdiff_t;

    Iterator() = default;
    explicit Iterator(const PointRange& range)
        : chunks_(range.chunks_), from_(range.from_), to_(range.to_) {
      ++*this;
    }
    const HistoryPoint& operator*() const { return point_; }
    const HistoryPoint* operator->() const { return &point_; }
    Iterator& operator++();
    void operator++(int) { ++*this; }
    bool operator==(std::default_sentinel_t /*end*/) const { return done_; }

   private:
    [[nodiscard]] bool next_chunk();

    Chunks chunks_;  // those after the one that is being decoded
    std::chrono::milliseconds from_{}, to_{};
    PointDecoder decoder_;
    HistoryPoint point_;
    bool done_ = false;
  };

  PointRange(Chunks chunks, std::chrono::milliseconds from, std::chrono::milliseconds to)
      : chunks_(chunks), from_(from), to_(to) {}
  [[nodiscard]] Iterator begin() const { return Iterator(*this); }
  [[nodiscard]] std::default_sentinel_t end() const { return {}; }

 private:
  Chunks chunks_;  // oldest first
  std::chrono::milliseconds from_, to_;
};

// The last points of one series, compressed: at least `keep` of them once there were as many, at
// most one chunk more. The oldest chunk goes as soon as the others hold enough.
class PackedPoints {
 public:
  explicit PackedPoints(std::size_t keep) : keep_(keep) {}

  // Allocates once per chunk (some 60 points of noise, 1,000 of a constant).
  void append(HistoryPoint point);

  [[nodiscard]] std::size_t size() const { return points_; }
  [[nodiscard]] bool empty() const { return points_ == 0; }
  // The newest; only of what is not empty.
  [[nodiscard]] HistoryPoint last() const;
  [[nodiscard]] PointRange between(std::chrono::milliseconds from,
                                   std::chrono::milliseconds to) const {
    return {chunks_, from, to};
  }
  [[nodiscard]] PointRange all() const {
    return between(std::chrono::milliseconds::min(), std::chrono::milliseconds::max());
  }
  // Of memory, with what malloc() adds; without this object itself.
  [[nodiscard]] std::size_t bytes() const;

 private:
  std::vector<std::unique_ptr<PointChunk>> chunks_;  // oldest first
  std::size_t keep_;
  std::size_t points_ = 0;
  PointContext context_;  // of the newest chunk
};

}  // namespace perfwatch
