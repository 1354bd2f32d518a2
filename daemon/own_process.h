// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>

#include "core/base/file_reader.h"
#include "core/model/samples.h"

namespace perfwatch {

// process_*: what perfwatchd itself costs, under the names that every Prometheus client library
// uses. Always from the real /proc/self, whatever --path.procfs says.
class OwnProcess {
 public:
  explicit OwnProcess(std::chrono::system_clock::time_point started);
  [[nodiscard]] Samples collect();
  [[nodiscard]] static MetricList metrics();

 private:
  double started_;
  RepeatedFile statm_{"/proc/self/statm"};
  RepeatedFile stat_{"/proc/self/stat"};
  std::shared_ptr<const Schema> schema_;
};

}  // namespace perfwatch
