// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>

#include "core/account/process_reader.h"
#include "core/base/result.h"

namespace perfwatch {

struct TaskstatsSettings {
  // Of each of the two sockets. The kernel takes 1 to 2 KiB for an event, so that this holds some
  // 5,000: a tenth of a second of the worst storm of forks.
  std::size_t receive_bytes = std::size_t{8} << 20U;
  bool proc_connector = true;  // false: as on a kernel without it
};

// The taskstats tier; the error says why it cannot be had and what would mend it.
[[nodiscard]] Result<std::unique_ptr<ProcessReader>> make_taskstats_reader(
    const TaskstatsSettings& settings = {});

}  // namespace perfwatch
