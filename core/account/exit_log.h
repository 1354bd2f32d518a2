// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

#include "core/account/exit_kinds.h"
#include "core/base/clock.h"
#include "core/model/exits.h"

namespace perfwatch {

// What ended in the last minutes, by kind of program and minute, and the last exits one by one.
// Pure: no clock. Bounded, whatever ends: about 1 MB at most.
//
// Made for 20,000 exits a second: adding one allocates nothing once its kind is known in the minute
// (tests/bench/exit_log_bench.cpp).
//
// Whoever feeds it calls add() for each exit and table() once for each frame; a tier that does not
// see exits calls neither and leaves ProcessTable::exits null.
class ExitLog {
 public:
  static constexpr std::chrono::minutes kKept{15};  // whole minutes, beside the one that goes on
  static constexpr std::size_t kRecent = 200;

  // `group`: where the process was counted. `now`: when its exit was heard of.
  void add(const ProcessExit& exit, std::string_view group, Instant now);
  // Counts in the kinds; its processes are not among the recent ones.
  void add(const ExitSummary& summary, std::string_view group, Instant now);

  // Some ended that nobody will add.
  void missed(Instant now);

  // What there is until `now`. Minutes that went on before are shared with earlier tables, and so
  // is the whole table when nothing has changed.
  [[nodiscard]] std::shared_ptr<const ExitTable> table(Instant now);

 private:
  using Wall = std::chrono::system_clock::time_point;

  void turn_to(Wall now);
  void close_minute();
  void shift(std::chrono::minutes by);
  void remember(const ProcessExit& exit, std::string_view group, Wall now);
  [[nodiscard]] std::shared_ptr<const ExitMinute> current();

  Wall since_{};
  Wall minute_{};  // start of the one that goes on
  Wall missed_{};
  bool began_ = false;
  ExitKinds kinds_;
  std::vector<std::shared_ptr<const ExitMinute>> closed_;  // oldest first, none empty
  std::shared_ptr<const ExitMinute> current_;              // copy of kinds_; null when they changed
  std::vector<RecentExit> recent_;                         // a ring once it is full
  std::size_t oldest_ = 0;                                 // in recent_
  std::shared_ptr<const ExitTable> table_;                 // null when something has changed
};

}  // namespace perfwatch
