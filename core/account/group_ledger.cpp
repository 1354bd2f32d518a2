// SPDX-License-Identifier: Apache-2.0
#include "core/account/group_ledger.h"

#include <algorithm>
#include <utility>

namespace perfwatch {
namespace {

constexpr std::size_t kMostGroups = 60'000;  // slots are 16 bits

// What `now` adds to `seen`, which becomes `now`. Less than before adds nothing.
template <class Number>
Number advance(Number& seen, Number now) {
  const Number before = std::exchange(seen, now);
  return now > before ? now - before : Number{};
}

// The same where a value may be unreadable: the first that is read is the baseline.
std::optional<std::uint64_t> advance(std::optional<std::uint64_t>& seen,
                                     std::optional<std::uint64_t> now) {
  if (!now) return std::nullopt;
  if (!seen) {
    seen = now;
    return 0;
  }
  return advance(*seen, *now);
}

void add(std::optional<std::uint64_t>& total, std::optional<std::uint64_t> more) {
  if (more) total = total.value_or(0) + *more;
}

GroupCounters counters_of(const ProcessRecord& record) {
  return {record.user_seconds, record.system_seconds,     record.minor_faults,
          record.major_faults, record.voluntary_switches, record.involuntary_switches,
          record.read_bytes,   record.written_bytes};
}

// Brings `seen` up to the record; returns the differences.
GroupCounters advance(GroupCounters& seen, const ProcessRecord& record) {
  return {advance(seen.user_seconds, record.user_seconds),
          advance(seen.system_seconds, record.system_seconds),
          advance(seen.minor_faults, record.minor_faults),
          advance(seen.major_faults, record.major_faults),
          advance(seen.voluntary_switches, record.voluntary_switches),
          advance(seen.involuntary_switches, record.involuntary_switches),
          advance(seen.read_bytes, record.read_bytes),
          advance(seen.written_bytes, record.written_bytes)};
}

void add(GroupCounters& total, const GroupCounters& more) {
  total.user_seconds += more.user_seconds;
  total.system_seconds += more.system_seconds;
  total.minor_faults += more.minor_faults;
  total.major_faults += more.major_faults;
  total.voluntary_switches += more.voluntary_switches;
  total.involuntary_switches += more.involuntary_switches;
  add(total.read_bytes, more.read_bytes);
  add(total.written_bytes, more.written_bytes);
}

void add_living(GroupLiving& living, const ProcessRecord& record) {
  ++living.processes;
  living.threads += record.threads;
  living.resident_bytes += record.resident_bytes;
  living.anonymous_bytes += record.anonymous_bytes;
  living.swapped_bytes += record.swapped_bytes;
  living.largest_resident_bytes = std::max(living.largest_resident_bytes, record.resident_bytes);
  living.oldest_start_ticks = std::min(living.oldest_start_ticks, record.key.start_ticks);
  ++living.states[static_cast<std::size_t>(to_state(record.state))];
  if (!record.open_descriptors) return;
  add(living.open_descriptors, *record.open_descriptors);
  if (record.descriptor_limit && *record.descriptor_limit > 0) {
    const double ratio = static_cast<double>(*record.open_descriptors) /
                         static_cast<double>(*record.descriptor_limit);
    living.descriptor_limit_ratio = std::max(living.descriptor_limit_ratio.value_or(0), ratio);
  }
}

}  // namespace

ProcessState to_state(char letter) {
  switch (letter) {
    case 'R':
      return ProcessState::running;
    case 'D':
      return ProcessState::blocked;
    case 'T':
    case 't':
      return ProcessState::stopped;
    case 'Z':
    case 'X':
    case 'x':
      return ProcessState::zombie;
    case 'I':
      return ProcessState::idle;
    default:  // S, and the short-lived K, W and P of older kernels
      return ProcessState::sleeping;
  }
}

GroupLedger::GroupLedger(std::size_t limit) : groups_(2), limit_(std::min(limit, kMostGroups)) {
  groups_[kKernelSlot].name = kKernelGroup;
  groups_[kOtherSlot].name = kOtherGroup;
  slots_.emplace(kKernelGroup, kKernelSlot);
  slots_.emplace(kOtherGroup, kOtherSlot);
}

void GroupLedger::reclassify(std::size_t limit) {
  limit_ = std::min(limit, kMostGroups);
  reclassify_ = true;
  nothing_rests_until_ = {};
}

void GroupLedger::update(std::span<const ProcessRecord> records, Instant now,
                         const Classify& classify, std::span<const std::int32_t> unread) {
  now_ = now.monotonic;
  ++sweep_;
  alive_ = 0;
  displaced_.clear();
  if (groups_.size() > limit_ + reserved_ + 2) drop_groups_over_the_limit();
  for (auto& group : groups_) {
    group.living = {};
    if (reclassify_) group.memory_limit_bytes.reset();
    if (reclassify_) group.pss = false;
  }
  places_.resize(records.size());
  for (std::size_t i = 0; i < records.size(); ++i) places_[i] = account(records[i], classify);
  keep_the_unread(unread);
  if (alive_ < members_.size()) bury_the_ended();
  reclassify_ = false;
}

GroupLedger::Place GroupLedger::account(const ProcessRecord& record, const Classify& classify) {
  const auto [entry, fresh] = members_.try_emplace(record.key);
  Member& member = entry->second;
  if (member.sweep == sweep_) return {};
  member.sweep = sweep_;
  ++alive_;
  if (fresh) {
    enter(member, record, classify);
  } else {
    sort_anew(member, record, classify);
  }
  const GroupCounters spent = advance(member.seen, record);
  Group& group = groups_[member.slot];
  group.last_seen_alive = now_;
  add(group.totals, spent);
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
  member.comm = record.comm;
  member.forked = record.forked;
  member.kernel_thread = record.kernel_thread;
  member.slot = slot_for(classify(record));
  Group& group = groups_[member.slot];
  if (was_there) {
    ++group.base;
  } else {
    ++group.started;
  }
}

void GroupLedger::sort_anew(Member& member, const ProcessRecord& record, const Classify& classify) {
  // A kernel worker renames itself with every piece of work, and stays what it is.
  const bool renamed = member.comm != record.comm && !record.kernel_thread;
  const bool exec =
      renamed || member.forked != record.forked || member.kernel_thread != record.kernel_thread;
  if (!exec && !reclassify_) return;
  member.comm = record.comm;
  member.forked = record.forked;
  member.kernel_thread = record.kernel_thread;
  const std::uint16_t before = member.slot;
  member.slot = slot_for(classify(record));
  if (member.slot == before) return;
  if (reclassify_) {
    --groups_[before].base;
    ++groups_[member.slot].base;
  } else {
    ++groups_[before].exited;
    ++groups_[member.slot].started;
  }
}

std::uint16_t GroupLedger::slot_for(const GroupRules::Match& match) {
  const auto slot = find_or_give_slot(match.group, match.reserved);
  if (!slot) {
    ++limited_;
    return kOtherSlot;
  }
  groups_[*slot].pss = groups_[*slot].pss || match.pss;
  auto& limit = groups_[*slot].memory_limit_bytes;
  if (match.memory_limit_bytes) {
    limit = std::min(limit.value_or(*match.memory_limit_bytes), *match.memory_limit_bytes);
  }
  return *slot;
}

std::optional<std::uint16_t> GroupLedger::find_or_give_slot(const std::string& name,
                                                            bool reserved) {
  const auto known = slots_.find(name);
  if (known != slots_.end()) {
    Group& group = groups_[known->second];
    if (reserved && !group.reserved && known->second > kOtherSlot) {
      group.reserved = true;
      ++reserved_;
    }
    return known->second;
  }
  // A name that lost its place in this very sweep: born again now, its series would go back without
  // having been away.
  if (std::find(displaced_.begin(), displaced_.end(), name) != displaced_.end()) {
    return std::nullopt;
  }
  std::optional<std::uint16_t> slot;
  if (reserved || groups_.size() < limit_ + reserved_ + 2) {
    slot = static_cast<std::uint16_t>(groups_.size());
    groups_.emplace_back();
  } else {
    slot = replace_resting_group();
  }
  if (!slot) return std::nullopt;
  groups_[*slot].name = name;
  groups_[*slot].reserved = reserved;
  if (reserved) ++reserved_;
  slots_.emplace(name, *slot);
  return slot;
}

// A search through all groups, so not again before one can have rested long enough.
std::optional<std::uint16_t> GroupLedger::replace_resting_group() {
  if (now_ < nothing_rests_until_) return std::nullopt;
  const auto named = groups_.begin() + 2;
  // A member that was not looked at yet in this sweep keeps its group, however long ago the last
  // sweep was.
  const auto alive_until = [this](const Group& group) {
    return group.members() > 0 || group.reserved ? now_ : group.last_seen_alive;
  };
  const auto oldest = std::min_element(named, groups_.end(), [&](const Group& a, const Group& b) {
    return alive_until(a) < alive_until(b);
  });
  if (oldest == groups_.end()) return std::nullopt;
  if (now_ - alive_until(*oldest) < kGroupRest) {
    nothing_rests_until_ = alive_until(*oldest) + kGroupRest;
    return std::nullopt;
  }
  slots_.erase(oldest->name);
  displaced_.push_back(std::move(oldest->name));
  *oldest = Group{};
  return static_cast<std::uint16_t>(oldest - groups_.begin());
}

void GroupLedger::drop_groups_over_the_limit() {
  std::vector<std::uint16_t> kept;
  for (std::size_t slot = 2; slot < groups_.size(); ++slot) {
    kept.push_back(static_cast<std::uint16_t>(slot));
  }
  std::stable_partition(kept.begin(), kept.end(),
                        [this](std::uint16_t slot) { return groups_[slot].members() > 0; });
  std::stable_partition(kept.begin(), kept.end(),
                        [this](std::uint16_t slot) { return groups_[slot].reserved; });
  kept.resize(limit_ + reserved_);
  std::sort(kept.begin(), kept.end());

  std::vector<std::uint16_t> moved(groups_.size(), kOtherSlot);  // old slot -> new
  moved[kKernelSlot] = kKernelSlot;
  std::uint16_t next = 2;
  for (const std::uint16_t slot : kept) moved[slot] = next++;
  for (std::size_t slot = 2; slot < groups_.size(); ++slot) {
    Group& group = groups_[slot];
    if (moved[slot] == kOtherSlot) {
      groups_[kOtherSlot].base += group.members();
      slots_.erase(group.name);
      displaced_.push_back(std::move(group.name));
    } else if (moved[slot] != slot) {
      slots_[group.name] = moved[slot];
      groups_[moved[slot]] = std::move(group);
    }
  }
  groups_.resize(next);
  for (auto& [key, member] : members_) member.slot = moved[member.slot];
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
    if (member.sweep == sweep_ || !is_unread(key.pid)) continue;
    member.sweep = sweep_;
    ++alive_;
    Group& group = groups_[member.slot];
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

void GroupLedger::bury_the_ended() {
  std::erase_if(members_, [this](const auto& entry) {
    if (entry.second.sweep == sweep_) return false;
    ++groups_[entry.second.slot].exited;
    return true;
  });
}

}  // namespace perfwatch
