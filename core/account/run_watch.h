// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_set>
#include <utility>
#include <vector>

#include "core/account/ci_mark.h"
#include "core/account/open_run.h"
#include "core/account/process_events.h"
#include "core/account/process_origin.h"
#include "core/account/run_inbox.h"
#include "core/account/run_members.h"
#include "core/base/clock.h"
#include "core/base/roots.h"
#include "core/base/user_rate.h"
#include "core/model/accounting.h"
#include "core/model/run.h"

namespace perfwatch {

// What is a run, though nobody says so.
struct RunWatchSettings {
  bool automatic = true;             // processes with the sign of a CI job in their environment
  std::vector<std::string> markers;  // further variables that are such a sign
  std::vector<std::string> cgroups;  // globs: "/runner.slice/*"; each cgroup that matches is a run
  std::vector<std::string> workers;  // comms: each child of such a process is a run
  Roots roots;
};

// What the watch needs of the host besides processes.
struct RunWatchHost {
  std::unique_ptr<ProcessOrigin> origin;
  std::function<double()> boot_seconds;  // CLOCK_BOOTTIME, which start times are of
  std::function<StallTotals()> stall;
  std::function<std::string(std::chrono::system_clock::time_point)> make_id;
  double ticks_per_second = 100;
  std::uint32_t user = 0;  // the daemon's own: has no limit of its own, as root has none
  std::string name;
  HostClass host_class;
};
[[nodiscard]] RunWatchHost make_run_watch_host(const Roots& roots, double ticks_per_second);

// Finds the runs of this host from outside and measures them: the events of the tier and the sweeps
// come by here as they go to the ledger.
//
// The topmost process with the sign of a job, whose parent has none or that of another, is the root
// of a run, with all its descendants; that may be within another run. CI systems start several such
// roots for a job, one after the other: they are one run if the next comes within kLinger. Anybody
// can write the sign of another's job into an environment: roots of two users are two runs. What
// ended before its root was recognised was kept until then and is counted. A tier that tells of
// jobs at their exec(2) has them recognised at once; else that is in the next sweep, and a root
// that lived between two sweeps only is not found.
//
// At most kMostRuns go on, kMostOfAUser of them of one user, who has at most kRunsAnHour begin by
// themselves: else one could crowd out the others' runs. kMostReads environments are read a
// sweep, the rest in the next one, and as many between two of them.
class RunWatch {
 public:
  static constexpr std::size_t kMostRuns = 256;
  static constexpr std::size_t kMostOfAUser = 64;
  static constexpr std::uint32_t kTold = 4;  // sweeps tell of a run that has ended
  static constexpr double kRunsAnHour = 600;
  static constexpr std::size_t kMostReads = 256;
  static constexpr std::size_t kMostReadsOfMembers = 64;  // of those that events tell of
  static constexpr std::size_t kMostWaiting = 8192;
  static constexpr std::size_t kMostRemembered = 20'000;
  static constexpr double kLinger = 15;  // seconds

  // `arguments`: the command line of a process, also of one that ended, where it is still known.
  using Arguments = std::function<std::string(const ProcessRecord&)>;
  RunWatch(RunWatchSettings settings, RunWatchHost host, std::shared_ptr<RunInbox> inbox,
           Arguments arguments);

  // For what begins from now on.
  void configure(RunWatchSettings settings) { settings_ = std::move(settings); }
  // ProcessReader::expect_jobs().
  [[nodiscard]] std::vector<std::string> signs() const;

  // Before the events of a round or a catch_up().
  void take_orders(Instant now);
  void program_changed(const ProcessRecord& process, const Program& before) {
    members_.changed(process, before);
  }
  void job_seen(const ProcessRecord& process, Instant now);
  void ended(const ProcessExit& exit);
  void ended_unseen(const ExitSummary& summary);
  // The sweep after them; fills in ended_runs, open_runs and runs_refused.
  void update(Instant now, std::span<const ProcessRecord> records,
              std::span<const std::int32_t> unread, Accounting& accounting);

  // Some run goes on.
  [[nodiscard]] bool is_measuring() const { return open_ != 0; }
  // A sweep would let it forget a lot.
  [[nodiscard]] bool is_full() const { return members_.remembered() >= kMostRemembered; }

