// SPDX-License-Identifier: Apache-2.0
// A rule from the configuration and a process that it meets, both from the input: seven texts, cut
// at newlines: name, cmdline regex, cgroup regex, comm, exe, cmdline, cgroup.
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>

#include "core/account/group_name.h"
#include "core/account/group_rules.h"
#include "core/base/text.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace perfwatch;
  std::string_view text(reinterpret_cast<const char*>(data), size);
  std::array<std::string_view, 7> parts{};
  for (auto& part : parts) {
    if (!next_line(text, part)) break;
  }
  GroupRule rule;
  rule.name = parts[0];
  if (!parts[1].empty()) rule.cmdline.emplace_back(parts[1]);
  if (!parts[2].empty()) rule.cgroup.emplace_back(parts[2]);
  const auto rules = GroupRules::make({rule});
  if (!rules) return 0;
  ProcessIdentity process;
  process.comm = parts[3];
  process.exe = parts[4];
  process.cmdline = parts[5];
  process.cgroup = parts[6];
  const auto match = rules->classify(process);
  const bool good = !match.group.empty() && match.group.size() <= kGroupNameLimit &&
                    printable_utf8(match.group) == match.group;
  if (!good) std::abort();
  return 0;
}
