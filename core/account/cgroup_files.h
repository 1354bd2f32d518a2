// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/result.h"
#include "core/base/roots.h"

namespace perfwatch {

// cpu.stat of a cgroup (docs.kernel.org/admin-guide/cgroup-v2.html), in microseconds:
//   usage_usec 16946854982
//   user_usec 15562809691
//   system_usec 1384045291
// Malformed without usage_usec.
[[nodiscard]] Result<std::uint64_t> parse_cpu_stat_microseconds(std::string_view text);

// cpuacct.usage (docs.kernel.org/admin-guide/cgroup-v1/cpuacct.html), in nanoseconds:
//   16279682063700
[[nodiscard]] Result<std::uint64_t> parse_cpuacct_nanoseconds(std::string_view text);

// Where the CPU time of cgroups is counted on this host.
struct CpuHierarchy {
  std::string path;  // of the root cgroup
  bool v2 = false;
  [[nodiscard]] const char* usage_file() const { return v2 ? "cpu.stat" : "cpuacct.usage"; }
  // The usage file's text in seconds.
  [[nodiscard]] Result<double> parse_usage(std::string_view text) const;
};

// v1's cpuacct where it is mounted, alone or with cpu; else v2, at /sys/fs/cgroup or (hybrid) in
// unified below it: the hierarchy whose inodes ProcessRecord::cgroup has. Unsupported where there
// is none, or only a part of one: what a cgroup namespace shows has other levels than the host, and
// nothing in it could be matched.
[[nodiscard]] Result<CpuHierarchy> find_cpu_hierarchy(const Roots& roots);

struct CgroupEntry {
  std::uint64_t id = 0;  // inode, which is the kernel's 64-bit id of the cgroup
  std::string name;      // raw
};
// The cgroups directly in the one at `path` below the open `root` ("" or "a", never from outside
// the tree), at most `limit`. Empty for one that cannot be listed: it is gone or going.
[[nodiscard]] std::vector<CgroupEntry> list_cgroups(int root, const std::string& path,
                                                    std::size_t limit);

}  // namespace perfwatch
