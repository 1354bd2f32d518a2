// SPDX-License-Identifier: Apache-2.0
#include "core/account/run_events.h"

#include <algorithm>
#include <utility>

namespace perfwatch {

RunEvents::RunEvents(std::unique_ptr<ProcessReader> reader) : reader_(std::move(reader)) {
  Accounting now;
  reader_->describe(now);
  tier_ = now.tier;
  reader_->expect({.cmdline = true});
}

Result<void> RunEvents::begin(std::int32_t self, std::int32_t root,
                              std::chrono::steady_clock::time_point now) {
  tree_ = RunTree(self, root);
  root_ = root;
  next_sweep_ = now + kSweepInterval;
  drain();  // what came before is nobody's
  auto swept = sweep();
  lost_before_ = lost();
  late_before_ = count_late();
  return swept;
}

void RunEvents::drain() {
  if (auto drained = reader_->drain(*this); !drained) broken_ = drained.error().text;
  settle_waiting();
}

Result<void> RunEvents::sweep() {
  ++sweeps_;
  const auto swept = reader_->sweep(records_);
  if (!swept) return tl::unexpected(swept.error());
  tree_.sweep(records_);
  return {};
}

void RunEvents::keep_up(std::chrono::steady_clock::time_point now) {
  if (now < next_sweep_) return;
  next_sweep_ = now + kSweepInterval;
  drain();
  if (auto swept = sweep(); !swept) broken_ = swept.error().text;
  settle_waiting();
}

void RunEvents::finish() {
  drain();
  reader_->hurry();
  auto swept = sweep();
  drain();  // who ended since then, and who was waited for
  drain();  // sums that the reader holds back for one call
  if (!swept) {
    broken_ = swept.error().text;
    return;
  }
  for (const auto& record : records_) {
    if (!tree_.contains(record.key) || tree_.has_ended(record.key)) continue;
    count(record, record.resident_bytes);
  }
}

void RunEvents::program_changed(const ProcessRecord& process, const Program& before) {
  tree_.changed(process, before);
  if (!tree_.contains(process.key)) return;
  if (begun_.size() < kMostBegun) {
    begun_.push_back(process.key);
  } else {
    begun_is_full_ = true;
  }
}

bool RunEvents::take_begun(std::vector<ProcessKey>& out) {
  out.clear();
  std::swap(out, begun_);
  return !std::exchange(begun_is_full_, false) && tier_ == AccountingTier::ebpf;
}

void RunEvents::ended(const ProcessExit& exit) {
  if (tree_.has_ended(exit.last.key)) return;  // see ProcessReader::hurry()
  const auto verdict = tree_.ended(exit.last);
  if (verdict == true) {
    count(exit.last, exit.peak_resident_bytes.value_or(0));
    root_ended_ = root_ended_ || exit.last.key.pid == root_;
  } else if (!verdict) {
    if (waiting_.size() < kMostWaiting) {
      waiting_.push_back({exit, sweeps_});
    } else {
      ++dropped_;
    }
  }
}

void RunEvents::settle_waiting() {
  // Parents end after their children mostly, so that the last of a family comes first here.
  for (bool more = true; more && !waiting_.empty();) {
    more = false;
    for (auto next = waiting_.rbegin(); next != waiting_.rend(); ++next) {
      const auto verdict = tree_.ended(next->exit.last);
      if (!verdict) continue;
      if (*verdict) count(next->exit.last, next->exit.peak_resident_bytes.value_or(0));
      next->sweep = UINT32_MAX;
      more = true;
    }
    std::erase_if(waiting_, [](const Waiting& one) { return one.sweep == UINT32_MAX; });
  }
  // A family that nobody of the run has heard of within two sweeps is another's.
  std::erase_if(waiting_, [this](const Waiting& one) { return sweeps_ - one.sweep >= 2; });
}

void RunEvents::ended_unseen(const ExitSummary& summary) {
  if (!tree_.runs_image(summary.sum.image)) return;
  usage_ += usage_of(summary.sum);
  processes_ += summary.count;
  commands_.add(view(summary.sum.comm), summary.count,
                summary.sum.user_seconds + summary.sum.system_seconds);
  commands_.note_memory(view(summary.sum.comm), {}, summary.largest_peak_bytes,
                        [] { return std::string(); });
  largest_bytes_ = std::max(largest_bytes_, summary.largest_peak_bytes);
}

void RunEvents::count(const ProcessRecord& process, std::uint64_t peak_bytes) {
  usage_ += usage_of(process);
  ++processes_;
  largest_bytes_ = std::max(largest_bytes_, peak_bytes);
  commands_.add(view(process.comm), 1, process.user_seconds + process.system_seconds);
  commands_.note_memory(view(process.comm), process.key, peak_bytes, [&] {
    return std::string(reader_->identify(process, {.cmdline = true}).cmdline);
  });
}

std::uint64_t RunEvents::lost() const {
  Accounting now;
  reader_->describe(now);
  std::uint64_t sum = 0;
  for (const auto& loss : now.lost) sum += loss.costs_exactness() ? loss.count : 0;
  return sum;
}

std::uint64_t RunEvents::count_late() const {
  Accounting now;
  reader_->describe(now);
  std::uint64_t sum = 0;
  for (const auto& loss : now.lost) sum += loss.reason == "late" ? loss.count : 0;
  return sum;
}

std::string RunEvents::losses() const {
  if (!broken_.empty()) return "the events broke off: " + broken_;
  const std::uint64_t missed = lost() - lost_before_ + dropped_;
  return missed != 0 ? std::to_string(missed) + " events were lost" : std::string();
}

}  // namespace perfwatch
