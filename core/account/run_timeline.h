// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <vector>

#include "core/model/run.h"

namespace perfwatch {

// The timeline of a run of any length in bounded room: when it is full, each two neighbours become
// one, of the mean of CPU over their time and the larger of the rest. Pure.
class RunTimeline {
 public:
  static constexpr std::size_t kMostPoints = 2048;  // half of it once it was full

  // Its cpu_cores are the mean since the point before.
  void add(const RunPoint& point);
  [[nodiscard]] const std::vector<RunPoint>& points() const { return points_; }
  [[nodiscard]] std::vector<RunPoint> take();

 private:
  void halve();

  std::vector<RunPoint> points_;
  std::size_t merged_ = 0;  // points given that are in the last one
  std::size_t each_ = 1;    // given to one point
};

}  // namespace perfwatch
