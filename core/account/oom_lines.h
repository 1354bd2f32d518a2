// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace perfwatch {

// The lines of the kernel's log that tell of a kill for lack of memory, one parser each. Views
// point into the text that was given. Names in them (comm, cgroup) are chosen by strangers.

// What one "Killed process" line says (mm/oom_kill.c, __oom_kill_process):
//   Memory cgroup out of memory: Killed process 12023 (cc1plus) total-vm:30168kB, anon-rss:19868kB,
//   file-rss:6916kB, shmem-rss:0kB, UID:0 pgtables:104kB oom_score_adj:0
// Older kernels say less; before 5.3 the reason stood in a line of its own.
struct OomKilledLine {
  std::string_view reason;  // what stands before "Killed process"; may be empty
  std::int32_t pid = 0;
  std::string_view comm;
  std::uint64_t virtual_bytes = 0;
  std::uint64_t anonymous_bytes = 0;
  std::uint64_t file_bytes = 0;
  std::uint64_t shared_bytes = 0;
  std::optional<std::uint32_t> uid;
  std::optional<std::int32_t> oom_score_adj;
};
[[nodiscard]] std::optional<OomKilledLine> parse_killed_line(std::string_view text);

// The structured line (since 5.0; dump_oom_summary):
//   oom-kill:constraint=CONSTRAINT_MEMCG,nodemask=(null),cpuset=/,mems_allowed=0,oom_memcg=/ci,
//   task_memcg=/ci/job 7,task=cc1plus,pid=12023,uid=0
struct OomSummaryLine {
  std::string_view limit_cgroup;   // empty for the host's limit
  std::string_view victim_cgroup;  // empty without memory cgroups
  std::int32_t pid = 0;
  std::uint32_t uid = 0;
};
// `comm` is that of the "Killed process" line. It and the cgroups are names that strangers choose
// and may look like fields, so the line is read from its right end, and a cgroup has to lie below
// the one whose limit was hit.
[[nodiscard]] std::optional<OomSummaryLine> parse_summary_line(std::string_view text,
                                                               std::string_view comm);

// Before 5.0: "Task in /a/b killed as a result of limit of /a".
struct OomLimitLine {
  std::string_view victim_cgroup;
  std::string_view limit_cgroup;
};
[[nodiscard]] std::optional<OomLimitLine> parse_limit_line(std::string_view text);

// "Tasks in /x are going to be killed due to memory.oom.group set": /x.
[[nodiscard]] std::optional<std::string_view> parse_group_line(std::string_view text);

// Before 5.3: "Out of memory: Kill process 12 (x) score 950 or sacrifice child": what stands before
// the colon.
[[nodiscard]] std::optional<std::string_view> parse_announcing_line(std::string_view text);

}  // namespace perfwatch
