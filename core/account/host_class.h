// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

#include "core/base/roots.h"
#include "core/model/run.h"

namespace perfwatch {

// The first "model name" of /proc/cpuinfo, printable; empty where the kernel names none (ARM).
[[nodiscard]] std::string parse_cpu_model(std::string_view text);
// MemTotal of /proc/meminfo in bytes; 0 when it is not there.
[[nodiscard]] std::uint64_t parse_memory_total(std::string_view text);

// This host's; what cannot be read is empty or 0.
[[nodiscard]] HostClass read_host_class(const Roots& roots);

}  // namespace perfwatch
