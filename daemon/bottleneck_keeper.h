// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>

#include "core/analyse/load_window.h"
#include "core/model/bottleneck.h"
#include "core/model/frame.h"

namespace perfwatch {

// Judges from frame to frame what bounds the host; perfwatch_bottleneck. Lives on the loop.
class BottleneckKeeper {
 public:
  // Takes a frame that has all blocks it is judged by.
  [[nodiscard]] std::shared_ptr<const Bottlenecks> judge(const Frame& frame);

  [[nodiscard]] Samples describe();
  [[nodiscard]] static MetricList metrics();

 private:
  LoadWindow window_;
  std::shared_ptr<const Bottlenecks> latest_;
  std::shared_ptr<const Schema> schema_;
};

}  // namespace perfwatch
