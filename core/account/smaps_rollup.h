// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "core/account/process_files.h"
#include "core/base/result.h"
#include "core/model/process.h"

namespace perfwatch {

// What a process holds of memory that others hold, too. Huge pages of hugetlbfs are in none of it.
struct SmapsRollup {
  std::uint64_t resident_bytes = 0;      // RSS: a shared page counts whole
  std::uint64_t proportional_bytes = 0;  // PSS: a page of n processes counts as 1/n
  std::uint64_t private_bytes = 0;       // USS: what its end would free
  std::uint64_t swapped_bytes = 0;
  std::uint64_t swap_proportional_bytes = 0;
  // PSS by what is behind the pages; since Linux 5.4.
  std::optional<std::uint64_t> proportional_anonymous_bytes;
  std::optional<std::uint64_t> proportional_file_bytes;
  std::optional<std::uint64_t> proportional_shmem_bytes;
};

// /proc/PID/smaps_rollup (docs.kernel.org/filesystems/proc.html), since Linux 4.14:
//   562defbfe000-7ffc28c99000 ---p 00000000 00:00 0                          [rollup]
//   Rss:                1688 kB
//   Pss:                 207 kB
//   Pss_Anon:            112 kB
//   Private_Clean:        40 kB
//   Private_Dirty:       112 kB
//   Swap:                  0 kB
//   SwapPss:               0 kB
// Malformed without Rss, Pss and both Private lines.
[[nodiscard]] Result<SmapsRollup> parse_smaps_rollup(std::string_view text);

// Of this very process below the open directory `procfs`. The kernel walks every page of it (about
// 5 ms for each GiB of small pages) holding its mmap lock for reading, and first waits for that
// lock, without end where its owner hangs: never call this where others wait for you.
// gone: it has ended, is a zombie, or the pid is another's now.
[[nodiscard]] Result<SmapsRollup> read_smaps_rollup(int procfs, ProcessKey process,
                                                    SmallFile& file);

}  // namespace perfwatch
