// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <span>
#include <utility>
#include <vector>

#include "core/analyse/segment_cost.h"
#include "core/analyse/segmentation.h"

namespace perfwatch {

// How much better a series is understood with its changes than without them, when its noise may be
// anything from independent values to a random walk under measurement errors. A series that wanders
// can be cut into segments that each look calm; here the same wandering is allowed to the series as
// a whole.
//
// The noise is an AR(1) plus white noise (near rho = 1 a local level model). Its likelihood is that
// of a Kalman filter that begins anew with each segment; levels or lines are fitted by generalised
// least squares. All segments have the same noise, the likeliest of a grid of 38. O(38 n) for a
// series; what was asked about a segment once is kept.
class ChangeEvidence {
 public:
  // `steps` are the rows' ordinals, ascending by 1 or, over missing rows, by more; `times` and
  // `values` as in SegmentCost, of variance 1. All outlive this.
  ChangeEvidence(std::span<const double> steps, std::span<const double> times,
                 std::span<const double> values, Shape shape);

  // -2 ln(likelihood) with the likeliest noise, up to a constant of the series: the less, the
  // better `changes` explain it. The variance is estimated with the degrees of freedom that are
  // left.
  [[nodiscard]] double deviance(const Changes& changes);

  // What `changes[i]` explains: by how much the deviance grows without it.
  [[nodiscard]] double gain(const Changes& changes, std::size_t i);

  // Those of `changes` that are worth it: they are taken away one by one, always the one that
  // explains least, down to none; of all these stages the one with the least deviance + cost per
  // change.
  [[nodiscard]] Changes worth(Changes changes, double cost);

  // `changes`, each moved by at most `reach` rows to where the deviance is least with the noise
  // that is the likeliest now; no segment gets shorter than `smallest` (or than it was). O(reach n)
  // for each change.
  [[nodiscard]] Changes placed(Changes changes, std::size_t reach, std::size_t smallest);

 private:
  // Of one segment under one noise, or sums of those.
  struct Fit {
    double squares = 0;      // of the innovations over their variance
    double determinant = 0;  // ln of the product of those variances
  };
  [[nodiscard]] Fit fit(std::size_t first, std::size_t end, std::size_t noise) const;
  const std::vector<Fit>& fits(std::size_t first, std::size_t end);
  [[nodiscard]] std::vector<Fit> total(const Changes& changes);
  [[nodiscard]] double deviance(const Fit& total, std::size_t changes) const;
  [[nodiscard]] std::size_t place(const Changes& changes, std::size_t i, std::size_t reach,
                                  std::size_t smallest, std::size_t noise) const;

  std::span<const double> steps_;
  std::span<const double> times_;
  std::span<const double> values_;
  Shape shape_;
  std::map<std::pair<std::size_t, std::size_t>, std::vector<Fit>> fits_;  // [noise]
};

}  // namespace perfwatch
