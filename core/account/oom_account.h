// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <span>
#include <utility>
#include <vector>

#include "core/account/oom_counter.h"
#include "core/account/oom_watch.h"
#include "core/model/process.h"

namespace perfwatch {

// Kills for lack of memory as the processes collector needs them: found, counted, handed on.
class OomAccount {
 public:
  // Of the latest() so many: a round that brings more still has all of its own.
  static constexpr std::size_t kKept = OomWatch::kKillLimit;

  explicit OomAccount(OomSources sources) : watch_(std::move(sources)) {}

  // Once a round, when the processes of this round have their groups: the victim is among those
  // that were there the round before, or among the ended.
  void update(Instant now, std::span<const OomMark> marks, const OomWatch::GroupOf& group_of);
  void write(SampleWriter& out) { counter_.write(out); }
  void describe(Accounting& out) const { watch_.describe(out); }
  // For ProcessTable::new_oom_kills.
  [[nodiscard]] std::shared_ptr<const std::vector<OomKill>> latest() const { return latest_; }

 private:
  OomWatch watch_;
  OomCounter counter_;
  std::shared_ptr<const std::vector<OomKill>> latest_;
};

}  // namespace perfwatch
