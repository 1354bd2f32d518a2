// SPDX-License-Identifier: Apache-2.0
#include "core/account/exit_kinds.h"

#include <algorithm>
#include <cstring>
#include <functional>
#include <utility>

namespace perfwatch {
namespace {

constexpr Comm kOther{'o', 't', 'h', 'e', 'r'};
constexpr std::string_view kOtherGroup = "other";

// What stands behind the first '\0' is no part of the name.
Comm padded(const Comm& comm) {
  Comm out{};
  const std::string_view name = view(comm);
  std::copy(name.begin(), name.end(), out.begin());
  return out;
}

std::uint64_t mixed(std::uint64_t x) {
  // splitmix64's finaliser.
  x = (x ^ (x >> 30U)) * 0xBF58476D1CE4E5B9ULL;
  x = (x ^ (x >> 27U)) * 0x94D049BB133111EBULL;
  return x ^ (x >> 31U);
}

std::uint64_t hash_of(const Comm& comm, std::string_view group) {
  std::uint64_t halves[2];
  std::memcpy(halves, comm.data(), sizeof halves);
  return mixed(halves[0] ^ mixed(halves[1] ^ std::hash<std::string_view>{}(group)));
}

bool heavier(const ExitKind& a, const ExitKind& b) {
  const double cpu_a = cpu_seconds(a);
  const double cpu_b = cpu_seconds(b);
  return cpu_a != cpu_b ? cpu_a > cpu_b : a.count > b.count;
}

}  // namespace

ExitKinds::ExitKinds() {
  kinds_.reserve(kLimit);
  slots_.fill(kFree);
}

void ExitKinds::clear() {
  kinds_.clear();
  slots_.fill(kFree);
}

std::size_t ExitKinds::slot_of(const Comm& comm, std::string_view group) const {
  std::size_t slot = hash_of(comm, group) % kSlots;
  while (slots_[slot] != kFree) {
    const ExitKind& kind = kinds_[slots_[slot]];
    if (kind.comm == comm && kind.group == group) break;
    slot = (slot + 1) % kSlots;
  }
  return slot;
}

ExitKind& ExitKinds::insert(std::size_t slot, const Comm& comm, std::string_view group) {
  slots_[slot] = static_cast<std::uint16_t>(kinds_.size());
  ExitKind& kind = kinds_.emplace_back();
  kind.comm = comm;
  kind.group = group;
  return kind;
}

ExitKind& ExitKinds::at(const Comm& comm, std::string_view group) {
  const Comm name = padded(comm);
  std::size_t slot = slot_of(name, group);
  if (slots_[slot] != kFree) return kinds_[slots_[slot]];
  if (kinds_.size() >= kLimit) {
    make_room();
    slot = slot_of(name, group);
    if (slots_[slot] != kFree) return kinds_[slots_[slot]];
  }
  return insert(slot, name, group);
}

void ExitKinds::make_room() {
  std::swap(before_, kinds_);
  clear();
  kinds_.reserve(kLimit);
  std::array<std::uint16_t, kLimit> order;
  for (std::size_t i = 0; i < kLimit; ++i) order[i] = static_cast<std::uint16_t>(i);
  std::nth_element(order.begin(), order.begin() + kKept, order.end(),
                   [&](auto a, auto b) { return heavier(before_[a], before_[b]); });
  // The kept keep their order.
  std::sort(order.begin(), order.begin() + kKept);
  for (std::size_t i = 0; i < kKept; ++i) {
    ExitKind& kind = before_[order[i]];
    insert(slot_of(kind.comm, kind.group), kind.comm, kind.group) = std::move(kind);
  }
  for (std::size_t i = kKept; i < kLimit; ++i) fold(before_[order[i]]);
  before_.clear();
}

void ExitKinds::fold(const ExitKind& kind) {
  if (kind.comm != kOther) limited_ += kind.count;
  std::size_t slot = slot_of(kOther, kind.group);
  std::string_view group = kind.group;
  if (slots_[slot] == kFree && kinds_.size() >= kKept + kOtherGroups) {
    group = kOtherGroup;
    slot = slot_of(kOther, group);
  }
  add_up(slots_[slot] != kFree ? kinds_[slots_[slot]] : insert(slot, kOther, group), kind);
}

}  // namespace perfwatch
