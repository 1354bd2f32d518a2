// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string>

#include "core/base/result.h"
#include "daemon/storage.h"
#include "daemon/workers.h"

namespace perfwatch {

// Brings what one journal gathers into the database. Lives on the loop; only workers touch the
// database, one job at a time, whichever journal it is of. Says what goes wrong once in the log,
// and that it is well again.
class JournalWriter {
 public:
  using Clock = std::chrono::steady_clock;
  static constexpr std::chrono::seconds kDeadline{10};  // then the disk hangs
  static constexpr std::chrono::seconds kTryAgain{30};

  // On a worker: must own what it touches.
  using Work = std::function<Result<void>(Database&)>;
  // Back on the loop, unless this object is gone by then. False: nothing was written.
  using Done = std::function<void(bool written)>;

  // `what` is kept, in words for the log: "kills for lack of memory".
  JournalWriter(Workers& workers, const Storage& storage, std::string what);
  ~JournalWriter();
  JournalWriter(const JournalWriter&) = delete;
  JournalWriter& operator=(const JournalWriter&) = delete;

  // Null where there is none. For reading before the loop runs.
  [[nodiscard]] Database* database() const { return storage_.database.get(); }
  // There is a database, nobody uses it, and the last failure is a while ago.
  [[nodiscard]] bool ready(Clock::time_point now) const;
  // Only when ready.
  void write(Work work, Done done, Clock::time_point now);
  // A job that takes too long is given up: a dead disk must not keep a worker from the collectors.
  void watch_deadline(Clock::time_point now);
  // At the end, when the loop does not run any more: waits for the job that is under way, whosever
  // it is, and tells ours.
  [[nodiscard]] bool await_turn(Clock::time_point until);
  // Then: true when it is written by `until`.
  [[nodiscard]] bool write_by(Work work, Clock::time_point until);
  // Why what is new is not kept over a restart; empty while it is.
  [[nodiscard]] const std::string& trouble() const;

 private:
  struct Job;

  void start(const std::shared_ptr<Job>& job);
  void settle(Job& job, Clock::time_point now);
  void set_trouble(std::string text);

  Workers& workers_;
  Storage storage_;
  std::string what_;
  std::string trouble_;
  std::shared_ptr<Job> job_;  // null: none of ours under way
  Clock::time_point next_try_{};
  std::shared_ptr<JournalWriter*> self_;  // results that come after our end find nullptr in it
};

}  // namespace perfwatch
