// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <span>
#include <unordered_map>
#include <utility>
#include <vector>

#include "core/account/group.h"
#include "core/account/group_rules.h"
#include "core/account/group_slots.h"
#include "core/account/process_events.h"
#include "core/base/clock.h"
#include "core/model/exits.h"
#include "core/model/process.h"

namespace perfwatch {

// Keeps the counters of groups whose members come and go. Pure: no clock, no files.
//
// A process that is there at the first sweep counts from that sweep; a later one from its own
// start. One that ends leaves its last counters in its group. One that becomes another program
// (exec) or is sorted anew leaves what it spent so far and spends on in its new group; for exec
// that is an exit there and a start here, if the groups differ. A counter of a process that goes
// back adds nothing.
//
// Between the sweeps come events, where the tier has them: program_changed(), ended(),
// ended_unseen(). Then a process that is missing in a sweep has ended, too, but its last counters
// are still to come: they are added when they come within kPatience and kPatienceSweeps.
//
// A process that is there but cannot be read in a sweep stays a living member, its memory unknown,
// and goes on where it was once it can be read; one that could not be read since the first sweep
// counts from the sweep that reads it.
class GroupLedger {
 public:
  static constexpr auto kGroupRest = GroupSlots::kGroupRest;
  static constexpr auto kKernelSlot = GroupSlots::kKernelSlot;
  static constexpr auto kOtherSlot = GroupSlots::kOtherSlot;
  static constexpr auto kNoSlot = GroupSlots::kNoSlot;
  static constexpr std::chrono::seconds kPatience{60};
  static constexpr std::uint32_t kPatienceSweeps = 16;

  using Classify = std::function<GroupRules::Match(const ProcessRecord&)>;
  // Spent by the processes of one cgroup (ProcessRecord::cgroup).
  using CgroupCpu = std::pair<std::uint64_t, double>;

  enum class Absence : std::uint8_t {
    is_the_end,    // poll: what it spent since the sweep before is lost
    awaits_event,  // ended() tells the rest
  };

  // Where one record of the last update went and what it spent since the sweep before.
  struct Place {
    std::uint16_t slot = kNoSlot;  // kNoSlot: the same process twice in one sweep
    double cpu_seconds = 0;
    std::optional<std::uint64_t> io_bytes;
  };

  explicit GroupLedger(std::size_t limit, Absence absence = Absence::is_the_end);

  // Before the events and the sweep of a round.
  void begin_round(Instant now);
  // One sweep. `classify` is asked once for each new program. `unread`: the pids that are there
  // without a record, in any order.
  void update(std::span<const ProcessRecord> records, const Classify& classify,
              std::span<const std::int32_t> unread = {});

  // `process` runs another program since this moment; before, it ran `before` (its comm and image;
  // used when the process was not seen yet). Events before the first update() say nothing: it takes
  // everyone as they are.
  void program_changed(const ProcessRecord& process, const Program& before,
                       const Classify& classify);
  // The slot of the group that it leaves; kNoSlot when it is not counted, as it was there before
  // us.
  std::uint16_t ended(const ProcessExit& exit, const Classify& classify);
  std::uint16_t ended_unseen(const ExitSummary& summary, const Classify& classify);

  // Sorts every process anew with the next update; counters stay. See GroupSlots for the limit.
  void reclassify(std::size_t limit);

  // In slot order: kernel, other, then the named; a group keeps its slot as long as its name.
  [[nodiscard]] const std::vector<Group>& groups() const { return slots_.groups(); }
  // Parallel to the records of the last update.
  [[nodiscard]] const std::vector<Place>& places() const { return places_; }
  [[nodiscard]] std::uint64_t limited() const { return slots_.limited(); }

