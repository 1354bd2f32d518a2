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
  bool pss = false;  // read the proportional memory of the members too, see pss.h for the price
};

// What a process is sorted by; borrowed for the time of the call. Empty where unreadable or not
// needed.
struct ProcessIdentity {
  std::string_view comm;
  std::string_view exe;      // full path
  std::string_view cmdline;  // arguments joined by blanks, at most 4 KiB
  std::string_view cgroup;   // path below the cgroup root
  std::string_view user;     // its number where it has no name
  std::uint32_t uid = 0;
  bool kernel_thread = false;
};

// What must be read of a process beyond its comm and uid to sort it.
struct IdentityNeeds {
  bool exe = false;
  bool cmdline = false;
  bool cgroup = false;
  bool user = false;  // the name, which NSS may take long to find
  bool operator==(const IdentityNeeds&) const = default;
};

inline constexpr std::string_view kKernelGroup = "kernel";
inline constexpr std::string_view kOtherGroup = "other";

// Compiled rules. The first rule that matches names the group. No rules at all: by comm. Kernel
// threads are one group, `kernel`, before any rule. A process that no rule matches belongs to
// `other`, so that the sum over groups is the host. A name made of what a process says of itself is
// never one of these two: `kernel` becomes `kernel (process)`. A rule whose name is a plain text
// may add to them.
class GroupRules {
 public:
  // Placeholders: {{.Comm}} {{.ExeBase}} {{.ExeFull}} {{.Username}} {{.Cgroup}} {{.Unit}} (the
  // systemd unit or slice in the cgroup path) {{.Matches.NAME}} (a named capture). {{.PID}} and
  // {{.StartTime}} are refused, with the reason: a series for every process has no bound. Malformed
  // names the rule and the field: "groups.rules[2].cmdline[0]: missing ): (foo".
  [[nodiscard]] static Result<GroupRules> make(std::vector<GroupRule> rules);
  GroupRules(GroupRules&&) noexcept;
  GroupRules& operator=(GroupRules&&) noexcept;
  ~GroupRules();

  struct Match {
    std::string group;  // printable UTF-8, at most 128 bytes, never empty
    std::optional<std::uint64_t> memory_limit_bytes;
    // The rule names the group outright, without placeholders: it has its place whatever the limit.
    bool reserved = false;
    bool pss = false;  // the rule wants perfwatch_group_memory_proportional_bytes
  };
  [[nodiscard]] Match classify(const ProcessIdentity& process) const;
  // What classify() looks at: nothing more than comm without any rule.
  [[nodiscard]] IdentityNeeds needs() const;

 private:
  struct Impl;
  explicit GroupRules(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace perfwatch
