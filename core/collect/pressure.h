// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>

#include "core/base/file_reader.h"
#include "core/base/roots.h"
#include "core/collect/collector.h"

namespace perfwatch {

// Time in which tasks could not go on for want of one resource.
struct Stall {
  std::array<double, 3> percent{};  // of the last 10, 60 and 300 s
  std::uint64_t total_microseconds = 0;
};

struct Pressure {
  Stall some;                 // at least one task was stalled
  std::optional<Stall> full;  // all were; for cpu since 5.13
};

// /proc/pressure/{cpu,memory,io} (docs.kernel.org/accounting/psi.html):
//   some avg10=1.30 avg60=0.96 avg300=0.64 total=7851758
//   full avg10=0.00 avg60=0.00 avg300=0.00 total=0
// Malformed without a whole line "some", or with a line "full" that is not whole.
[[nodiscard]] Result<Pressure> parse_pressure(std::string_view text);

inline constexpr std::array<std::string_view, 3> kPressureResources = {"cpu", "memory", "io"};

class PressureCollector final : public Collector {
 public:
  explicit PressureCollector(const Roots& roots);

  [[nodiscard]] std::string_view name() const override { return "pressure"; }
  [[nodiscard]] MetricList metrics() const override;
  // Unsupported, with the cure, where the kernel has no pressure information at all.
  [[nodiscard]] Result<Samples> collect(Instant now) override;

 private:
  using All = std::array<Result<Pressure>, kPressureResources.size()>;
  [[nodiscard]] Samples describe(const All& resources);

  std::array<RepeatedFile, kPressureResources.size()> files_;
  std::shared_ptr<const Schema> schema_;
};

}  // namespace perfwatch
