// SPDX-License-Identifier: Apache-2.0
#include "core/analyse/segmentation.h"

#include <algorithm>
#include <cstdint>
#include <limits>

namespace perfwatch {
namespace {

constexpr double kNever = std::numeric_limits<double>::infinity();

// One number of changes: the least cost of rows 0 .. end - 1, and where their last segment begins.
struct Layer {
  std::vector<double> cost;
  std::vector<std::uint32_t> last;
};

// The last segment of rows 0 .. end - 1 begins in [begin, end - smallest].
void extend(const Layer& fewer, Layer& layer, const std::vector<double>& segments,
            std::size_t begin, std::size_t stop, std::size_t end) {
  double least = kNever;
  std::size_t at = begin;
  for (std::size_t first = begin; first < stop; ++first) {
    const double cost = fewer.cost[first] + segments[first];
    if (cost < least) {
      least = cost;
      at = first;
    }
  }
  layer.cost[end] = least;
  layer.last[end] = static_cast<std::uint32_t>(at);
}

Changes trace(const std::vector<Layer>& layers, std::size_t count, std::size_t rows) {
  Changes changes(count);
  std::size_t end = rows;
  for (std::size_t k = count; k > 0; --k) {
    end = layers[k].last[end];
    changes[k - 1] = end;
  }
  return changes;
}

}  // namespace

Segmentations best_segmentations(const SegmentCost& cost, std::size_t smallest, std::size_t most) {
  const std::size_t rows = cost.rows();
  Segmentations best;
  smallest = std::max<std::size_t>(smallest, 1);
  if (rows < smallest) return best;
  const std::size_t changes = std::min(most, rows / smallest - 1);
  std::vector<Layer> layers(changes + 1);
  for (Layer& layer : layers) {
    layer.cost.assign(rows + 1, kNever);
    layer.last.assign(rows + 1, 0);
  }

  std::vector<double> segments(rows + 1);  // [first]: the cost of rows first .. end - 1
  for (std::size_t end = smallest; end <= rows; ++end) {
    const std::size_t stop = end - smallest + 1;
    for (std::size_t first = 0; first < stop; ++first) segments[first] = cost(first, end);
    layers[0].cost[end] = segments[0];
    for (std::size_t k = 1; k <= changes && (k + 1) * smallest <= end; ++k) {
      extend(layers[k - 1], layers[k], segments, k * smallest, stop, end);
    }
  }
  for (std::size_t k = 0; k <= changes; ++k) {
    best.costs.push_back(layers[k].cost[rows]);
    best.changes.push_back(trace(layers, k, rows));
  }
  return best;
}

}  // namespace perfwatch