  // All that was ever added to any group, also to those that gave up their place.
  [[nodiscard]] double attributed_cpu_seconds() const { return attributed_cpu_seconds_; }
  // Spent since the update before the last one, by cgroup, in no order; without those of id 0.
  [[nodiscard]] const std::vector<CgroupCpu>& cgroup_cpu() const { return cgroup_cpu_; }
  // Processes that ended since the first sweep, and of those, whose last counters never came.
  [[nodiscard]] std::uint64_t processes_ended() const { return processes_ended_; }
  [[nodiscard]] std::uint64_t unseen_ends() const { return unseen_ends_; }
  // Members that ended since the last update and are kept until the next.
  [[nodiscard]] std::size_t told_since_update() const { return told_since_update_; }
  // The group of the living or just ended process with this pid; kNoSlot when there is none. A
  // search through all.
  [[nodiscard]] std::uint16_t slot_of(std::int32_t pid) const;

 private:
  enum class Life : std::uint8_t {
    living,
    told,    // its last counters are added; it may still be there, unwaited for
    buried,  // it is gone, its last counters may still come
  };
  struct Member {
    GroupCounters seen;
    std::uint64_t image = 0;
    std::uint64_t next_image = 0;  // seen in a sweep, its event is still to come
    std::uint64_t cgroup = 0;
    std::chrono::steady_clock::time_point buried_at{};
    Comm comm{};
    std::uint32_t sweep = 0;
    std::uint16_t slot = 0;
    Life life = Life::living;
    bool forked = false;
    bool kernel_thread = false;
  };
  // What decides about the group of a process of a known image.
  struct Kind {
    Comm comm{};
    std::uint64_t image = 0;
    std::uint64_t cgroup = 0;
    std::uint32_t uid = 0;
    bool operator==(const Kind&) const = default;
  };
  struct KindHash {
    std::size_t operator()(const Kind& kind) const noexcept;
  };

  [[nodiscard]] Place account(const ProcessRecord& record, const Classify& classify);
  void enter(Member& member, const ProcessRecord& record, const Classify& classify);
  void take_program(Member& member, const ProcessRecord& record);
  [[nodiscard]] bool awaits_exec_event(Member& member, const ProcessRecord& record) const;
  void sort_anew(Member& member, const ProcessRecord& record, const Classify& classify);
  [[nodiscard]] std::uint16_t slot_of_program(const ProcessRecord& record,
                                              const Classify& classify);
  void charge(std::uint16_t slot, std::uint64_t cgroup, const GroupCounters& spent);
  void tell(std::uint16_t slot, std::uint64_t cgroup, const GroupCounters& spent);
  [[nodiscard]] static GroupCounters everything(const ProcessRecord& record);
  [[nodiscard]] Member& enter_between_sweeps(const ProcessRecord& process, const Program& before,
                                             const Classify& classify);
  // It was there before the first sweep, which did not see it: what it spent until now is not
  // known.
  [[nodiscard]] bool was_there(const ProcessRecord& process) const {
    return process.key.start_ticks < first_sweep_ticks_;
  }
  void leave(Member& member);
  void keep_the_unread(std::span<const std::int32_t> unread);
  [[nodiscard]] bool bury(Member& member);
  void bury_the_ended();

  GroupSlots slots_;
  Absence absence_;
  std::unordered_map<ProcessKey, Member> members_;
  std::vector<Place> places_;
  std::unordered_map<Kind, std::uint16_t, KindHash> kinds_;  // of processes that no sweep saw
  std::uint64_t kinds_of_ = 0;                               // slots_.displacements() then
  std::vector<std::int32_t> never_read_;                     // pids, since the first sweep; sorted
  std::vector<CgroupCpu> cgroup_cpu_;
  std::unordered_map<std::uint64_t, double> cgroup_spent_;
  std::uint64_t first_sweep_ticks_ = 0;  // the youngest process of the first sweep
  std::uint32_t sweep_ = 0;
  std::size_t told_since_update_ = 0;
  std::size_t present_ = 0;  // distinct processes of this sweep
  double attributed_cpu_seconds_ = 0;
  std::uint64_t processes_ended_ = 0;
  std::uint64_t unseen_ends_ = 0;
  bool reclassify_ = false;
  std::chrono::steady_clock::time_point now_{};
};

}  // namespace perfwatch
