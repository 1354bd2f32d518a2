// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "core/base/result.h"
#include "core/model/process.h"

namespace perfwatch {

// The texts below /proc/PID (proc(5)), cut apart: pure, for any bytes. A process writes its own
// comm and command line, so they are hostile.

// PF_KTHREAD of include/linux/sched.h: no program, no memory of its own.
inline constexpr std::uint64_t kFlagKernelThread = 0x00200000;
// PF_FORKNOEXEC: forked, and exec(2) not called since.
inline constexpr std::uint64_t kFlagForked = 0x00000040;

struct ProcessStat {
  std::int32_t pid = 0;
  Comm comm{};
  char state = '?';
  std::int32_t parent = 0;
  std::uint64_t flags = 0;
  std::uint64_t minor_faults = 0;
  std::uint64_t major_faults = 0;
  std::uint64_t user_ticks = 0;
  std::uint64_t system_ticks = 0;
  std::uint64_t children_user_ticks = 0;    // of the children that it waited for, and
  std::uint64_t children_system_ticks = 0;  // of those that they waited for
  std::uint32_t threads = 0;
  std::uint64_t start_ticks = 0;
  std::uint64_t resident_pages = 0;
};

// /proc/PID/stat. The name ends at the last ')': it may hold ')' and newlines itself.
[[nodiscard]] Result<ProcessStat> parse_process_stat(std::string_view text);

struct ProcessStatus {
  Comm comm{};                       // "Name:", the kernel's escapes taken back
  std::uint32_t uid = 0;             // effective
  std::uint32_t real_uid = 0;        // who started it, where the program is another's (setuid)
  std::uint64_t resident_bytes = 0;  // kernel threads and zombies have no memory lines: 0
  std::uint64_t peak_bytes = 0;      // the largest that resident_bytes was in this program
  std::uint64_t anonymous_bytes = 0;
  std::uint64_t swapped_bytes = 0;
  std::uint64_t voluntary_switches = 0;  // of the first thread, as are
  std::uint64_t involuntary_switches = 0;
};

// /proc/PID/status.
[[nodiscard]] Result<ProcessStatus> parse_process_status(std::string_view text);

struct ProcessIo {
  std::uint64_t read_bytes = 0;  // from and to storage, not through the page cache
  std::uint64_t written_bytes = 0;
};

// /proc/PID/io.
[[nodiscard]] Result<ProcessIo> parse_process_io(std::string_view text);

// What the scheduler knows of the first thread: the same twice means that it did not run between.
struct ThreadTimes {
  std::uint64_t run_nanoseconds = 0;
  std::uint64_t slices = 0;
  bool operator==(const ThreadTimes&) const = default;
};

// /proc/PID/schedstat; nullopt where the kernel does not count.
[[nodiscard]] std::optional<ThreadTimes> parse_thread_times(std::string_view text);

// The soft limit of open files in /proc/PID/limits; nullopt for "unlimited" or a line that is not
// there.
[[nodiscard]] std::optional<std::uint64_t> parse_descriptor_limit(std::string_view text);

// The path in /proc/PID/cgroup: that of v2 ("0::/path"); where v2 is not in use ("/" or no such
// line), v1's path of name=systemd, then of the cpu, then of the memory controller. A view into
// `text`.
[[nodiscard]] std::string_view parse_cgroup(std::string_view text);

// /proc/PID/cmdline in place: NUL and the blanks of the end become one text, as ps(1) shows it.
[[nodiscard]] std::string_view join_arguments(char* text, std::size_t size);

// What readlink(2) said of /proc/PID/exe, without the kernel's " (deleted)".
[[nodiscard]] std::string_view executable_path(std::string_view link);

}  // namespace perfwatch
