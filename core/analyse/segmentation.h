// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <vector>

#include "core/analyse/segment_cost.h"

namespace perfwatch {

// First rows of all segments but the first, ascending: K changes cut rows 0 .. n - 1 into K + 1.
using Changes = std::vector<std::size_t>;

// The best ways to cut a series into levels or lines.
struct Segmentations {
  std::vector<double> costs;     // [K]: the least sum of SegmentCost over K + 1 segments
  std::vector<Changes> changes;  // [K]: where
};

// For every number of changes up to `most`, or as many as fit when no segment is shorter than
// `smallest` rows (at least 1). Exact, by dynamic programming (Bellman 1961): O(n^2) costs and
// O(most n^2) additions, O(most n) memory. Empty when not even one segment fits.
[[nodiscard]] Segmentations best_segmentations(const SegmentCost& cost, std::size_t smallest,
                                               std::size_t most);

}  // namespace perfwatch
