// SPDX-License-Identifier: Apache-2.0
#include "core/account/group_ledger.h"

#include <algorithm>
#include <iterator>
#include <string_view>
#include <utility>

#include "core/account/group_counters.h"

namespace perfwatch {
std::size_t GroupLedger::KindHash::operator()(const Kind& kind) const noexcept {
  const std::size_t name =
      std::hash<std::string_view>{}(std::string_view(kind.comm.data(), kind.comm.size()));
  const ProcessKey rest{static_cast<std::int32_t>(kind.uid), kind.image ^ (kind.cgroup << 20U)};
  return name ^ std::hash<ProcessKey>{}(rest);
}

GroupLedger::GroupLedger(std::size_t limit, Absence absence) : slots_(limit), absence_(absence) {}

void GroupLedger::reclassify(std::size_t limit) {
  slots_.set_limit(limit);
  kinds_.clear();
  reclassify_ = true;
}

void GroupLedger::begin_round(Instant now) {
  now_ = now.monotonic;
  slots_.begin_round(now_);
}

void GroupLedger::update(std::span<const ProcessRecord> records, const Classify& classify,
                         std::span<const std::int32_t> unread) {
  ++sweep_;
  present_ = 0;
  told_since_update_ = 0;
  if (const auto moved = slots_.shrink_to_limit(); !moved.empty()) {
    for (auto& [key, member] : members_) member.slot = moved[member.slot];
  }
  for (auto& group : slots_.groups()) {
    group.living = {};
    group.living.cpu_seconds_spent = std::exchange(group.cpu_seconds_told, 0);
    group.living.io_bytes_moved = std::exchange(group.io_bytes_told, 0);
    if (reclassify_) group.memory_limit_bytes.reset();
    if (reclassify_) group.pss = false;
  }
  places_.resize(records.size());
  for (std::size_t i = 0; i < records.size(); ++i) places_[i] = account(records[i], classify);
  keep_the_unread(unread);
  if (present_ < members_.size()) bury_the_ended();
  reclassify_ = false;
  kinds_.clear();  // what a process is may have changed: its cgroup's name, its user's
  cgroup_cpu_.assign(cgroup_spent_.begin(), cgroup_spent_.end());
  cgroup_spent_.clear();
}

GroupLedger::Place GroupLedger::account(const ProcessRecord& record, const Classify& classify) {
  const auto [entry, fresh] = members_.try_emplace(record.key);
  Member& member = entry->second;
  if (member.sweep == sweep_) return {};
  member.sweep = sweep_;
  member.cgroup = record.cgroup;
  ++present_;
  GroupCounters spent;
  if (sweep_ == 1) first_sweep_ticks_ = std::max(first_sweep_ticks_, record.key.start_ticks);
  if (fresh) {
    enter(member, record, classify);
    spent = advance(member.seen, record);
  } else if (!awaits_exec_event(member, record)) {
    sort_anew(member, record, classify);
    spent = advance(member.seen, record);
  }
  Group& group = slots_.groups()[member.slot];
  if (member.life == Life::buried) {  // the sweep before had overlooked it
    member.life = Life::living;
    ++group.started;
  }
  group.last_seen_alive = now_;
  charge(member.slot, member.cgroup, spent);
  add_living(group.living, record);

  Place place{member.slot, spent.user_seconds + spent.system_seconds, std::nullopt};
  add(place.io_bytes, spent.read_bytes);
  add(place.io_bytes, spent.written_bytes);
  group.living.cpu_seconds_spent += place.cpu_seconds;
  group.living.io_bytes_moved += place.io_bytes.value_or(0);
  return place;
}

void GroupLedger::enter(Member& member, const ProcessRecord& record, const Classify& classify) {
  const bool was_there =
      sweep_ == 1 || std::binary_search(never_read_.begin(), never_read_.end(), record.key.pid);
  if (was_there) {
    member.seen = counters_of(record);
  } else {
    member.seen.read_bytes = 0;
    member.seen.written_bytes = 0;
  }
  take_program(member, record);
  member.slot = slots_.slot_for(classify(record));
  Group& group = slots_.groups()[member.slot];
  if (was_there) {
    ++group.base;
  } else {
    ++group.started;
  }
}

void GroupLedger::take_program(Member& member, const ProcessRecord& record) {
  member.comm = record.comm;
  member.image = record.image;
  member.next_image = 0;
  member.forked = record.forked;
  member.kernel_thread = record.kernel_thread;
}

// The sweep ran ahead of the event that says what was spent before the exec: one more round. After
// that the event is lost.
bool GroupLedger::awaits_exec_event(Member& member, const ProcessRecord& record) const {
  if (absence_ != Absence::awaits_event || record.image == member.image) return false;
  return std::exchange(member.next_image, record.image) != record.image;
}

void GroupLedger::sort_anew(Member& member, const ProcessRecord& record, const Classify& classify) {
  // A kernel worker renames itself with every piece of work, and stays what it is.
  const bool renamed = member.comm != record.comm && !record.kernel_thread;
  const bool exec = renamed || member.image != record.image || member.forked != record.forked ||
                    member.kernel_thread != record.kernel_thread;
  if (!exec && !reclassify_) return;
  take_program(member, record);
  const std::uint16_t before = member.slot;
  member.slot = slots_.slot_for(classify(record));
  if (member.slot == before) return;
  auto& groups = slots_.groups();
  if (reclassify_) {
    --groups[before].base;
    ++groups[member.slot].base;
  } else {
    ++groups[before].exited;
    ++groups[member.slot].started;
  }
}

void GroupLedger::charge(std::uint16_t slot, std::uint64_t cgroup, const GroupCounters& spent) {
  add(slots_.groups()[slot].totals, spent);
  const double cpu_seconds = spent.user_seconds + spent.system_seconds;
  if (cpu_seconds <= 0) return;
  attributed_cpu_seconds_ += cpu_seconds;
  if (cgroup != 0) cgroup_spent_[cgroup] += cpu_seconds;
}

void GroupLedger::keep_the_unread(std::span<const std::int32_t> unread) {
  if (unread.empty()) {
    never_read_.clear();
    return;
  }
  std::vector<std::int32_t> pids(unread.begin(), unread.end());
  std::sort(pids.begin(), pids.end());
  const auto is_unread = [&](std::int32_t pid) {
    return std::binary_search(pids.begin(), pids.end(), pid);
  };
  for (auto& [key, member] : members_) {
    if (member.sweep == sweep_ || member.life == Life::buried || !is_unread(key.pid)) continue;
    member.sweep = sweep_;
    ++present_;
    Group& group = slots_.groups()[member.slot];
    group.last_seen_alive = now_;
    ++group.living.processes;
    group.living.oldest_start_ticks = std::min(group.living.oldest_start_ticks, key.start_ticks);
  }
  if (sweep_ == 1) {
    never_read_ = std::move(pids);
  } else {
    std::erase_if(never_read_, [&](std::int32_t pid) { return !is_unread(pid); });
  }
}

void GroupLedger::leave(Member& member) {
  ++slots_.groups()[member.slot].exited;
  ++processes_ended_;
  member.life = Life::buried;
  member.buried_at = now_;
}

// The member, missing in this sweep, is forgotten: nothing more will be heard of it.
bool GroupLedger::bury(Member& member) {
  if (member.life != Life::buried) {
    const bool told = member.life == Life::told;
    leave(member);
    return told || absence_ == Absence::is_the_end;
  }
  if (now_ - member.buried_at <= kPatience) return false;
  if (sweep_ - member.sweep <= kPatienceSweeps) return false;
  ++unseen_ends_;
  return true;
}

void GroupLedger::bury_the_ended() {
  for (auto entry = members_.begin(); entry != members_.end();) {
    Member& member = entry->second;
    const bool forgotten = member.sweep != sweep_ && bury(member);
    entry = forgotten ? members_.erase(entry) : std::next(entry);
  }
}

}  // namespace perfwatch
