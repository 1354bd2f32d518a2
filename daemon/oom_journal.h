// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <vector>

#include "core/base/result.h"
#include "core/model/frame.h"
#include "core/model/oom.h"
#include "daemon/journal_writer.h"
#include "daemon/storage.h"
#include "daemon/workers.h"

namespace perfwatch {

// Keeps the kills for lack of memory: the latest for pages and evidence, all in the database.
// Lives on the loop. A kill that could not be written is tried again; one that was is never written
// twice.
class OomJournal {
 public:
  static constexpr std::size_t kShown = 20;
  static constexpr std::size_t kPendingLimit = 1000;

  OomJournal(Workers& workers, const Storage& storage);

  // What earlier daemons wrote. Blocks: before the loop runs.
  [[nodiscard]] Result<void> load();

  // Takes the kills that are new in this frame, puts the latest into it, and has the new ones
  // written.
  void take(Frame& frame);

 private:
  using Clock = JournalWriter::Clock;

  void add(const OomKill& kill);
  void write(Clock::time_point now);
  void queue(OomKill kill);
  void put_back(std::vector<OomKill> batch);
  void drop_oldest();
  void tell_trouble();

  JournalWriter writer_;
  std::shared_ptr<const OomHistory> history_;
  std::shared_ptr<const std::vector<OomKill>> seen_;
  std::vector<OomKill> pending_;  // oldest first
};

}  // namespace perfwatch
