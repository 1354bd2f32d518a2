// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/file_reader.h"
#include "core/base/roots.h"
#include "core/collect/collector.h"

namespace perfwatch {

// The columns after the name that we use; merges, the weighted time, discards and flushes are not.
enum class DiskColumn : std::uint8_t {
  reads = 0,
  sectors_read = 2,
  read_milliseconds = 3,
  writes = 4,
  sectors_written = 6,
  write_milliseconds = 7,
  in_progress = 8,
  io_milliseconds = 9,
};
inline constexpr std::size_t kDiskColumns = 10;

// One block device, partitions included. Counters are since boot.
struct DiskStat {
  std::string name;  // the kernel's bytes
  std::array<std::optional<std::uint64_t>, kDiskColumns> columns;
};

// /proc/diskstats (docs.kernel.org/admin-guide/iostats.html), fewer columns on old kernels:
//    8       0 sda 31295 7918 3498122 15046 27929 10264 2658680 7673 0 10928 23010 0 0 0 0 1689 39
//    8       1 sda1 12 0 96 4 0 0 0 0 0 4 4
// A host without disks has an empty file, which is no error.
[[nodiscard]] std::vector<DiskStat> parse_diskstats(std::string_view text);

// Whether a device of this name is a partition, by the kernel's rules for names alone.
[[nodiscard]] bool is_partition_name(std::string_view name);
// Whether it is memory, an image, or a drive for discs: no disk of the host.
[[nodiscard]] bool is_ignored_disk(std::string_view name);

class DiskCollector final : public Collector {
 public:
  explicit DiskCollector(const Roots& roots);

  [[nodiscard]] std::string_view name() const override { return "disk"; }
  [[nodiscard]] MetricList metrics() const override;
  [[nodiscard]] bool optional() const override { return true; }
  [[nodiscard]] Result<Samples> collect(Instant now) override;

 private:
  [[nodiscard]] bool is_whole_disk(std::string_view name, bool sysfs) const;
  [[nodiscard]] Samples describe(const std::vector<DiskStat>& disks);

  RepeatedFile file_;
  std::string block_folder_;  // has an entry per whole device
  std::shared_ptr<const Schema> schema_;
};

}  // namespace perfwatch
