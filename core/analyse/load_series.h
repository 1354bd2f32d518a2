// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <optional>

#include "core/model/samples.h"

namespace perfwatch {

// The series of which LoadWindow keeps means, by their place in its arrays.
namespace load_series {

enum HostValue : std::size_t {
  kUser,  // the modes of the CPU stand together, kUser to kIowait
  kNice,
  kSystem,
  kIrq,
  kSoftirq,
  kSteal,
  kIdle,
  kIowait,
  kCores,
  kRunning,
  kBlocked,
  kCpuSome,
  kMemorySome,
  kMemoryFull,
  kIoSome,
  kIoFull,
  kMemoryTotal,
  kMemoryAvailable,
  kSwapTotal,
  kSwapFree,
  kSwapRead,
  kSwapWritten,
  kMajorFaults,
  kHostCount
};
enum DiskValue : std::size_t { kBusy, kDiskRead, kDiskWritten, kDiskCount };
enum GroupValue : std::size_t {
  kGroupUser,
  kGroupSystem,
  kGroupProcesses,
  kGroupRunning,
  kGroupBlocked,
  kGroupResident,
  kGroupLimit,
  kGroupDescriptors,
  kGroupRead,
  kGroupWritten,
  kGroupCount
};

}  // namespace load_series

// Which of them a series is; its subject is in the label device or group. Asked once for each
// series of a new schema.
[[nodiscard]] std::optional<std::size_t> host_value_of(const Series& series);
[[nodiscard]] std::optional<std::size_t> disk_value_of(const Series& series);
[[nodiscard]] std::optional<std::size_t> group_value_of(const Series& series);

}  // namespace perfwatch
