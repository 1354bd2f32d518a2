// SPDX-License-Identifier: Apache-2.0
// Texts below /proc/PID, as a process may shape them, and the sums that they are held against.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>

#include "core/account/cgroup_files.h"
#include "core/account/process_text.h"
#include "core/account/reconciliation.h"
#include "core/account/smaps_rollup.h"

namespace {

void check(bool promise) {
  if (!promise) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace perfwatch;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  if (const auto stat = parse_process_stat(text)) check(stat->pid > 0);
  (void)parse_process_status(text);
  (void)parse_process_io(text);
  (void)parse_descriptor_limit(text);
  const auto cgroup = parse_cgroup(text);
  check(cgroup.empty() || (cgroup.data() >= text.data() &&
                           cgroup.data() + cgroup.size() <= text.data() + text.size()));
  if (const auto rollup = parse_smaps_rollup(text)) {
    check(rollup->private_bytes % 1024 == 0);
    check(rollup->proportional_bytes % 1024 == 0);
  }
  for (const bool v2 : {false, true}) {
    if (const auto usage = CpuHierarchy{"", v2}.parse_usage(text)) check(*usage >= 0);
  }
  (void)parse_busy_ticks(text);
  check(executable_path(text).size() <= size);
  std::string arguments(text);
  const auto joined = join_arguments(arguments.data(), arguments.size());
  check(joined.find('\0') == std::string_view::npos);
  check(joined.empty() || joined.back() != ' ');
  return 0;
}
