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

// The columns of the "cpu" line, in the kernel's order. Guest time is part of user and nice.
inline constexpr std::array<std::string_view, 8> kCpuModes = {"user",   "nice", "system",  "idle",
                                                              "iowait", "irq",  "softirq", "steal"};
using CpuTimes = std::array<std::optional<std::uint64_t>, kCpuModes.size()>;

struct CpuStat {
  CpuTimes ticks;           // since boot, all cores together; steal came with 2.6.11
  std::uint64_t cores = 0;  // online; 0 when the text names none
  std::optional<std::uint64_t> context_switches;
  std::optional<std::uint64_t> forks;
  std::optional<std::uint64_t> boot_time;  // seconds since 1970-01-01 UTC
  std::optional<std::uint64_t> running;
  std::optional<std::uint64_t> blocked;
};

// /proc/stat (docs.kernel.org/filesystems/proc.html, "Miscellaneous kernel statistics"):
//   cpu  6460 0 1898 208734 891 0 54 7 0 0
//   cpu0 3091 0 1008 104252 637 0 14 4 0 0
//   intr 240106 0 ...
//   ctxt 419660
//   btime 1795216586
//   processes 7120
//   procs_running 2
//   procs_blocked 0
// Malformed without the line "cpu".
[[nodiscard]] Result<CpuStat> parse_cpu(std::string_view text);

class CpuCollector final : public Collector {
 public:
  // `ticks_per_second`: sysconf(_SC_CLK_TCK), the unit of /proc/stat.
  CpuCollector(const Roots& roots, double ticks_per_second);

  [[nodiscard]] std::string_view name() const override { return "cpu"; }
  [[nodiscard]] MetricList metrics() const override;
  [[nodiscard]] Result<Samples> collect(Instant now) override;

 private:
  [[nodiscard]] Samples describe(const CpuStat& stat);
  [[nodiscard]] double steady_seconds(std::size_t mode, double seconds);

  RepeatedFile file_;
  double ticks_per_second_;
  std::array<double, kCpuModes.size()> last_seconds_{};
  std::shared_ptr<const Schema> schema_;
};

}  // namespace perfwatch
