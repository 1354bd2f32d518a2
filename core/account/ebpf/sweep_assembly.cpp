// SPDX-License-Identifier: Apache-2.0
#include "core/account/ebpf/sweep_assembly.h"

#include <algorithm>

namespace perfwatch {
namespace {

constexpr std::size_t kLargestRecord = sizeof(WireProcess);
constexpr std::uint32_t kTooMany = 1;  // WireMemory::more

bool is_plausible(const WireHeader& header) {
  return header.size != 0 && header.size <= kLargestRecord;
}

bool is_dead(char state) { return state == 'Z' || state == 'X'; }

}  // namespace

void SweepAssembly::begin(std::vector<ProcessRecord>& out) {
  out.clear();
  out_ = &out;
  sums_.clear();
  rest_.clear();
  early_.clear();
  early_ins_.clear();
  uncounted_.clear();
  malformed_ = 0;
  broken_ = false;
}

void SweepAssembly::add(Bytes bytes) {
  while (!broken_ && !bytes.empty()) {
    if (rest_.empty()) {
      const auto header = peek_header(bytes);
      if (header && !is_plausible(*header)) return give_up();
      if (header && header->size <= bytes.size()) {
        add_whole(bytes.first(header->size));
        bytes = bytes.subspan(header->size);
        continue;
      }
    }
    // A record that the piece breaks off in: first its header, then as much as that says.
    auto header = peek_header(rest_);
    const std::size_t wanted = (header ? header->size : sizeof(WireHeader)) - rest_.size();
    const auto taken = bytes.first(std::min(wanted, bytes.size()));
    rest_.insert(rest_.end(), taken.begin(), taken.end());
    bytes = bytes.subspan(taken.size());
    header = peek_header(rest_);
    if (header && !is_plausible(*header)) return give_up();
    if (header && header->size == rest_.size()) {
      add_whole(rest_);
      rest_.clear();
    }
  }
}

void SweepAssembly::give_up() {
  ++malformed_;
  broken_ = true;
  rest_.clear();
}

void SweepAssembly::add_whole(Bytes record) {
  if (const auto process = decode<WireProcess>(record)) return add_process(*process);
  if (const auto thread = decode<WireThread>(record)) return add_thread(*thread);
  if (const auto stand_in = decode<WireStandIn>(record)) return add_stand_in(*stand_in);
  ++malformed_;
}

void SweepAssembly::add_process(const WireProcess& process) {
  if (!out_->empty() && process.who.pid <= out_->back().key.pid) {
    ++malformed_;  // place_of() lives by the order
    return;
  }
  if (process.memory.more == kTooMany) uncounted_.push_back(out_->size());
  // Doubling would hold twice what a host of thousands needs.
  if (out_->size() == out_->capacity()) out_->reserve(out_->size() + out_->size() / 4 + 256);
  const std::size_t place = out_->size();
  ProcessRecord& record = out_->emplace_back();
  fill_who(process.who, record);
  fill_memory(process.memory, page_bytes_, record);
  record.state = state_letter(process.state, process.exit_state);
  record.threads = process.threads;
  if (process.descriptor_limit != UINT64_MAX) record.descriptor_limit = process.descriptor_limit;
  const bool has_io = (process.who.flags & kWireHasIo) != 0;
  fill_usage(process.usage, has_io, record);
  if (process.threads > 1 || is_dead(record.state)) {
    sums_.push_back({place, process.usage, process.deaths, has_io});
  }
}

SweepAssembly::Sum* SweepAssembly::sum_of(std::size_t place) {
  const auto found =
      std::lower_bound(sums_.begin(), sums_.end(), place,
                       [](const Sum& sum, std::size_t wanted) { return sum.place < wanted; });
  return found != sums_.end() && found->place == place ? &*found : nullptr;
}

std::size_t SweepAssembly::place_of(std::int32_t pid) const {
  if (!out_->empty() && out_->back().key.pid == pid) return out_->size() - 1;
  const auto found = std::lower_bound(
      out_->begin(), out_->end(), pid,
      [](const ProcessRecord& record, std::int32_t p) { return record.key.pid < p; });
  if (found == out_->end() || found->key.pid != pid) return out_->size();
  return static_cast<std::size_t>(found - out_->begin());
}

void SweepAssembly::add_thread(const WireThread& thread) {
  const std::size_t place = place_of(thread.pid);
  if (place < out_->size()) {
    add_to(place, thread);
  } else {
    early_.push_back(thread);
  }
}

void SweepAssembly::add_to(std::size_t place, const WireThread& thread) {
  // Without one it became the second thread after its leader was read: the next sweep has it.
  if (Sum* sum = sum_of(place)) perfwatch::add(thread.usage, sum->usage);
  ProcessRecord& record = (*out_)[place];
  // A leader that ended before its threads is no zombie yet.
  const char state = state_letter(thread.state, thread.exit_state);
  if (is_dead(record.state) && !is_dead(state)) record.state = state;
}

void SweepAssembly::add_stand_in(const WireStandIn& stand_in) {
  const std::size_t place = place_of(stand_in.pid);
  if (place == out_->size()) {
    early_ins_.push_back(stand_in);
    return;
  }
  ProcessRecord& record = (*out_)[place];
  if (record.open_descriptors || record.resident_bytes != 0) return;  // one is enough
  if (stand_in.memory.more == kTooMany) uncounted_.push_back(place);
  fill_memory(stand_in.memory, page_bytes_, record);
}

void SweepAssembly::finish() {
  if (!rest_.empty()) ++malformed_;
  for (const auto& thread : early_) {
    const std::size_t place = place_of(thread.pid);
    const Sum* sum = place < out_->size() ? sum_of(place) : nullptr;
    if (sum != nullptr && thread.deaths == sum->deaths) add_to(place, thread);
  }
  for (const auto& stand_in : early_ins_) {
    if (place_of(stand_in.pid) < out_->size()) add_stand_in(stand_in);
  }
  for (const auto& sum : sums_) fill_usage(sum.usage, sum.has_io, (*out_)[sum.place]);
}

}  // namespace perfwatch
