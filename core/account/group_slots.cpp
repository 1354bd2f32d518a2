// SPDX-License-Identifier: Apache-2.0
#include "core/account/group_slots.h"

#include <algorithm>
#include <utility>

namespace perfwatch {
namespace {

constexpr std::size_t kMostGroups = 60'000;  // slots are 16 bits

std::chrono::minutes rest_of(const Group& group) {
  const double spent = group.totals.user_seconds + group.totals.system_seconds;
  return spent < GroupSlots::kLightCpuSeconds ? GroupSlots::kLightRest : GroupSlots::kGroupRest;
}

}  // namespace

GroupSlots::GroupSlots(std::size_t limit) : groups_(2), limit_(std::min(limit, kMostGroups)) {
  groups_[kKernelSlot].name = kKernelGroup;
  groups_[kOtherSlot].name = kOtherGroup;
  slots_.emplace(kKernelGroup, kKernelSlot);
  slots_.emplace(kOtherGroup, kOtherSlot);
}

void GroupSlots::set_limit(std::size_t limit) {
  limit_ = std::min(limit, kMostGroups);
  nothing_rests_until_ = {};
}

void GroupSlots::begin_round(TimePoint now) {
  now_ = now;
  displaced_.clear();
}

std::vector<std::uint16_t> GroupSlots::shrink_to_limit() {
  if (groups_.size() <= limit_ + reserved_ + 2) return {};
  return drop_those_over_the_limit();
}

std::uint16_t GroupSlots::slot_for(const GroupRules::Match& match) {
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

std::optional<std::uint16_t> GroupSlots::find_or_give_slot(const std::string& name, bool reserved) {
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
std::optional<std::uint16_t> GroupSlots::replace_resting_group() {
  if (now_ < nothing_rests_until_) return std::nullopt;
  const auto named = groups_.begin() + 2;
  // A member that was not looked at yet in this sweep keeps its group, however long ago the last
  // sweep was.
  const auto rests_until = [this](const Group& group) {
    const bool alive = group.members() > 0 || group.reserved;
    return (alive ? now_ : group.last_seen_alive) + rest_of(group);
  };
  const auto oldest = std::min_element(named, groups_.end(), [&](const Group& a, const Group& b) {
    return rests_until(a) < rests_until(b);
  });
  if (oldest == groups_.end()) return std::nullopt;
  if (now_ < rests_until(*oldest)) {
    nothing_rests_until_ = rests_until(*oldest);
    return std::nullopt;
  }
  slots_.erase(oldest->name);
  displaced_.push_back(std::move(oldest->name));
  ++displacements_;
  *oldest = Group{};
  return static_cast<std::uint16_t>(oldest - groups_.begin());
}

std::vector<std::uint16_t> GroupSlots::drop_those_over_the_limit() {
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
  ++displacements_;
  return moved;
}

}  // namespace perfwatch
