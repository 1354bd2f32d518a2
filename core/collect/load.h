// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string_view>

#include "core/base/file_reader.h"
#include "core/base/roots.h"
#include "core/collect/collector.h"

namespace perfwatch {

// Tasks that run, wait for a CPU or wait for a disk: exponential averages over three windows.
struct LoadAverage {
  double one_minute = 0;
  double five_minutes = 0;
  double fifteen_minutes = 0;
};

// /proc/loadavg:
//   0.28 0.11 0.04 2/103 7123
// Three averages, running/all tasks, the last pid. Malformed without the three averages.
[[nodiscard]] Result<LoadAverage> parse_load(std::string_view text);

class LoadCollector final : public Collector {
 public:
  explicit LoadCollector(const Roots& roots);

  [[nodiscard]] std::string_view name() const override { return "load"; }
  [[nodiscard]] MetricList metrics() const override;
  [[nodiscard]] Result<Samples> collect(Instant now) override;

 private:
  [[nodiscard]] Samples describe(const LoadAverage& load);

  RepeatedFile file_;
  std::shared_ptr<const Schema> schema_;
};

}  // namespace perfwatch
