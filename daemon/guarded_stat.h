// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string>

#include "core/collect/catalogue.h"

namespace perfwatch {

// statvfs with a deadline: asks on a thread of its own and leaves it behind when the answer does
// not come (a dead NFS or FUSE server). A mount point that hangs is answered "no answer since ..."
// at once and not asked again until its call has returned, so that there is at most one lost thread
// for each dead mount. Called from one worker at a time.
[[nodiscard]] StatFilesystem guard(StatFilesystem stat, std::chrono::nanoseconds deadline);

}  // namespace perfwatch
