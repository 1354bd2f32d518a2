// SPDX-License-Identifier: Apache-2.0
// Compressed points. The input as a chunk that nobody here has written: decoding ends, within its
// bounds. The input as points of 16 bytes: what is read is what was written.
#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <vector>

#include "core/analyse/packed_points.h"

namespace {

using perfwatch::HistoryPoint;

void check(bool promise) {
  if (!promise) std::abort();
}

std::vector<std::uint64_t> words_of(const std::uint8_t* data, std::size_t size) {
  std::vector<std::uint64_t> words((size + 7) / 8);
  if (size > 0) std::memcpy(words.data(), data, size);
  return words;
}

void check_foreign_chunk(const std::vector<std::uint64_t>& words, std::size_t size) {
  const std::size_t bits = words.empty() ? 0 : words[0] % (size * 8 + 100);
  perfwatch::PointDecoder decoder(words, bits, SIZE_MAX);
  HistoryPoint point;
  std::size_t points = 0;
  while (decoder.next(point)) ++points;
  check(points * 2 <= std::min(bits, words.size() * 64));
  check(!decoder.next(point));
}

void check_round_trip(const std::vector<std::uint64_t>& words) {
  perfwatch::PackedPoints packed(words.size());
  std::vector<HistoryPoint> points;
  for (std::size_t i = 0; i + 1 < words.size(); i += 2) {
    points.push_back({std::chrono::milliseconds(static_cast<std::int64_t>(words[i])),
                      std::bit_cast<double>(words[i + 1])});
    packed.append(points.back());
  }
  check(packed.size() == points.size());
  std::size_t next = 0;
  for (const HistoryPoint& point : packed.all()) {
    check(next < points.size() && point.at == points[next].at);
    check(std::bit_cast<std::uint64_t>(point.value) ==
          std::bit_cast<std::uint64_t>(points[next].value));
    ++next;
  }
  check(next == points.size());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto words = words_of(data, size);
  check_foreign_chunk(words, size);
  check_round_trip(words);
  return 0;
}
