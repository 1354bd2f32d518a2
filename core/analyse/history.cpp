// SPDX-License-Identifier: Apache-2.0
#include "core/analyse/history.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>
#include <utility>

namespace perfwatch {
namespace {

constexpr History::Time kForgetEvery = std::chrono::minutes(1);
constexpr History::Time kSeekRoomEvery = std::chrono::seconds(1);
// What malloc() and a node of the map add to each entry: size and pointer, hash, the next node.
constexpr std::size_t kNodeBytes = 8 + 8 + 8;
// Longer strings are allocated by themselves (libstdc++).
constexpr std::size_t kShortString = 15;

History::Time time_of(const Block& block) {
  return std::chrono::duration_cast<History::Time>(block.taken.monotonic.time_since_epoch());
}

// To the nearest with that many significant bits, the hidden one among them. NaN and infinities as
// they are; nothing finite becomes infinite.
double rounded(double value, unsigned significant_bits) {
  constexpr unsigned kAll = std::numeric_limits<double>::digits;
  if (significant_bits >= kAll || !std::isfinite(value)) return value;
  const unsigned dropped = kAll - std::max(significant_bits, 1U);
  const auto bits = std::bit_cast<std::uint64_t>(value);
  const std::uint64_t kept = ~std::uint64_t{0} << dropped;
  const auto nearest = std::bit_cast<double>((bits + (std::uint64_t{1} << (dropped - 1))) & kept);
  return std::isfinite(nearest) ? nearest : std::bit_cast<double>(bits & kept);
}

}  // namespace

std::string series_key(const Series& series) {
  std::string key(series.metric->name);
  key += series.suffix;
  for (const auto& value : series.label_values) key.append(1, '\0').append(value);
  return key;
}

History::History(Limits limits, Watch watch) : limits_(limits), watch_(std::move(watch)) {}

void History::take(const Frame& frame) {
  const auto now = std::chrono::duration_cast<Time>(frame.at.monotonic.time_since_epoch());
  if (!forgot_) forgot_ = now;
  if (now - *forgot_ >= kForgetEvery) {
    forgot_ = now;
    // Who was turned away may find room now.
    if (drop_idle(now, limits_.forget_after) > 0) blocks_.clear();
  }
  if (!matched(frame)) match(frame);
  for (std::size_t i = 0; i < blocks_.size(); ++i) take_block(*frame.blocks[i], blocks_[i]);
}

bool History::matched(const Frame& frame) const {
  return std::equal(
      frame.blocks.begin(), frame.blocks.end(), blocks_.begin(), blocks_.end(),
      [](const auto& block, const auto& known) { return block->samples.schema == known.schema; });
}

void History::match(const Frame& frame) {
  blocks_.clear();
  for (const auto& block : frame.blocks) {
    WatchedBlock& watched = blocks_.emplace_back(WatchedBlock{block->samples.schema, {}});
    if (!watched.schema || !watch_) continue;
    const auto& all = watched.schema->series;
    for (std::size_t i = 0; i < all.size(); ++i) {
      if (!watch_(all[i])) continue;
      watched.series.push_back({i, open(series_key(all[i]), time_of(*block))});
    }
    std::erase_if(watched.series, [](const Watched& series) { return !series.id; });
  }
}

void History::take_block(const Block& block, WatchedBlock& watched) {
  const Time at = time_of(block);
  for (auto& series : watched.series) {
    if (!series.id || series.position >= block.samples.values.size()) continue;
    const double value = block.samples.values[series.position];
    if (is_absent(value)) continue;
    if (points(*series.id) == nullptr) {  // it was absent for so long
      series.id = open(series_key(watched.schema->series[series.position]), at);
      if (!series.id) continue;
    }
    const PackedPoints& known = *points(*series.id);
    if (!known.empty() && known.last().at == at) continue;
    append(*series.id, {at, value});
  }
}

std::optional<SeriesId> History::open(std::string_view key, Time now) {
  if (const auto known = ids_.find(key); known != ids_.end()) return known->second;
  if (ids_.size() >= limits_.series && !make_room(now)) {
    ++limited_;
    return std::nullopt;
  }
  if (free_.empty()) {
    free_.push_back(static_cast<std::uint32_t>(slots_.size()));
    slots_.emplace_back();
  }
  const SeriesId id{free_.back(), slots_[free_.back()].generation};
  free_.pop_back();
  slots_[id.slot].points.emplace(limits_.points);
  slots_[id.slot].touched = now;
  ids_.emplace(key, id);
  return id;
}

bool History::append(SeriesId id, HistoryPoint point) {
  if (slot_of(id) == nullptr) return false;
  Slot& slot = slots_[id.slot];
  slot.points->append({point.at, rounded(point.value, limits_.significant_bits)});
  slot.touched = std::max(slot.touched, point.at);
  return true;
}

const History::Slot* History::slot_of(SeriesId id) const {
  if (id.slot >= slots_.size()) return nullptr;
  const Slot& slot = slots_[id.slot];
  return slot.generation == id.generation && slot.points ? &slot : nullptr;
}

const PackedPoints* History::points(SeriesId id) const {
  const Slot* slot = slot_of(id);
  return slot == nullptr ? nullptr : &*slot->points;
}

const PackedPoints* History::find(std::string_view key) const {
  const auto known = ids_.find(key);
  return known == ids_.end() ? nullptr : points(known->second);
}

void History::forget(Time now) { drop_idle(now, limits_.forget_after); }

// Not for each of thousands that find no room at once.
bool History::make_room(Time now) {
  if (sought_room_ && now - *sought_room_ < kSeekRoomEvery && now >= *sought_room_) return false;
  sought_room_ = now;
  return drop_idle(now, std::min(limits_.spare_after, limits_.forget_after)) > 0;
}

std::size_t History::drop_idle(Time now, Time longest) {
  return std::erase_if(ids_, [&](const auto& entry) {
    const SeriesId id = entry.second;
    Slot& slot = slots_[id.slot];
    if (now - slot.touched <= longest) return false;
    slot.points.reset();
    ++slot.generation;
    free_.push_back(id.slot);
    return true;
  });
}

std::size_t History::bytes() const {
  std::size_t sum = slots_.capacity() * sizeof(Slot) + free_.capacity() * sizeof(free_[0]) +
                    ids_.bucket_count() * sizeof(void*);
  for (const auto& [key, id] : ids_) {
    sum += sizeof(std::pair<const std::string, SeriesId>) + kNodeBytes;
    if (key.capacity() > kShortString) sum += key.capacity() + 1 + 8;
    sum += slots_[id.slot].points->bytes();
  }
  for (const auto& block : blocks_) sum += block.series.capacity() * sizeof(Watched);
  return sum + blocks_.capacity() * sizeof(WatchedBlock);
}

}  // namespace perfwatch
