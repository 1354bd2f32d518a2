// SPDX-License-Identifier: Apache-2.0
// Kernel files that a run is measured by: names of cgroups in them are a stranger's.
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <optional>
#include <string>
#include <string_view>

#include "core/account/host_class.h"
#include "core/account/run_cgroup.h"
#include "core/account/run_pressure.h"
#include "core/base/text.h"

namespace {

void check(bool promise) {
  if (!promise) std::abort();
}

// It is joined to the mount point of its hierarchy, and a directory is made below.
void check_path(const std::optional<std::string>& path, std::string_view text) {
  if (!path) return;
  check(path->starts_with('/') && path->find('\n') == std::string::npos);
  check(("/" + *path + "/").find("/../") == std::string::npos);
  check(text.find(*path) != std::string_view::npos);
}

void check_seconds(double seconds) { check(std::isfinite(seconds) && seconds >= 0); }

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace perfwatch;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto paths = parse_cgroup_paths(text);
  check_path(paths.unified, text);
  check_path(paths.memory, text);
  check_path(paths.cpu, text);
  if (const auto throttled = parse_throttled(text)) check_seconds(*throttled);
  if (const auto total = parse_pressure_total(text)) check_seconds(*total);
  const auto model = parse_cpu_model(text);
  check(model == printable_utf8(model));
  (void)parse_memory_total(text);
  return 0;
}
