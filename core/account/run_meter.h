// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sys/resource.h>

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "core/account/descendants.h"
#include "core/account/process_reader.h"
#include "core/account/run_cgroup.h"
#include "core/account/run_commands.h"
#include "core/account/run_events.h"
#include "core/account/run_pressure.h"
#include "core/account/run_timeline.h"
#include "core/account/run_usage.h"
#include "core/base/clock.h"
#include "core/base/roots.h"
#include "core/model/run.h"

namespace perfwatch {

struct RunMeterSettings {
  std::optional<AccountingTier> tier;  // the best to try; nullopt: the best that works
  std::chrono::nanoseconds interval = std::chrono::milliseconds(100);
};

// Measures a process and all that descends from it, from within the process that started it: which
// is a subreaper, and tells of each child that it waits for. Three sources say what the run cost:
//   wait4     the kernel's own sum over all that was waited for: exact CPU time, faults, switches,
//             blocks; needs no right, and does not tell one process from another
//   events    of the tiers that have them: each process as it ended (RunEvents)
//   scans     the living descendants in /proc: the timeline, and in the poll tier also the programs
// The first two are held against each other.
class RunMeter {
 public:
  // `root`: a child of `self` that does nothing yet.
  RunMeter(const Roots& roots, const RunMeterSettings& settings, std::int32_t self,
           std::int32_t root);

  // The root begins after this call.
  void begin(Instant now);

  // Readable when catch_up() should be called; -1: never.
  [[nodiscard]] int event_descriptor() const;
  void catch_up();

  // One point of the timeline. Returns when the next one is due: the interval, or longer where that
  // would take more than 2 % of one core.
  std::chrono::steady_clock::time_point sample(Instant now) { return sample(now, false); }

  // wait4(2) gave this for a child.
  void reaped(std::int32_t pid, const rusage& usage);
  // Everything that was waited for has been heard of. The kernel tells of the last ones some
  // milliseconds after it let wait4 return.
  [[nodiscard]] bool is_settled() const;

  // Figures, timeline, commands, tier, method, exact, reason. Once, at the end.
  void finish(Instant now, Run& out);

  // Of the last point, for who watches.
  [[nodiscard]] const RunPoint& latest() const { return latest_; }
  [[nodiscard]] double cpu_seconds() const { return cpu_total_; }
  // Living descendants now; those that have ended and wait to be reaped are not among them.
  [[nodiscard]] std::vector<std::int32_t> living();

 private:
  // `at_all`: who lives now, without exception.
  std::chrono::steady_clock::time_point sample(Instant now, bool at_all);
  struct Seen {
    Descendant last;
    std::uint32_t sample = 0;
  };
  void load(const Roots& roots);
  [[nodiscard]] Result<void> look(Instant now, bool at_all);
  void note_living();
  void fold(const Seen& seen);
  [[nodiscard]] std::size_t count_living() const;
  void fill_usage(Run& out, std::size_t left);
  void fill_memory(RunFigures& out) const;

  RunMeterSettings settings_;
  bool io_counted_;
  std::unique_ptr<RunEvents> events_;  // null in the poll tier
  std::string no_events_;              // why there are none
  DescendantScan scan_;
  RunCgroup cgroup_;
  std::optional<RunPressure> pressure_;
  RunTimeline timeline_;
  RunCommands commands_;  // of the poll tier
  std::int32_t root_ = 0;
  Instant begin_{};
  RunPoint latest_;
  double cpu_total_ = 0;
  std::string scan_trouble_;
  RunUsage waited_;
  double largest_waited_bytes_ = 0;  // ru_maxrss
  double most_anonymous_bytes_ = 0;
  std::uint64_t largest_seen_bytes_ = 0;
  std::vector<Descendant> descendants_;
  std::vector<ProcessKey> begun_;
  std::chrono::steady_clock::time_point next_list_{};  // of /proc
  std::uint32_t samples_ = 0;
  std::unordered_map<ProcessKey, Seen> seen_;
  std::uint64_t seen_count_ = 0;
};

}  // namespace perfwatch
