// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

namespace perfwatch {

// Where the kernel's file families are mounted. A value that collectors get by constructor, so that
// a test or a container (`--path.procfs=/host/proc`) points them elsewhere. No trailing slash.
struct Roots {
  std::string procfs = "/proc";
  std::string sysfs = "/sys";
  std::string rootfs = "";  // put before every mount point before statvfs: "" or "/host"
};

}  // namespace perfwatch
