// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <unordered_map>

#include "core/account/run_commands.h"
#include "core/account/run_pressure.h"
#include "core/account/run_timeline.h"
#include "core/account/run_usage.h"
#include "core/model/exits.h"
#include "core/model/process.h"
#include "core/model/run.h"

namespace perfwatch {

// What is known of a run when it is recognised. Times are seconds since boot (CLOCK_BOOTTIME).
struct RunOpening {
  Run run;                // id, names, labels, command, host, started, method
  double begin = 0;       // of its first process, or of the order
  bool ordered = false;   // only what was spent after `begin` is of the run
  bool rootless = false;  // lasts as long as anybody lives in it
  std::string reason;     // why it may not be exact already
  double recognised = 0;  // when this was found out
  StallTotals stall;      // at that moment
};

// One of the runs that a daemon measures from outside, by the events of the tier and by sweeps,
// which are its looks. Pure.
class OpenRun {
 public:
  OpenRun(RunOpening opening, double ticks_per_second);

  // A process of it ended, at `ended` if that is known.
  void add_ended(const ProcessRecord& last, std::uint64_t peak_bytes, std::optional<double> ended,
                 const RunCommands::Arguments& arguments);
  void add_unseen(const ExitSummary& summary);
  // The end of a process that no event told of: `last` is as the sweeps saw it.
  void add_untold(const ProcessRecord& last, std::uint64_t peak_bytes, double now);

  // It has one root more; it goes on if it was resting.
  void add_root();
  // With the status of wait(2), where that is known.
  void root_ended(std::optional<int> status, double at);
  // Somebody said so.
  void conclude(int exit_code, double at);

  // One look: begin_look(), meet() with each that lives, end_look().
  void begin_look() { living_ = {}; }
  void meet(const ProcessRecord& process);
  void end_look(double now, const StallTotals& stall);

  // Its roots have ended, or nobody lives in it any more.
  [[nodiscard]] bool resting() const { return rested_at_.has_value(); }
  // And nothing of it came since then for `linger` seconds and one whole look.
  [[nodiscard]] bool is_over(double now, double linger) const;

  // The figures so far.
  [[nodiscard]] Run so_far(double now) const;
  // Before finish(): each that lives on.
  void leave_behind(const ProcessRecord& process, const RunCommands::Arguments& arguments);
  // `losses`: what else may be missing; empty when nothing.
  [[nodiscard]] Run finish(AccountingTier tier, const std::string& losses, double now);

  [[nodiscard]] const std::string& id() const { return opening_.run.id; }
  [[nodiscard]] bool ordered() const { return opening_.ordered; }

 private:
  static constexpr std::size_t kMostCommands = 256;  // in each of many runs

  // Of those that the last look met.
  struct Living {
    RunUsage usage;
    double anonymous_bytes = 0;
    std::uint64_t processes = 0;
  };
  [[nodiscard]] bool was_before(const ProcessRecord& process) const;
  [[nodiscard]] RunUsage spent(const ProcessRecord& process) const;
  void count(const ProcessRecord& process, std::uint64_t peak_bytes,
             const RunCommands::Arguments& arguments);
  void take_status(std::optional<int> status);
  void rest(double at);
  [[nodiscard]] bool knows_stall() const;
  void fill(RunFigures& out, double end, const RunUsage& usage, std::uint64_t processes) const;
  void fill_outcome(Run& out) const;
  [[nodiscard]] std::string reason(AccountingTier tier, const std::string& losses,
                                   double now) const;

  RunOpening opening_;
  double ticks_per_second_;
  std::uint64_t roots_ = 0;  // that have not ended
  std::optional<double> rested_at_;
  std::uint32_t rested_looks_ = 0;
  double end_ = 0;              // of the last root, of the last process of a rootless run
  std::optional<Run> outcome_;  // only its outcome and exit code
  bool status_unknown_ = false;
  bool concluded_ = false;

  RunUsage ended_;
  std::uint64_t processes_ = 0;  // that have ended
  std::uint64_t largest_bytes_ = 0;
  RunCommands commands_{kMostCommands};
  // What those that were there before an order had spent at the first look after it.
  std::unordered_map<ProcessKey, RunUsage> before_;
  std::uint64_t untold_ = 0;
  std::uint64_t left_ = 0;

  Living living_;
  std::uint32_t looks_ = 0;   // all
  std::uint32_t points_ = 0;  // of these, while it was not at rest
  double looked_from_ = 0;
  double looked_at_ = 0;
  double most_anonymous_bytes_ = 0;
  RunTimeline timeline_;
  double point_seconds_ = 0;
  double point_cpu_seconds_ = 0;
  StallTotals stall_;
};

}  // namespace perfwatch
