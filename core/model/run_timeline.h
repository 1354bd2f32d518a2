// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <vector>

#include "core/model/run.h"

namespace perfwatch {

// At most `most` of the points (at least 6), in their order and as they are: the first, the last,
// and of each of equally long stretches the one with the most and the one with the least CPU, the
// one with the most memory and the one with the most processes. So each peak stays, and what is
// drawn of it shows between which values it was. What fits already is not touched.
[[nodiscard]] std::vector<RunPoint> downsampled(std::vector<RunPoint> points, std::size_t most);

}  // namespace perfwatch
