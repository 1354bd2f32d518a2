// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "core/base/result.h"
#include "core/model/run.h"

namespace perfwatch {

// A timeline in one piece: a byte with the version, 1, and for each point its four numbers as
// IEEE 754 single precision, lowest byte first. 16 bytes a point; a billion bytes is off by 64.

// Of the first kRunTimeline points.
[[nodiscard]] std::vector<std::uint8_t> encode_timeline(std::span<const RunPoint> points);

// Malformed: another version, a size that fits no points or too many, a number that none of them
// can be (below 0, infinite; a moment that is not known or before the one above).
[[nodiscard]] Result<std::vector<RunPoint>> decode_timeline(std::span<const std::uint8_t> bytes);

}  // namespace perfwatch
