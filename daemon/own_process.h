// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>

#include "core/base/file_reader.h"
#include "core/model/samples.h"
#include "daemon/budget.h"

namespace perfwatch {

// process_*: what perfwatchd itself costs, under the names that every Prometheus client library
// uses. Always from the real /proc/self, whatever --path.procfs says.
class OwnProcess {
 public:
  explicit OwnProcess(std::chrono::system_clock::time_point started);
  [[nodiscard]] Samples collect();
  // As of the last collect().
  [[nodiscard]] const OwnUse& use() const { return use_; }
  [[nodiscard]] static MetricList metrics();

 private:
  double started_;
  OwnUse use_;
  RepeatedFile statm_{"/proc/self/statm"};
  RepeatedFile stat_{"/proc/self/stat"};
  std::shared_ptr<const Schema> schema_;
};

}  // namespace perfwatch
