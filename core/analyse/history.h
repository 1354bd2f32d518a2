// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "core/analyse/packed_points.h"
#include "core/model/frame.h"

namespace perfwatch {

// What a series is called for as long as it lives: the metric's name, the suffix and the label
// values, parted by '\0' (label values are printable).
[[nodiscard]] std::string series_key(const Series& series);

// A small integer in place of a key, until the series is forgotten; never given twice.
struct SeriesId {
  std::uint32_t slot = 0;
  std::uint32_t generation = 0;
  bool operator==(const SeriesId&) const = default;
};

// The recent past of the series that rules look back on, compressed (packed_points.h). Bounded in
// series and, by their points, in memory. Times are those of one clock that does not go back, the
// monotonic one of frames; a point whose time is not after the last is kept as it came. Not
// thread-safe.
class History {
 public:
  using Time = std::chrono::milliseconds;

  struct Limits {
    std::size_t points = 1000;  // of one series, at least
    std::size_t series = 1000;
    // Values are rounded to so many, 53 for not at all. 37: to 4e-12 of their size, whole numbers
    // up to 1.3e11 and pages of memory of any size exactly. It is what makes a series of ratios,
    // whose last bits are noise, fit into 8 bytes a point.
    unsigned significant_bits = 37;
    Time forget_after = std::chrono::hours(1);   // a series without points
    Time spare_after = std::chrono::minutes(5);  // where a new one finds no room
  };
  // Asked once for each series of a new schema. Empty: take() watches nothing.
  using Watch = std::function<bool(const Series&)>;

  History() : History(Limits{}, {}) {}
  History(Limits limits, Watch watch);

  // The watched series of a frame, each round once however often it is published. Absent values are
  // no points. Allocates when a schema is new or a chunk full, not for each point.
  void take(const Frame& frame);

  // Other series may be watched from now on. What is kept of those that are no longer is kept until
  // it is forgotten.
  void match_anew() { blocks_.clear(); }

  // For values that are in no frame (a ratio, a rate): the series of that name, from now on kept.
  // Nullopt where there are as many as may be.
  [[nodiscard]] std::optional<SeriesId> open(std::string_view key, Time now);
  // False when the series was forgotten meanwhile: open() it again.
  bool append(SeriesId id, HistoryPoint point);
  // Null when it is not kept (any more). Valid until the next call that is not const.
  [[nodiscard]] const PackedPoints* points(SeriesId id) const;
  [[nodiscard]] const PackedPoints* find(std::string_view key) const;

  // Drops what had no point for Limits::forget_after. take() does so once a minute.
  void forget(Time now);

  [[nodiscard]] std::size_t series() const { return ids_.size(); }
  // Of memory that this object has allocated.
  [[nodiscard]] std::size_t bytes() const;
  // Series for which there was no room, since start: counted anew whenever one asks again.
  [[nodiscard]] std::uint64_t limited() const { return limited_; }

 private:
  struct Slot {
    std::optional<PackedPoints> points;  // nullopt: free
    Time touched{};                      // opened, or last given a point
    std::uint32_t generation = 0;
  };
  struct Hash : std::hash<std::string_view> {
    using is_transparent = void;
  };
  // A watched series of a block.
  struct Watched {
    std::size_t position = 0;
    std::optional<SeriesId> id;  // nullopt: turned away
  };
  struct WatchedBlock {
    std::shared_ptr<const Schema> schema;
    std::vector<Watched> series;
  };

  [[nodiscard]] bool matched(const Frame& frame) const;
  void match(const Frame& frame);
  void take_block(const Block& block, WatchedBlock& watched);
  [[nodiscard]] const Slot* slot_of(SeriesId id) const;
  [[nodiscard]] bool make_room(Time now);
  std::size_t drop_idle(Time now, Time longest);

  Limits limits_;
  Watch watch_;
  std::unordered_map<std::string, SeriesId, Hash, std::equal_to<>> ids_;
  std::vector<Slot> slots_;
  std::vector<std::uint32_t> free_;
  std::vector<WatchedBlock> blocks_;  // for exactly these schemas, in the frame's order
  std::optional<Time> forgot_;        // when take() last did
  std::optional<Time> sought_room_;
  std::uint64_t limited_ = 0;
};

}  // namespace perfwatch
