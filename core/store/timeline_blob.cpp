// SPDX-License-Identifier: Apache-2.0
#include "core/store/timeline_blob.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstddef>
#include <limits>
#include <string>

#include "core/model/run_limits.h"

namespace perfwatch {
namespace {

constexpr std::uint8_t kVersion = 1;
constexpr std::size_t kNumberBytes = 4;
constexpr std::size_t kPointBytes = 4 * kNumberBytes;
static_assert(std::numeric_limits<float>::is_iec559 && sizeof(float) == kNumberBytes);

void append(std::vector<std::uint8_t>& bytes, double number) {
  constexpr double kLargest = std::numeric_limits<float>::max();
  // What cannot be is not known: it would be refused when it is read.
  if (!(number >= 0) || std::isinf(number)) number = std::numeric_limits<double>::quiet_NaN();
  const auto bits = std::bit_cast<std::uint32_t>(static_cast<float>(std::min(number, kLargest)));
  for (unsigned shift = 0; shift < 32; shift += 8) {
    bytes.push_back(static_cast<std::uint8_t>(bits >> shift & 0xFFU));
  }
}

double number_at(std::span<const std::uint8_t> bytes, std::size_t at) {
  std::uint32_t bits = 0;
  for (std::size_t i = kNumberBytes; i-- > 0;) bits = bits << 8U | bytes[at + i];
  return std::bit_cast<float>(bits);
}

bool possible(double number) {
  return std::isnan(number) || (number >= 0 && std::isfinite(number));
}

}  // namespace

std::vector<std::uint8_t> encode_timeline(std::span<const RunPoint> points) {
  points = points.first(std::min(points.size(), kRunTimeline));
  std::vector<std::uint8_t> bytes;
  bytes.reserve(1 + kPointBytes * points.size());
  bytes.push_back(kVersion);
  double latest = 0;
  for (const RunPoint& point : points) {
    if (std::isfinite(point.seconds)) latest = std::max(latest, point.seconds);
    append(bytes, latest);
    append(bytes, point.cpu_cores);
    append(bytes, point.anonymous_bytes);
    append(bytes, point.processes);
  }
  return bytes;
}

Result<std::vector<RunPoint>> decode_timeline(std::span<const std::uint8_t> bytes) {
  if (bytes.empty()) return fail(ErrorKind::malformed, "a timeline without a version");
  if (bytes[0] != kVersion) {
    return fail(ErrorKind::malformed,
                "a timeline of version " + std::to_string(bytes[0]) + ", only 1 is known");
  }
  const std::size_t size = bytes.size() - 1;
  if (size % kPointBytes != 0 || size / kPointBytes > kRunTimeline) {
    return fail(ErrorKind::malformed, "a timeline of " + std::to_string(bytes.size()) + " bytes");
  }
  std::vector<RunPoint> points;
  points.reserve(size / kPointBytes);
  double latest = 0;
  for (std::size_t at = 1; at < bytes.size(); at += kPointBytes) {
    const RunPoint point{number_at(bytes, at), number_at(bytes, at + 4), number_at(bytes, at + 8),
                         number_at(bytes, at + 12)};
    const bool sound = std::isfinite(point.seconds) && point.seconds >= latest &&
                       possible(point.cpu_cores) && possible(point.anonymous_bytes) &&
                       possible(point.processes);
    if (!sound) return fail(ErrorKind::malformed, "a timeline with a point that cannot be");
    latest = point.seconds;
    points.push_back(point);
  }
  return points;
}

}  // namespace perfwatch
