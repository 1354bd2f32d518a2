// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "core/base/result.h"
#include "core/model/frame.h"
#include "core/model/run_board.h"
#include "core/model/samples.h"
#include "core/store/runs.h"
#include "daemon/baseline_server.h"
#include "daemon/journal_writer.h"
#include "daemon/run_series.h"
#include "daemon/run_work.h"
#include "daemon/shown_runs.h"
#include "daemon/storage.h"
#include "daemon/workers.h"

namespace perfwatch {

// Keeps the runs that end: all in the database, where each is held against its history, the latest
// for pages and evidence. Lives on the loop. One that could not be written waits for a better time,
// with as many as there is room for.
class RunJournal {
 public:
  using Clock = JournalWriter::Clock;
  static constexpr std::size_t kPendingLimit = 500;                     // runs, and
  static constexpr std::size_t kPendingBytes = std::size_t{16} << 20U;  // what they take
  static constexpr std::size_t kBatch = 8;                              // runs written at once
  static constexpr std::chrono::minutes kLookAgain{1};  // at what is worse: it may be accepted
  static constexpr std::chrono::hours kTidy{1};
  static constexpr std::chrono::seconds kLastPatience{1};

  RunJournal(Workers& workers, const Storage& storage, RunRetention retention);

  // What earlier daemons wrote; runs whose measurer is gone are marked. Blocks: before the loop
  // runs.
  [[nodiscard]] Result<void> load();
  void set_retention(RunRetention retention);
  // Whom to ask for what other hosts have measured; it must outlive this, or never tell again.
  void ask(BaselineServer& server);

  // Takes the runs that ended in this frame, puts the latest into it, has written what waits.
  void take(Frame& frame);

  // Hears what became of a run; at once, or later on the loop, or never if the journal goes first.
  using Told = std::function<void(RunKept)>;
  // A run that somebody else measured, as bounded() leaves it. `replaces`: it may take the place of
  // one of its id.
  void add(Run run, bool replaces, Told told);
  // Whether a run of this id was taken and is among the latest.
  [[nodiscard]] bool shows(const std::string& id) const { return shown_.has(id); }
  // Whether it is being measured, as of the latest frame.
  [[nodiscard]] bool goes_on(const std::string& id) const;
  // Has written what waits, if nothing else is being written.
  void write(Instant now);

  // Writes what waits still, when the loop does not run any more. Waits for `patience` at most.
  void finish(std::chrono::milliseconds patience = kLastPatience);

  // perfwatch_run_*, of the frame that was taken last.
  [[nodiscard]] Samples describe();
  [[nodiscard]] static MetricList metrics() { return RunSeries::metrics(); }

 private:
  struct Pending {
    EndedRun ended;
    Told told;
    bool shown = false;  // counted, and on the board
    std::size_t bytes = 0;
  };

  void take_ended(const std::vector<Run>& ended);
  void take_open(const std::vector<Run>& open);
  void queue(Pending pending);
  void drop_oldest();
  [[nodiscard]] std::shared_ptr<std::vector<Pending>> take_pending(RunWork& work, std::size_t most);
  void settle(RunWork& work, std::vector<Pending> batch, bool written);
  void settle_one(Pending& pending, EndedRun&& done);
  void show(Pending& pending);
  void take_verdict(const Run& run, const JudgedRun& judged, bool first);

  JournalWriter writer_;
  RunRetention retention_;
  RunSeries series_;
  ShownRuns shown_;
  std::shared_ptr<const std::vector<Run>> seen_;
  std::vector<std::string> taken_;  // ids of those in it, sorted
  std::vector<std::string> open_;   // ids of those that go on, sorted
  std::vector<Run> begun_;          // of these not in the database yet
  std::deque<Pending> pending_;     // oldest first
  std::size_t pending_bytes_ = 0;
  std::vector<JudgedAgain> again_;  // runs to be judged again
  BaselineServer* server_ = nullptr;
  std::vector<ToldBaseline> told_;  // one at most
  Clock::time_point next_look_{};
  Clock::time_point next_tidy_{};
  bool count_baselines_ = false;
  std::uint64_t refused_ = 0;
  bool finishing_ = false;
};

}  // namespace perfwatch
