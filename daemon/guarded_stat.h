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
// at once and not asked again until its call has returned: one lost thread for each dead mount.
// With 16 of them only mounts that answered the last time are still asked, with 48 none. The more
// hang the shorter is the patience, so that many dying at once cost seconds, not minutes. Called
// from one worker at a time.
[[nodiscard]] StatFilesystem guard(StatFilesystem stat, std::chrono::nanoseconds deadline);

}  // namespace perfwatch
