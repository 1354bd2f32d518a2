// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>

#include "core/base/file_reader.h"
#include "core/base/roots.h"
#include "core/collect/collector.h"

namespace perfwatch {

// In KiB, as the kernel counts them (it writes "kB").
struct MemoryInfo {
  std::optional<std::uint64_t> total;
  std::optional<std::uint64_t> available;  // since 3.14
  std::optional<std::uint64_t> free;
  std::optional<std::uint64_t> cached;
  std::optional<std::uint64_t> dirty;
  std::optional<std::uint64_t> swap_total;
  std::optional<std::uint64_t> swap_free;
};

// /proc/meminfo:
//   MemTotal:       24682416 kB
//   MemFree:        23965048 kB
//   MemAvailable:   24201556 kB
//   HugePages_Total:       0
// Malformed without MemTotal.
[[nodiscard]] Result<MemoryInfo> parse_meminfo(std::string_view text);

// Events since boot.
struct MemoryEvents {
  std::optional<std::uint64_t> pages_swapped_in;
  std::optional<std::uint64_t> pages_swapped_out;
  std::optional<std::uint64_t> oom_kills;  // since 4.13
  std::optional<std::uint64_t> major_faults;
};

// /proc/vmstat:
//   pswpin 0
//   pswpout 0
//   pgmajfault 1106
//   oom_kill 0
// Malformed without any of them.
[[nodiscard]] Result<MemoryEvents> parse_vmstat(std::string_view text);

class MemoryCollector final : public Collector {
 public:
  // `page_bytes`: sysconf(_SC_PAGESIZE), the unit of the swap counters.
  MemoryCollector(const Roots& roots, double page_bytes);

  [[nodiscard]] std::string_view name() const override { return "memory"; }
  [[nodiscard]] MetricList metrics() const override;
  // Without meminfo nothing is worth telling; without vmstat its counters are absent.
  [[nodiscard]] Result<Samples> collect(Instant now) override;

 private:
  [[nodiscard]] Samples describe(const MemoryInfo& info, const Result<MemoryEvents>& events);

  RepeatedFile meminfo_;
  RepeatedFile vmstat_;
  double page_bytes_;
  std::shared_ptr<const Schema> schema_;
};

}  // namespace perfwatch
