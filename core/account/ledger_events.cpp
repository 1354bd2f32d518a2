// SPDX-License-Identifier: Apache-2.0
// What GroupLedger hears between two sweeps.
#include <algorithm>

#include "core/account/group_counters.h"
#include "core/account/group_ledger.h"

namespace perfwatch {
namespace {

// Kinds of short-lived programs that are remembered; then all are asked for anew.
constexpr std::size_t kMostKinds = 4096;

std::uint64_t io_bytes(const GroupCounters& spent) {
  return spent.read_bytes.value_or(0) + spent.written_bytes.value_or(0);
}

}  // namespace

// Storms are forks of few programs: the rules are asked once for each kind.
std::uint16_t GroupLedger::slot_of_program(const ProcessRecord& record, const Classify& classify) {
  if (record.image == 0) return slots_.slot_for(classify(record));  // any program, for all we know
  if (kinds_of_ != slots_.displacements() || kinds_.size() >= kMostKinds) {
    kinds_.clear();
    kinds_of_ = slots_.displacements();
  }
  const auto [entry, fresh] =
      kinds_.try_emplace({record.comm, record.image, record.cgroup, record.uid});
  if (fresh) {
    const std::uint16_t slot = slots_.slot_for(classify(record));
    if (kinds_of_ != slots_.displacements()) return slot;  // the table is void already
    entry->second = slot;
  }
  return entry->second;
}

void GroupLedger::tell(std::uint16_t slot, std::uint64_t cgroup, const GroupCounters& spent) {
  charge(slot, cgroup, spent);
  Group& group = slots_.groups()[slot];
  group.last_seen_alive = now_;
  group.cpu_seconds_told += spent.user_seconds + spent.system_seconds;
  group.io_bytes_told += io_bytes(spent);
}

GroupCounters GroupLedger::everything(const ProcessRecord& record) {
  GroupCounters seen;
  seen.read_bytes = 0;
  seen.written_bytes = 0;
  return advance(seen, record);
}

GroupLedger::Member& GroupLedger::enter_between_sweeps(const ProcessRecord& process,
                                                       const Program& before,
                                                       const Classify& classify) {
  Member& member = members_.try_emplace(process.key).first->second;
  ProcessRecord as_it_was = process;
  as_it_was.image = before.image;
  as_it_was.state = 'X';  // what /proc shows by now is another program
  as_it_was.comm = before.comm;
  take_program(member, as_it_was);
  member.sweep = sweep_;
  member.slot = slot_of_program(as_it_was, classify);
  Group& group = slots_.groups()[member.slot];
  if (was_there(process)) {
    member.seen = counters_of(process);
    ++group.base;
  } else {
    member.seen.read_bytes = 0;
    member.seen.written_bytes = 0;
    ++group.started;
  }
  return member;
}

void GroupLedger::program_changed(const ProcessRecord& process, const Program& before,
                                  const Classify& classify) {
  if (sweep_ == 0) return;
  const auto known = members_.find(process.key);
  Member& member =
      known != members_.end() ? known->second : enter_between_sweeps(process, before, classify);
  if (member.life != Life::living) return;
  tell(member.slot, process.cgroup, advance(member.seen, process));
  sort_anew(member, process, classify);
}

std::uint16_t GroupLedger::ended(const ProcessExit& exit, const Classify& classify) {
  if (sweep_ == 0) return kNoSlot;
  const ProcessRecord& last = exit.last;
  const auto known = members_.find(last.key);
  if (known == members_.end() && was_there(last)) return kNoSlot;
  if (known == members_.end() && !exit.lingers) {
    const std::uint16_t slot = slot_of_program(last, classify);
    tell(slot, last.cgroup, everything(last));
    Group& group = slots_.groups()[slot];
    ++group.started;
    ++group.exited;
    ++processes_ended_;
    return slot;
  }
  Member& member = known != members_.end()
                       ? known->second
                       : enter_between_sweeps(last, {last.image, last.comm}, classify);
  if (member.life == Life::told) return member.slot;
  if (member.life == Life::living) sort_anew(member, last, classify);
  tell(member.slot, last.cgroup, advance(member.seen, last));
  const std::uint16_t slot = member.slot;
  if (member.life == Life::living && exit.lingers) {
    member.life = Life::told;
    ++told_since_update_;
    return slot;
  }
  if (member.life == Life::living) leave(member);
  members_.erase(last.key);
  return slot;
}

std::uint16_t GroupLedger::ended_unseen(const ExitSummary& summary, const Classify& classify) {
  if (sweep_ == 0) return kNoSlot;
  const std::uint16_t slot = slot_of_program(summary.sum, classify);
  tell(slot, summary.sum.cgroup, everything(summary.sum));
  Group& group = slots_.groups()[slot];
  group.started += summary.count;
  group.exited += summary.count;
  processes_ended_ += summary.count;
  return slot;
}

std::uint16_t GroupLedger::slot_of(std::int32_t pid) const {
  const Member* found = nullptr;
  for (const auto& [key, member] : members_) {
    if (key.pid == pid && (found == nullptr || member.sweep > found->sweep)) found = &member;
  }
  return found != nullptr ? found->slot : kNoSlot;
}

}  // namespace perfwatch
