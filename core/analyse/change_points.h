// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <span>
#include <vector>

namespace perfwatch {

// Where the level, or the slope, of a series changed for good.
struct ChangePoint {
  std::size_t index;  // first row after the change
  // The levels or lines on either side, right at the change, in units of the series; about equal
  // where only the slope changed.
  double before;
  double after;
  // 0 .. 1, at least 0.24 on the defaults: how often a change that explains as much was right,
  // within 5 rows or 3 %, in simulated series of which half had none, in noise from independent to
  // random walks. Too modest for independent noise; where levels wander, too sure below 0.85.
  double confidence;
};

struct ChangePointSettings {
  // What a change must explain at least, in -2 ln(likelihood), autocorrelation allowed for. At 11
  // one is seen in under 1 % of series of white noise and in 10 % of random walks of 500 rows.
  double evidence = 11;
  std::size_t most = 20;          // changes
  std::size_t resolution = 1000;  // rows; of longer series means of neighbours are looked at
};

// The change points of a stored series, oldest first. Retrospective: sees the whole series. Missing
// values are NaN, infinite ones are taken for missing; lone wild values are not believed.
//
// Finds the best segmentations into levels and into lines, takes as many changes as explain enough
// of the variance for the rows that autocorrelation leaves, keeps those that are worth it when the
// noise may wander as a whole, moves them to where they are likeliest, and answers with the shape
// that is the likelier. No segment is shorter than 5 rows, or bins.
//
// O(resolution^2) time, O(most resolution) memory: 1 ms for 100 rows, 11 ms for 500, 45 ms for
// 1000; beyond, 0.3 s for a million. Differences below 1e-13 of the largest are taken for rounding.
[[nodiscard]] std::vector<ChangePoint> find_change_points(std::span<const double> values,
                                                          const ChangePointSettings& settings = {});

}  // namespace perfwatch
