// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <fcntl.h>

#include <cstdint>
#include <optional>

#include "core/account/process_files.h"
#include "core/base/unique_fd.h"
#include "core/model/process.h"

namespace perfwatch {

// One process at the moment of its exec event, read from /proc before it is gone.
class ProgramReader {
 public:
  explicit ProgramReader(double ticks_per_second)
      : ticks_per_second_(ticks_per_second),
        procfs_(::open("/proc", O_RDONLY | O_DIRECTORY | O_CLOEXEC)) {}

  // Its counters (stat, status, io); nullopt when it is gone or half gone.
  [[nodiscard]] std::optional<ProcessRecord> read(std::int32_t pid);

 private:
  double ticks_per_second_;
  UniqueFd procfs_;
  SmallFile file_;
};

}  // namespace perfwatch
