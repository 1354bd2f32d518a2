// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/model/process.h"

namespace perfwatch {

// One process that ended, with its last counters.
struct ProcessExit {
  ProcessRecord last;  // its gauges (resident memory, descriptors) are those before its end or 0
  // The largest resident set: of its last program where the kernel still tells at that moment, else
  // of the process as getrusage(2) has it (ru_maxrss); absent when unknown.
  std::optional<std::uint64_t> peak_resident_bytes;
  // ru_maxrss, over all its programs; absent when unknown.
  std::optional<std::uint64_t> max_resident_bytes;
  std::optional<int> wait_status;       // as wait(2) has it: WIFEXITED, WEXITSTATUS, WTERMSIG
  std::optional<double> lived_seconds;  // from fork to exit
  bool lingers = false;  // told before it was waited for: sweeps may still find it as a zombie
};

// Processes that ended while there was no room for a record of each: forks of one program, summed
// in the kernel. None of them was seen by a sweep or an exec event before.
struct ExitSummary {
  std::uint64_t count = 0;
  ProcessRecord sum;  // image, comm, cgroup, uid of all; counters are sums over them; key is empty
  std::uint64_t failed = 0;  // did not end with status 0
  std::uint64_t largest_peak_bytes = 0;
  double lived_seconds = 0;  // sum
};

// What one kind of program took: same comm, same group.
struct ExitKind {
  Comm comm{};
  std::string group;
  std::uint64_t count = 0;
  std::uint64_t failed = 0;     // exit status other than 0, not by a signal; of a summary both
  std::uint64_t signalled = 0;  // ended by a signal
  double user_seconds = 0;
  double system_seconds = 0;
  double lived_seconds = 0;         // sum over lived_known processes
  std::uint64_t lived_known = 0;    // of how many it is known how long they lived
  std::uint64_t read_bytes = 0;     // sums over io_known processes, from and
  std::uint64_t written_bytes = 0;  // to storage
  std::uint64_t io_known = 0;
  std::uint64_t largest_peak_bytes = 0;  // of one process
  std::uint64_t peak_bytes_sum = 0;      // over peak_known processes, for the mean
  std::uint64_t peak_known = 0;
};
[[nodiscard]] inline double cpu_seconds(const ExitKind& kind) {
  return kind.user_seconds + kind.system_seconds;
}
// Adds the sums of `from` to `to`; the name of `to` stays.
void add_up(ExitKind& to, const ExitKind& from);

// The exits of one minute; a minute in which nothing ended has none. Immutable once in a table.
struct ExitMinute {
  std::chrono::system_clock::time_point start;  // a whole minute
  std::vector<ExitKind> kinds;                  // in order of first appearance
};

// One of the last exits.
struct RecentExit {
  ProcessKey key;
  std::int32_t parent = 0;
  std::uint32_t uid = 0;
  Comm comm{};
  std::string group;
  std::chrono::system_clock::time_point seen;  // when perfwatch heard of it
  double cpu_seconds = 0;
  std::optional<std::uint64_t> peak_resident_bytes;
  std::optional<int> wait_status;
  std::optional<double> lived_seconds;
};

// What ended in the last minutes. Immutable once in a frame; old minutes are shared between frames.
struct ExitTable {
  std::chrono::system_clock::time_point since;             // from when on exits were listened to
  std::vector<std::shared_ptr<const ExitMinute>> minutes;  // oldest first; the last one may go on
  std::vector<RecentExit> recent;                          // oldest first
  // When exits were last missed; the epoch: never. Noticed up to a round after they happened.
  std::chrono::system_clock::time_point missed{};
  std::uint64_t limited =
      0;  // exits that were counted as comm "other" for lack of room, since start
};

}  // namespace perfwatch