 private:
  using Entry = RunMembers::Entry;
  using Handle = RunMembers::Handle;
  struct Slot {
    std::unique_ptr<OpenRun> run;  // null: free
    std::uint64_t job = 0;         // CiMark::job
    std::uint32_t user = 0;        // of its first root
    std::string cgroup;
    double linger = 0;
    std::uint64_t lost = 0;  // events, before it began
  };
  struct Waiting {
    ProcessExit exit;
    std::uint32_t sweep = 0;  // when it came
  };
  struct Names {
    std::string component, operation;
    RunLabels labels;
  };

  // Who is a root, in run_watch_roots.cpp.
  void recognise(std::span<const ProcessRecord> records);
  void judge(Entry& entry);
  void judge_line(Entry& entry);
  void note_worker(Entry& entry, const Comm& comm) const;
  [[nodiscard]] bool look(Entry& entry);
  [[nodiscard]] std::optional<CiMark> mark_of(std::string_view environment) const;
  [[nodiscard]] bool judge_cgroup(Entry& entry);
  [[nodiscard]] bool judge_worker(Entry& entry);
  void judge_job(Entry& entry);
  void judge_member(Entry& entry);
  [[nodiscard]] Entry* top_of_job(Entry& entry);
  [[nodiscard]] bool begin_job(Entry& root);
  // What begins then, in run_watch_open.cpp.
  [[nodiscard]] Names names_of(const Entry& root) const;
  [[nodiscard]] RunOpening opening_of(const Entry& root, Names names, std::string method) const;
  void begin_order(const RunOrder& order, Entry& root);
  void take_order(const RunOrder& order, bool last_try);
  void take_order(const RunEndOrder& order);
  [[nodiscard]] const Slot* find_order(const std::string& id) const;
  [[nodiscard]] Handle free_slot();
  [[nodiscard]] bool has_no_limit(std::uint32_t user) const;
  [[nodiscard]] bool has_all_it_may(std::uint32_t user) const;
  [[nodiscard]] Handle admit(Entry& root, std::uint32_t user, bool automatic);
  void begin(Handle handle, Entry& root, RunOpening opening, double linger);
  void add_root(Entry& root, Handle run);
  void pull_descendants();

  // Measuring, in run_watch.cpp.
  void settle(const ProcessExit& exit, Handle run);
  [[nodiscard]] RunMembers::Verdict verdict_of(const ProcessRecord& ended) const;
  void note_stranger(const ProcessRecord& ended);
  void settle_waiting();
  void settle_unseen();
  void lose(const Entry& entry, Handle run, bool outer_too);
  void end_root(const Entry& entry, std::optional<int> status, double at);
  void look_at_members(std::span<const ProcessRecord> records);
  void close_runs(std::span<const ProcessRecord> records, AccountingTier tier,
                  std::vector<Run>& ended);
  [[nodiscard]] Run close(Handle handle, std::span<const ProcessRecord> records,
                          AccountingTier tier);
  void tell(std::vector<Run> ended);
  void report(Accounting& out) const;
  [[nodiscard]] double start_of(const ProcessKey& key) const {
    return static_cast<double>(key.start_ticks) / host_.ticks_per_second;
  }

  RunWatchSettings settings_;
  RunWatchHost host_;
  std::shared_ptr<RunInbox> inbox_;
  Arguments arguments_;
  RunMembers members_;
  std::vector<Slot> slots_;  // by handle - 1
  std::size_t open_ = 0;
  std::vector<std::pair<ProcessKey, Handle>> roots_;
  std::vector<Handle> begun_;          // whose descendants are not members yet
  std::vector<RunOrder> late_orders_;  // whose root no sweep has met yet
  std::vector<Entry*> places_;         // parallel to the records
  std::vector<Entry*> open_questions_;
  std::vector<Entry*> new_members_;  // whose environment may be that of another job
  std::vector<Waiting> waiting_;
  std::unordered_set<std::int32_t> strangers_;  // of no run, that ended since the last sweep
  std::vector<ExitSummary> unseen_;             // of programs that nobody's are yet
  std::size_t reads_ = 0;
  std::uint64_t lost_ = 0;       // events, as of the last update
  std::uint64_t dropped_ = 0;    // ends that found no room to wait
  std::uint32_t last_drop_ = 0;  // the sweep before
  UserRate rate_{kRunsAnHour};   // of runs that begin by themselves
  std::uint64_t refused_ = 0;
  std::shared_ptr<const std::vector<Run>> told_;  // Accounting::ended_runs
  std::vector<std::uint32_t> told_since_;         // sweeps, parallel to it
  Instant now_{};
  double boot_now_ = 0;
  double began_ = 0;  // of the first update, since boot
};

}  // namespace perfwatch
