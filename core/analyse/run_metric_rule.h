// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/model/run.h"

namespace perfwatch {

// How a metric of runs is judged, beyond its name and threshold.
struct RunMetricRule {
  // Its share of the errors that are allowed: what people act on gets most of it, so that looking
  // at a dozen others does not make it blind.
  double weight;
  double least;  // less is as good as nothing, and so is a difference of less; in its unit
  // The same, as a share of another metric of the run; of itself: none.
  double least_share;
  RunMetric of;
  // May alert and fail a run. Others explain: what a host does to a run, not what a run does.
  bool alerts;
};

[[nodiscard]] const RunMetricRule& rule_of(RunMetric metric);

}  // namespace perfwatch
