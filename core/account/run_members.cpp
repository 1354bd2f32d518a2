// SPDX-License-Identifier: Apache-2.0
#include "core/account/run_members.h"

#include <algorithm>
#include <utility>

namespace perfwatch {
RunMembers::Entry* RunMembers::find(std::int32_t pid) {
  const auto found = entries_.find(pid);
  return found != entries_.end() ? &found->second : nullptr;
}

const RunMembers::Entry* RunMembers::find(const ProcessKey& key) const {
  const auto found = entries_.find(key.pid);
  return found != entries_.end() && is_same_process(found->second.key, key) ? &found->second
                                                                            : nullptr;
}

// Not who has got the pid of one that ended since the sweep which met the child.
const RunMembers::Entry* RunMembers::parent_of(const Entry& entry) const {
  if (entry.parent <= 1) return nullptr;
  const auto found = entries_.find(entry.parent);
  if (found == entries_.end()) return nullptr;
  return found->second.key.start_ticks <= entry.key.start_ticks + 1 ? &found->second : nullptr;
}

// The entry of this process, empty if its pid was another's.
RunMembers::Entry& RunMembers::renew(const ProcessRecord& process) {
  const auto [place, fresh] = entries_.try_emplace(process.key.pid);
  Entry& entry = place->second;
  if (!fresh && is_same_process(entry.key, process.key)) return entry;
  if (entry.run != kNone && !entry.ended) displaced_.push_back(std::move(entry));
  entry = {};
  entry.key = process.key;
  entry.image = process.image;
  entry.comm = process.comm;
  entry.forked = process.forked;
  entry.hidden = process.kernel_thread;
  entry.looked = entry.settled = process.kernel_thread;
  entry.first_sweep = sweep_;
  return entry;
}

RunMembers::Entry& RunMembers::meet(const ProcessRecord& process) {
  Entry& entry = renew(process);
  if (entry.sweep != sweep_) ++met_;
  entry.sweep = sweep_;
  entry.parent = process.parent;
  entry.blocked = process.state == 'D';
  const bool exec = entry.image != process.image || entry.forked != process.forked ||
                    (process.image == 0 && entry.comm != process.comm);
  if (exec && !entry.hidden) {
    entry.image = process.image;
    entry.comm = process.comm;
    entry.forked = process.forked;
    entry.looked = false;
    entry.settled = entry.run != kNone;
  }
  if (entry.run == kNone || entry.ended) return entry;
  note_image(entry);
  entry.peak_bytes = std::max(entry.peak_bytes, process.resident_bytes);
  if (entry.last) {
    *entry.last = process;
  } else {
    entry.last = std::make_unique<ProcessRecord>(process);
  }
  return entry;
}

RunMembers::Entry& RunMembers::enter(const ProcessRecord& process) {
  const bool known = find(process.key) != nullptr;
  Entry& entry = renew(process);
  if (known) return entry;
  ++remembered_;
  entry.sweep = sweep_;
  entry.parent = process.parent;
  return entry;
}

void RunMembers::meet_unread(std::int32_t pid) {
  Entry* entry = find(pid);
  if (entry == nullptr || entry->sweep == sweep_) return;
  entry->sweep = sweep_;
  ++met_;
}

void RunMembers::note_image(const Entry& entry) {
  if (entry.image == 0) return;
  for (Handle run = entry.run; run != kNone; run = runs_[run].outer) {
    if (runs_[run].foreign_image == entry.image) return;
  }
  images_[entry.image] = {entry.run, sweep_};
}

void RunMembers::adopt(Entry& entry, Handle run) {
  entry.run = run;
  entry.settled = true;
  note_image(entry);
}

void RunMembers::pull(Handle run, Handle outer) {
  for (auto& [own, entry] : entries_) {
    if (entry.run != outer || entry.ended || entry.hidden) continue;
    const Entry* parent = parent_of(entry);
    for (int i = 0; i < kDeepest && parent != nullptr; ++i) {
      if (parent->run == run) {
        adopt(entry, run);
        break;
      }
      parent = parent_of(*parent);
    }
  }
}

RunMembers::Handle RunMembers::run_of_image(std::uint64_t image) const {
  const auto found = image != 0 ? images_.find(image) : images_.end();
  return found != images_.end() ? found->second.run : kNone;
}

RunMembers::Handle RunMembers::above(const Entry& entry, bool stop_at_settled) const {
  if (const Handle run = run_of_image(entry.image); run != kNone) return run;
  const Entry* parent = parent_of(entry);
  for (int i = 0; i < kDeepest && parent != nullptr; ++i) {
    if (parent->run != kNone) return parent->run;
    if (stop_at_settled && parent->settled) return kNone;
    parent = parent_of(*parent);
  }
  return kNone;
}

void RunMembers::changed(const ProcessRecord& process, const Program& before) {
  Handle run = kNone;
  if (const Entry* known = find(process.key)) {
    if (known->ended) return;
    run = known->run;
  } else {
    run = run_of_image(before.image);
    const Entry* parent = find(process.parent);
    if (run == kNone && parent != nullptr) run = parent->run;
    if (run == kNone) return;
  }
  Entry& entry = enter(process);
  entry.image = process.image;
  entry.comm = process.comm;
  entry.forked = process.forked;
  entry.looked = false;
  if (run == kNone) {
    entry.settled = false;
    return;
  }
  adopt(entry, run);
}

RunMembers::Verdict RunMembers::judge(const ProcessRecord& ended) const {
  if (const Entry* known = find(ended.key)) {
    if (known->run != kNone || known->settled) return known->run;
  }
  if (const Handle run = run_of_image(ended.image); run != kNone) return run;
  if (ended.parent <= 1 || ended.kernel_thread) return kNone;
  const auto parent = entries_.find(ended.parent);
  if (parent == entries_.end()) return std::nullopt;
  if (parent->second.run != kNone || parent->second.settled) return parent->second.run;
  return std::nullopt;
}

RunMembers::Entry& RunMembers::end(const ProcessRecord& last, Handle run) {
  Entry& entry = enter(last);
  entry.ended = true;
  entry.last.reset();
  if (entry.run == kNone) adopt(entry, run);
  return entry;
}

void RunMembers::end_stranger(const ProcessKey& key) {
  const auto found = entries_.find(key.pid);
  if (found != entries_.end() && is_same_process(found->second.key, key))
    found->second.ended = true;
}

void RunMembers::end_sweep(std::uint32_t patience, const OnUntold& untold) {
  remembered_ = 0;
  for (const Entry& entry : std::exchange(displaced_, {})) untold(entry, entry.run);
  std::erase_if(images_, [this](const auto& one) { return sweep_ - one.second.sweep >= kRest; });
  if (std::exchange(met_, 0) >= entries_.size()) return;
  std::erase_if(entries_, [&](const auto& one) {
    const Entry& entry = one.second;
    const std::uint32_t missing = sweep_ - entry.sweep;
    if (missing == 0) return false;
    if (entry.ended) return missing >= kRest;
    if (entry.run == kNone) return true;
    if (missing < patience) return false;
    untold(entry, entry.run);
    return true;
  });
}

void RunMembers::open(Handle run, Handle outer, std::uint64_t foreign_image) {
  if (runs_.size() <= run) runs_.resize(run + std::size_t{1});
  runs_[run] = {outer, foreign_image};
}

void RunMembers::close(Handle run, const OnUntold& missing) {
  const Handle outer = runs_[run].outer;
  for (auto& [pid, entry] : entries_) {
    if (entry.run != run) continue;
    if (!entry.ended && entry.sweep != sweep_) missing(entry, run);
    entry.run = outer;
    entry.spent = true;
  }
  if (outer == kNone) {
    std::erase_if(images_, [run](const auto& one) { return one.second.run == run; });
  } else {
    for (auto& [image, one] : images_) {
      if (one.run == run) one.run = outer;
    }
  }
  for (Open& open : runs_) {
    if (open.outer == run) open.outer = outer;
  }
}

}  // namespace perfwatch
