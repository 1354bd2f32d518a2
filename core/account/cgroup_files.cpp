// SPDX-License-Identifier: Apache-2.0
#include "core/account/cgroup_files.h"

#include <dirent.h>
#include <unistd.h>

#include <array>

#include "core/account/process_files.h"
#include "core/base/text.h"

namespace perfwatch {
namespace {

constexpr double kMicrosecondsPerSecond = 1e6;
constexpr double kNanosecondsPerSecond = 1e9;

bool exists(const std::string& path) { return ::access(path.c_str(), F_OK) == 0; }

tl::unexpected<Error> part_only(const std::string& path) {
  return fail(ErrorKind::unsupported,
              path +
                  " is not the root of its hierarchy: perfwatchd needs the host's cgroup "
                  "namespace to compare cgroups");
}

}  // namespace

Result<std::uint64_t> parse_cpu_stat_microseconds(std::string_view text) {
  if (text.empty() || text.back() != '\n')
    return fail(ErrorKind::malformed, "no newline at the end");
  std::string_view line;
  while (next_line(text, line)) {
    if (next_word(line) != "usage_usec") continue;
    const auto usage = next_u64(line);
    if (usage) return *usage;
  }
  return fail(ErrorKind::malformed, "no usage_usec");
}

Result<std::uint64_t> parse_cpuacct_nanoseconds(std::string_view text) {
  std::string_view line;
  if (!text.empty() && text.back() == '\n' && next_line(text, line)) {
    const auto usage = to_number<std::uint64_t>(line);
    if (usage) return *usage;
  }
  return fail(ErrorKind::malformed, "no number of nanoseconds");
}

Result<double> CpuHierarchy::parse_usage(std::string_view text) const {
  auto usage = v2 ? parse_cpu_stat_microseconds(text) : parse_cpuacct_nanoseconds(text);
  if (!usage) return tl::unexpected(std::move(usage.error()));
  return static_cast<double>(*usage) / (v2 ? kMicrosecondsPerSecond : kNanosecondsPerSecond);
}

// In a root cgroup v1 has release_agent and v2 has no cgroup.type (the CFTYPE_ONLY_ON_ROOT and
// CFTYPE_NOT_ON_ROOT of kernel/cgroup).
Result<CpuHierarchy> find_cpu_hierarchy(const Roots& roots) {
  const std::string base = roots.sysfs + "/fs/cgroup";
  for (const char* name : {"/cpuacct", "/cpu,cpuacct", "/cpuacct,cpu"}) {
    const std::string path = base + name;
    if (!exists(path + "/cpuacct.usage")) continue;
    if (!exists(path + "/release_agent")) return part_only(path);
    return CpuHierarchy{path, false};
  }
  for (const char* name : {"", "/unified"}) {
    const std::string path = base + name;
    if (!exists(path + "/cgroup.controllers")) continue;
    if (exists(path + "/cgroup.type")) return part_only(path);
    return CpuHierarchy{path, true};
  }
  return fail(ErrorKind::unsupported, "no cgroups that account CPU below " + base);
}

std::vector<CgroupEntry> list_cgroups(int root, const std::string& path, std::size_t limit) {
  std::vector<CgroupEntry> found;
  const Directory entries = open_directory(root, path.empty() ? "." : path.c_str());
  if (!entries) return found;
  while (found.size() < limit) {
    const dirent* entry = ::readdir(entries.get());
    if (entry == nullptr) break;
    const std::string_view name = entry->d_name;
    if (entry->d_type != DT_DIR || name == "." || name == "..") continue;
    found.push_back({entry->d_ino, std::string(name)});
  }
  return found;
}

}  // namespace perfwatch
