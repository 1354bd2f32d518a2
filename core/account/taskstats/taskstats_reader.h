// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>

#include "core/account/process_reader.h"
#include "core/base/result.h"

namespace perfwatch {

// The taskstats tier; the error says why it cannot be had and what would mend it.
[[nodiscard]] Result<std::unique_ptr<ProcessReader>> make_taskstats_reader();

}  // namespace perfwatch
