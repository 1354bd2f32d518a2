// SPDX-License-Identifier: Apache-2.0
#include "core/account/ebpf/images.h"

#include <utility>

namespace perfwatch {
namespace {

// A slot that keeps more than this for its next program would make the table grow by stealth.
constexpr std::size_t kKeepCapacity = 512;

void clear(std::string& text) {
  text.clear();
  if (text.capacity() > kKeepCapacity) text.shrink_to_fit();
}

}  // namespace

Images::Names* Images::put(std::uint64_t image) {
  const auto known = places_.find(image);
  if (known != places_.end()) {
    Slot& slot = slots_[known->second];
    bytes_ -= bytes_of(slot.names);
    slot.sweep = sweep_;
    return &slot.names;
  }
  // Once in a sweep: a flood of programs must not make us search a full table for each.
  if (is_full() && std::exchange(searched_, sweep_) != sweep_) forget(0);
  if (is_full()) return nullptr;
  if (free_.empty()) {
    free_.push_back(static_cast<std::uint32_t>(slots_.size()));
    slots_.emplace_back();
  }
  const std::uint32_t place = free_.back();
  free_.pop_back();
  places_.emplace(image, place);
  Slot& slot = slots_[place];
  slot.sweep = sweep_;
  slot.names.known = {};
  return &slot.names;
}

const Images::Names* Images::find(std::uint64_t image) const {
  const auto found = places_.find(image);
  return found != places_.end() ? &slots_[found->second].names : nullptr;
}

void Images::touch(std::uint64_t image) {
  const auto found = places_.find(image);
  if (found != places_.end()) slots_[found->second].sweep = sweep_;
}

void Images::end_sweep() {
  ++sweep_;
  forget(kForgetAfter);
}

void Images::forget(std::uint32_t age) {
  std::erase_if(places_, [&](const auto& entry) {
    Slot& slot = slots_[entry.second];
    // The sweep that is under way has not touched anything yet.
    if (sweep_ - slot.sweep <= age + 1) return false;
    bytes_ -= bytes_of(slot.names);
    clear(slot.names.exe);
    clear(slot.names.cmdline);
    clear(slot.names.cgroup);
    free_.push_back(entry.second);
    return true;
  });
}

}  // namespace perfwatch
