// SPDX-License-Identifier: Apache-2.0
#include "core/analyse/packed_points.h"

#include <algorithm>
#include <bit>
#include <cassert>

namespace perfwatch {
namespace {

// Bits in front of the payload, and of the payload. The last of a list of codes has no 0 at its
// end.
struct Code {
  unsigned prefix = 0;
  unsigned prefix_bits = 0;
  unsigned bits = 0;
};

// Delta of deltas, in milliseconds and two's complement: none; a timer's jitter; a late round;
// another interval; a gap of up to 8 minutes; anything.
constexpr std::array<Code, 6> kTimeCodes = {{{0b0, 1, 0},
                                             {0b10, 2, 3},
                                             {0b110, 3, 7},
                                             {0b1110, 4, 12},
                                             {0b11110, 5, 20},
                                             {0b11111, 5, 64}}};

// Values: 0 for the same one; 10 and the window of before; 11 and a window of its own.
constexpr unsigned kLeadingBits = 5;
constexpr unsigned kWidthBits = 6;
constexpr unsigned kWindowBits = kLeadingBits + kWidthBits;
constexpr unsigned kMostLeading = (1U << kLeadingBits) - 1;

// What malloc() takes for itself of each piece.
constexpr std::size_t kMallocBytes = 8;

constexpr std::uint64_t low_bits(std::uint64_t word, unsigned count) {
  return count == 0 ? 0 : word & (~std::uint64_t{0} >> (64 - count));
}

constexpr std::uint64_t sign_extended(std::uint64_t word, unsigned count) {
  if (count == 0 || count == 64) return word;
  const std::uint64_t sign = std::uint64_t{1} << (count - 1);
  return (word ^ sign) - sign;
}

const Code& time_code(std::uint64_t change) {
  const auto fits = [&](const Code& code) {
    return sign_extended(low_bits(change, code.bits), code.bits) == change;
  };
  return *std::find_if(kTimeCodes.begin(), kTimeCodes.end() - 1, fits);
}

struct Window {
  unsigned leading = 0;
  unsigned width = 0;
  [[nodiscard]] unsigned trailing() const { return 64 - leading - width; }
};

Window window_of(std::uint64_t difference) {
  const auto leading = std::min(static_cast<unsigned>(std::countl_zero(difference)), kMostLeading);
  return {leading, 64 - leading - static_cast<unsigned>(std::countr_zero(difference))};
}

// The old window holds what the new one does, and costs no more than to say what the new one is.
bool still_good(const Window& old, const Window& now) {
  return old.width > 0 && old.leading <= now.leading && old.trailing() <= now.trailing() &&
         old.width <= now.width + kWindowBits;
}

unsigned value_bits(std::uint64_t difference, const Window& old, const Window& now) {
  if (difference == 0) return 1;
  return still_good(old, now) ? 2 + old.width : 2 + kWindowBits + now.width;
}

void put(PointChunk& chunk, std::uint64_t bits, unsigned count) {
  if (count == 0) return;
  std::uint64_t* word = &chunk.words[chunk.bits / 64];
  const unsigned room = 64 - chunk.bits % 64U;
  if (count <= room) {
    *word |= bits << (room - count);
  } else {
    *word |= bits >> (count - room);
    word[1] |= bits << (64 - (count - room));
  }
  chunk.bits = static_cast<std::uint16_t>(chunk.bits + count);
}

void put_value(PointChunk& chunk, std::uint64_t difference, const Window& old, const Window& now) {
  if (difference == 0) return put(chunk, 0, 1);
  if (still_good(old, now)) {
    put(chunk, 0b10, 2);
    return put(chunk, difference >> old.trailing(), old.width);
  }
  put(chunk, 0b11, 2);
  put(chunk, now.leading, kLeadingBits);
  put(chunk, now.width - 1, kWidthBits);
  put(chunk, difference >> now.trailing(), now.width);
}

}  // namespace

bool PointChunk::append(PointContext& context, HistoryPoint point) {
  const auto time = static_cast<std::uint64_t>(point.at.count());
  const auto value = std::bit_cast<std::uint64_t>(point.value);
  const std::uint64_t delta = time - context.time;
  const std::uint64_t change = delta - context.delta;
  const Code& code = time_code(change);
  const std::uint64_t difference = value ^ context.value;
  const Window old{context.leading, context.width};
  const Window now = difference == 0 ? old : window_of(difference);
  if (bits + code.prefix_bits + code.bits + value_bits(difference, old, now) > kBits) return false;

  put(*this, code.prefix, code.prefix_bits);
  put(*this, low_bits(change, code.bits), code.bits);
  put_value(*this, difference, old, now);
  if (difference != 0 && !still_good(old, now)) {
    context.leading = static_cast<std::uint8_t>(now.leading);
    context.width = static_cast<std::uint8_t>(now.width);
  }
  context.time = time;
  context.delta = context.first ? 0 : delta;  // the first has none
  context.value = value;
  context.first = false;
  earliest = std::min<std::int64_t>(earliest, point.at.count());
  latest = std::max<std::int64_t>(latest, point.at.count());
  ++points;
  return true;
}

PointDecoder::PointDecoder(std::span<const std::uint64_t> words, std::size_t bits,
                           std::size_t points)
    : words_(words), end_(std::min(bits, words.size() * 64)), left_(points) {}

bool PointDecoder::take(unsigned count, std::uint64_t& bits) {
  if (count > end_ - at_) return false;
  bits = 0;
  if (count == 0) return true;
  const std::uint64_t word = words_[at_ / 64];
  const unsigned room = 64 - static_cast<unsigned>(at_ % 64);
  if (count <= room) {
    bits = low_bits(word >> (room - count), count);
  } else {
    const unsigned rest = count - room;
    bits = (low_bits(word, room) << rest) | (words_[at_ / 64 + 1] >> (64 - rest));
  }
  at_ += count;
  return true;
}

bool PointDecoder::take_time() {
  std::size_t code = 0;
  std::uint64_t bit = 0;
  while (code + 1 < kTimeCodes.size()) {
    if (!take(1, bit)) return false;
    if (bit == 0) break;
    ++code;
  }
  const unsigned bits = kTimeCodes[code].bits;
  std::uint64_t change = 0;
  if (!take(bits, change)) return false;
  const std::uint64_t delta = context_.delta + sign_extended(change, bits);
  context_.time += delta;
  context_.delta = context_.first ? 0 : delta;
  context_.first = false;
  return true;
}

bool PointDecoder::take_value() {
  std::uint64_t bits = 0;
  if (!take(1, bits)) return false;
  if (bits == 0) return true;
  if (!take(1, bits)) return false;
  if (bits == 1) {
    std::uint64_t leading = 0;
    std::uint64_t width = 0;
    if (!take(kLeadingBits, leading) || !take(kWidthBits, width)) return false;
    context_.leading = static_cast<std::uint8_t>(leading);
    context_.width = static_cast<std::uint8_t>(width + 1);
  }
  // Only bits that nobody here has written have no window, or one beyond the 64.
  if (context_.width == 0 || context_.leading + context_.width > 64) return false;
  if (!take(context_.width, bits)) return false;
  context_.value ^= bits << (64 - context_.leading - context_.width);
  return true;
}

bool PointDecoder::next(HistoryPoint& point) {
  if (left_ == 0) return false;
  if (!take_time() || !take_value()) {
    left_ = 0;
    return false;
  }
  --left_;
  point = {std::chrono::milliseconds(static_cast<std::int64_t>(context_.time)),
           std::bit_cast<double>(context_.value)};
  return true;
}

bool PointRange::Iterator::next_chunk() {
  while (!chunks_.empty()) {
    const PointChunk& chunk = *chunks_.front();
    chunks_ = chunks_.subspan(1);
    if (chunk.latest < from_.count() || chunk.earliest > to_.count()) continue;
    decoder_ = PointDecoder(chunk);
    return true;
  }
  return false;
}

PointRange::Iterator& PointRange::Iterator::operator++() {
  while (true) {
    while (decoder_.next(point_)) {
      if (point_.at >= from_ && point_.at <= to_) return *this;
    }
    if (next_chunk()) continue;
    done_ = true;
    return *this;
  }
}

void PackedPoints::append(HistoryPoint point) {
  if (chunks_.empty() || !chunks_.back()->append(context_, point)) {
    context_ = {};
    chunks_.push_back(std::make_unique<PointChunk>());
    [[maybe_unused]] const bool fits = chunks_.back()->append(context_, point);
    assert(fits);
  }
  ++points_;
  auto kept = chunks_.begin();
  while (*kept != chunks_.back() && points_ - (*kept)->points >= keep_) {
    points_ -= (*kept)->points;
    ++kept;
  }
  chunks_.erase(chunks_.begin(), kept);
}

HistoryPoint PackedPoints::last() const {
  assert(!empty());
  return {std::chrono::milliseconds(static_cast<std::int64_t>(context_.time)),
          std::bit_cast<double>(context_.value)};
}

std::size_t PackedPoints::bytes() const {
  const std::size_t list = chunks_.capacity() * sizeof(chunks_[0]);
  return list + (list > 0 ? kMallocBytes : 0) +
         chunks_.size() * (sizeof(PointChunk) + kMallocBytes);
}

}  // namespace perfwatch
