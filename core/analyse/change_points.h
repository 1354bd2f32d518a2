// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <span>
#include <vector>

namespace perfwatch {

// Where the level, or the slope, of a series changed for good.
struct ChangePoint {
  std::size_t index;  // first row after the change
  // Of the levels or lines on either side, right at the change, in units of the series; about equal
  // where only the slope changed.
  double before;
  double after;
  // 1/(1 + exp((evidence - what the change explains)/2)), of the deviance in ChangeEvidence: the
  // probability of the change when, before looking, one that explains just `evidence` would be even
  // odds.
  double confidence;  // 0.5 .. 1
};

struct ChangePointSettings {
  double evidence =
      11;  // -2 ln(likelihood) that a change must explain, autocorrelation allowed for
  std::size_t most = 20;          // changes
  std::size_t resolution = 1000;  // rows; of longer series means of neighbours are looked at
};

// The change points of a stored series, oldest first. Retrospective: sees the whole series. Missing
// values are NaN, infinite ones are taken for missing.
//
// Finds the best segmentations into levels and into lines, takes as many changes as explain enough
// of the variance and of its logarithm (with the number of rows that autocorrelation leaves), keeps
// those that are worth it when the noise may wander as a whole, and answers with the shape that is
// the likelier. No segment is shorter than 5 rows; one of a level is at least 1 % of the rows, one
// of a line 3 %.
//
// O(resolution^2): 15 ms for 500 rows, 70 ms from 1000 on, plus O(rows) for longer series.
[[nodiscard]] std::vector<ChangePoint> find_change_points(std::span<const double> values,
                                                          const ChangePointSettings& settings = {});

}  // namespace perfwatch
