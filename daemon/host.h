// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

namespace perfwatch {

[[nodiscard]] std::string host_name();       // "unknown" when the kernel does not say
[[nodiscard]] std::string kernel_release();  // uname -r
// Seconds since 1970 at which the host was booted, by PROCFS/stat; absent (NaN) when it does not
// say.
[[nodiscard]] double boot_time(const std::string& procfs);

}  // namespace perfwatch
