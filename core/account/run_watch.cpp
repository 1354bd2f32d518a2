// SPDX-License-Identifier: Apache-2.0
#include "core/account/run_watch.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

namespace perfwatch {
namespace {

constexpr std::size_t kMostUnseen = 256;
constexpr std::size_t kKeptRoom = 256;  // for ends that wait, between storms
constexpr std::uint32_t kRest = 2;  // sweeps, after which a family that nobody knows is nobody's
// Sweeps without a process before its end is taken for one that the kernel does not tell of.
constexpr std::uint32_t kPatience = 8;

std::uint64_t lost_events(const Accounting& accounting) {
  std::uint64_t sum = 0;
  for (const auto& loss : accounting.lost) sum += loss.costs_exactness() ? loss.count : 0;
  return sum;
}

}  // namespace

RunWatch::RunWatch(RunWatchSettings settings, RunWatchHost host, std::shared_ptr<RunInbox> inbox,
                   Arguments arguments)
    : settings_(std::move(settings)),
      host_(std::move(host)),
      inbox_(std::move(inbox)),
      arguments_(std::move(arguments)) {}

void RunWatch::ended(const ProcessExit& exit) {
  if (members_.sweep() == 0) return;
  const auto verdict = members_.judge(exit.last);
  if (verdict == RunMembers::kNone) {
    note_stranger(exit.last);
  } else if (verdict) {
    settle(exit, *verdict);
  } else if (waiting_.size() < kMostWaiting) {
    waiting_.push_back({exit, members_.sweep()});
  } else {
    ++dropped_;
    last_drop_ = members_.sweep();
  }
}

void RunWatch::ended_unseen(const ExitSummary& summary) {
  Handle run = members_.run_of_image(summary.sum.image);
  if (run == RunMembers::kNone) {
    if (unseen_.size() < kMostUnseen) unseen_.push_back(summary);
    return;
  }
  for (; run != RunMembers::kNone; run = members_.outer(run)) {
    slots_[run - 1U].run->add_unseen(summary);
  }
}

void RunWatch::settle(const ProcessExit& exit, Handle run) {
  const Entry* known = members_.find(exit.last.key);
  if (known != nullptr && known->ended) return;  // told twice
  const Entry& entry = members_.end(exit.last, run);
  std::optional<double> ended;
  if (exit.lived_seconds) ended = start_of(exit.last.key) + *exit.lived_seconds;
  const std::uint64_t peak = std::max(exit.peak_resident_bytes.value_or(0), entry.peak_bytes);
  const auto arguments = [&] { return arguments_(exit.last); };
  for (; run != RunMembers::kNone; run = members_.outer(run)) {
    slots_[run - 1U].run->add_ended(exit.last, peak, ended, arguments);
  }
  end_root(entry, exit.wait_status, ended.value_or(host_.boot_seconds()));
}

void RunWatch::end_root(const Entry& entry, std::optional<int> status, double at) {
  if (!entry.root) return;
  std::erase_if(roots_, [&](const auto& root) {
    if (root.first != entry.key) return false;
    slots_[root.second - 1U].run->root_ended(status, at);
    return true;
  });
}

// A member that is gone, and nobody told of its end.
void RunWatch::lose(const Entry& entry, Handle run, bool outer_too) {
  ProcessRecord last;
  if (entry.last) {
    last = *entry.last;
  } else {
    last.key = entry.key;
    last.comm = entry.comm;
  }
  for (; run != RunMembers::kNone; run = outer_too ? members_.outer(run) : RunMembers::kNone) {
    slots_[run - 1U].run->add_untold(last, entry.peak_bytes, boot_now_);
  }
  if (outer_too) end_root(entry, std::nullopt, boot_now_);
}

// Parents end after their children mostly: those that wait will ask for it.
void RunWatch::note_stranger(const ProcessRecord& ended) {
  members_.end_stranger(ended.key);
  if (!waiting_.empty() && strangers_.size() < kMostWaiting) strangers_.insert(ended.key.pid);
}

RunMembers::Verdict RunWatch::verdict_of(const ProcessRecord& ended) const {
  const auto verdict = members_.judge(ended);
  return !verdict && strangers_.contains(ended.parent) ? RunMembers::kNone : verdict;
}

// Parents end after their children mostly, so that the last of a family comes first here.
void RunWatch::settle_waiting() {
  constexpr std::uint32_t kDone = UINT32_MAX;
  for (bool more = true; more && !waiting_.empty();) {
    more = false;
    for (auto next = waiting_.rbegin(); next != waiting_.rend(); ++next) {
      const auto verdict = verdict_of(next->exit.last);
      if (!verdict) continue;
      if (*verdict != RunMembers::kNone) {
        settle(next->exit, *verdict);
      } else {
        note_stranger(next->exit.last);
      }
      next->sweep = kDone;
      more = true;
    }
    std::erase_if(waiting_, [](const Waiting& one) { return one.sweep == kDone; });
  }
  strangers_.clear();
  std::erase_if(waiting_,
                [this](const Waiting& one) { return members_.sweep() - one.sweep >= kRest; });
  if (waiting_.size() < kKeptRoom && waiting_.capacity() > kKeptRoom) waiting_.shrink_to_fit();
}

void RunWatch::settle_unseen() {
  for (const auto& summary : std::exchange(unseen_, {})) {
    if (members_.run_of_image(summary.sum.image) != RunMembers::kNone) ended_unseen(summary);
  }
}

void RunWatch::update(Instant now, std::span<const ProcessRecord> records,
                      std::span<const std::int32_t> unread, Accounting& accounting) {
  now_ = now;
  boot_now_ = host_.boot_seconds();
  lost_ = lost_events(accounting);
  const bool first = members_.sweep() == 0;
  if (first) began_ = boot_now_;
  members_.begin_sweep();
  recognise(records);
  for (const std::int32_t pid : unread) members_.meet_unread(pid);
  settle_waiting();
  settle_unseen();
  if (open_ != 0) look_at_members(records);
  const bool polling = accounting.tier == AccountingTier::poll;
  members_.end_sweep(polling ? 1 : kPatience,
                     [this](const Entry& entry, Handle run) { lose(entry, run, true); });
  std::vector<Run> ended;
  if (open_ != 0) close_runs(records, accounting.tier, ended);
  tell(std::move(ended));
  report(accounting);
}

void RunWatch::look_at_members(std::span<const ProcessRecord> records) {
  for (const Slot& slot : slots_) {
    if (slot.run) slot.run->begin_look();
  }
  for (std::size_t i = 0; i < records.size(); ++i) {
    Entry& entry = *places_[i];
    if (entry.run == RunMembers::kNone || entry.ended) continue;
    if (!entry.last) entry.last = std::make_unique<ProcessRecord>(records[i]);
    for (Handle run = entry.run; run != RunMembers::kNone; run = members_.outer(run)) {
      slots_[run - 1U].run->meet(records[i]);
    }
  }
}

void RunWatch::close_runs(std::span<const ProcessRecord> records, AccountingTier tier,
                          std::vector<Run>& ended) {
  const StallTotals stall = host_.stall();
  for (std::size_t i = 0; i < slots_.size(); ++i) {
    Slot& slot = slots_[i];
    if (!slot.run) continue;
    slot.run->end_look(boot_now_, stall);
    if (!slot.run->is_over(boot_now_, slot.linger)) continue;
    ended.push_back(close(static_cast<Handle>(i + 1), records, tier));
  }
}

Run RunWatch::close(Handle handle, std::span<const ProcessRecord> records, AccountingTier tier) {
  Slot& slot = slots_[handle - 1U];
  for (std::size_t i = 0; i < records.size(); ++i) {
    if (places_[i]->ended) continue;
    Handle run = places_[i]->run;
    while (run != RunMembers::kNone && run != handle) run = members_.outer(run);
    if (run != handle) continue;
    slot.run->leave_behind(
        records[i], [&] { return places_[i]->blocked ? std::string() : arguments_(records[i]); });
  }
  members_.close(handle, [this](const Entry& entry, Handle run) { lose(entry, run, false); });
  std::erase_if(roots_, [handle](const auto& root) { return root.second == handle; });
  const std::uint64_t lost = lost_ - slot.lost;
  Run run =
      slot.run->finish(tier, lost != 0 ? fmt::format("{} events were lost", lost) : "", boot_now_);
  slot = {};
  --open_;
  return run;
}

// Those that ended, with those of the sweeps before: nobody looks at an answer that comes too late.
void RunWatch::tell(std::vector<Run> ended) {
  const auto kept = std::find_if(told_since_.begin(), told_since_.end(),
                                 [this](auto since) { return members_.sweep() - since < kTold; });
  if (ended.empty() && kept == told_since_.begin()) return;
  std::vector<Run> all;
  if (kept != told_since_.end()) {
    all.assign(told_->begin() + (kept - told_since_.begin()), told_->end());
  }
  told_since_.erase(told_since_.begin(), kept);
  std::move(ended.begin(), ended.end(), std::back_inserter(all));
  told_since_.resize(all.size(), members_.sweep());
  told_ = all.empty() ? nullptr : std::make_shared<const std::vector<Run>>(std::move(all));
}

void RunWatch::report(Accounting& out) const {
  out.runs_refused = refused_;
  out.ended_runs = told_;
  if (open_ == 0) return;
  auto open = std::make_shared<std::vector<Run>>();
  open->reserve(open_);
  for (const Slot& slot : slots_) {
    if (!slot.run) continue;
    open->push_back(slot.run->so_far(boot_now_));
    open->back().tier = out.tier;
  }
  out.open_runs = std::move(open);
}

}  // namespace perfwatch
