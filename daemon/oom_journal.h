// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstddef>
#include <memory>
#include <string>
#include <vector>

#include "core/base/result.h"
#include "core/model/frame.h"
#include "core/model/oom.h"
#include "daemon/storage.h"
#include "daemon/workers.h"

namespace perfwatch {

// Keeps the kills for lack of memory: the latest for pages and evidence, all in the database.
// Lives on the loop; only workers touch the database, one job at a time. A kill that could not be
// written is tried again; one that was is never written twice.
class OomJournal {
 public:
  static constexpr std::size_t kShown = 20;
  static constexpr std::size_t kPendingLimit = 1000;
  static constexpr std::chrono::seconds kDeadline{10};  // then the disk hangs
  static constexpr std::chrono::seconds kTryAgain{30};

  OomJournal(Workers& workers, Storage storage);
  ~OomJournal();
  OomJournal(const OomJournal&) = delete;
  OomJournal& operator=(const OomJournal&) = delete;

  // What earlier daemons wrote. Blocks: before the loop runs.
  [[nodiscard]] Result<void> load();

  // Takes the kills that are new in this frame, puts the latest into it, and has the new ones
  // written.
  void take(Frame& frame);

 private:
  using Clock = std::chrono::steady_clock;
  struct Job;

  void add(const OomKill& kill);
  void write(Clock::time_point now);
  void watch_deadline(Clock::time_point now);
  void written(Job& job, Clock::time_point now);
  void queue(OomKill kill);
  void put_back(std::vector<OomKill> batch);
  void drop_oldest();
  void set_trouble(std::string text);

  Workers& workers_;
  std::shared_ptr<Database> database_;
  std::shared_ptr<const OomHistory> history_;
  std::shared_ptr<const std::vector<OomKill>> seen_;
  std::vector<OomKill> pending_;  // oldest first
  std::shared_ptr<Job> job_;      // null: none under way
  bool hangs_ = false;
  Clock::time_point next_try_{};
  std::shared_ptr<OomJournal*> self_;  // results that come after our end find nullptr in it
};

}  // namespace perfwatch
