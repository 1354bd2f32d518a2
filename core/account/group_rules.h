// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/result.h"

namespace perfwatch {

// One way to sort processes into groups, as process-exporter's users know it. All selectors that
// are given must match; within `comm`, `exe`, `cgroup` and `user` any entry is enough, of `cmdline`
// all must match.
struct GroupRule {
  std::string name = "{{.Comm}}";  // see GroupRules::make for the placeholders
  std::vector<std::string> comm;   // exact
  std::vector<std::string> exe;    // with a '/': the full path, without: its last part
  std::vector<std::string>
      cmdline;  // RE2 over the arguments joined by blanks; named captures for the name
  std::vector<std::string> cgroup;  // RE2 over the cgroup path; named captures too
  std::vector<std::string> user;    // name or number
  std::optional<std::uint64_t>
      memory_limit_bytes;  // resident, of the whole group; perfwatch_group_memory_limit_bytes
