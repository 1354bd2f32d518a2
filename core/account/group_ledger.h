// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <functional>
#include <limits>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "core/account/group_rules.h"
#include "core/base/clock.h"
#include "core/model/process.h"

namespace perfwatch {

// What only grows. Of a process: since its start; of a group: of all that ever were in it.
// read_bytes and written_bytes are absent until they could be read of one member, then they stay.
struct GroupCounters {
  double user_seconds = 0;
  double system_seconds = 0;
  std::uint64_t minor_faults = 0;
  std::uint64_t major_faults = 0;
  std::uint64_t voluntary_switches = 0;
  std::uint64_t involuntary_switches = 0;
  std::optional<std::uint64_t> read_bytes;
  std::optional<std::uint64_t> written_bytes;
};

enum class ProcessState : std::uint8_t { running, sleeping, blocked, stopped, zombie, idle };
inline constexpr std::size_t kProcessStates = 6;
[[nodiscard]] ProcessState to_state(char letter);

// The living members at one sweep, and what their group spent since the sweep before.
struct GroupLiving {
  std::uint32_t processes = 0;
  std::uint32_t threads = 0;
  std::uint64_t resident_bytes = 0;
  std::uint64_t anonymous_bytes = 0;
  std::uint64_t swapped_bytes = 0;
  std::uint64_t largest_resident_bytes = 0;
  std::uint64_t oldest_start_ticks = std::numeric_limits<std::uint64_t>::max();
  std::array<std::uint32_t, kProcessStates> states{};
  std::optional<std::uint64_t> open_descriptors;  // absent when unreadable of all members
  std::optional<double> descriptor_limit_ratio;   // of the worst member
  double cpu_seconds_spent = 0;
  std::uint64_t io_bytes_moved = 0;
};

struct Group {
  std::string name;
  GroupCounters totals;
  GroupLiving living;
  std::uint64_t started = 0;
  std::uint64_t exited = 0;
  // living.processes == base + started - exited, always: the members at the first sweep, and those
  // that a change of rules moved here (or, below 0, away).
  std::int64_t base = 0;
  std::optional<std::uint64_t> memory_limit_bytes;  // the smallest of its rules
  bool reserved = false;  // a rule names it outright: outside the limit, never displaced
  bool pss = false;       // one of its rules wants its proportional memory
  std::chrono::steady_clock::time_point last_seen_alive{};  // when it last had a member

  [[nodiscard]] std::int64_t members() const {
    return base + static_cast<std::int64_t>(started) - static_cast<std::int64_t>(exited);
  }
};

// Keeps the counters of groups whose members come and go. Pure: no clock, no files.
//
// A process that is there at the first sweep counts from that sweep; a later one from its own
// start. One that ends leaves its last counters in its group. One that becomes another program
// (exec) or is sorted anew leaves what it spent so far and spends on in its new group; for exec
// that is an exit there and a start here, if the groups differ. A counter of a process that goes
// back adds nothing.
//
// A process that is there but cannot be read in a sweep stays a living member, its memory unknown,
// and goes on where it was once it can be read; one that could not be read since the first sweep
// counts from the sweep that reads it.
//
// At most `limit` groups have a name of their own, not counted those that a rule names outright:
// they always have their place. Once they are used up, a group that had no member for kGroupRest
// gives its place to a new name: its series end, and no other group takes over what it spent, as
// that would look like work that is done now. Should the old name return in a later sweep, it
// starts at 0 again. If none rests that long, the newcomer counts in `other` and in limited().
class GroupLedger {
 public:
  static constexpr std::chrono::minutes kGroupRest{10};
  static constexpr std::uint16_t kKernelSlot = 0;
  static constexpr std::uint16_t kOtherSlot = 1;
  static constexpr std::uint16_t kNoSlot = 0xFFFF;

  using Classify = std::function<GroupRules::Match(const ProcessRecord&)>;

  // Where one record of the last update went and what it spent since the sweep before.
  struct Place {
    std::uint16_t slot = kNoSlot;  // kNoSlot: the same process twice in one sweep
    double cpu_seconds = 0;
    std::optional<std::uint64_t> io_bytes;
  };

  explicit GroupLedger(std::size_t limit);

  // One sweep. `classify` is asked once for each new process, and after its program changed.
  // `unread`: the pids that are there without a record, in any order.
  void update(std::span<const ProcessRecord> records, Instant now, const Classify& classify,
              std::span<const std::int32_t> unread = {});
  // Sorts every process anew with the next update; counters stay. Under a lower limit the groups
  // that are too many lose their place, those without members first, then the youngest: their
  // series end, and their members count on in `other`.
  void reclassify(std::size_t limit);

  // In slot order: kernel, other, then the named; a group keeps its slot as long as its name.
  [[nodiscard]] const std::vector<Group>& groups() const { return groups_; }
  // Parallel to the records of the last update.
  [[nodiscard]] const std::vector<Place>& places() const { return places_; }
  // How many times a process was turned away to `other` by the limit.
  [[nodiscard]] std::uint64_t limited() const { return limited_; }

 private:
  struct Member {
    GroupCounters seen;
    Comm comm{};
    std::uint32_t sweep = 0;
    std::uint16_t slot = 0;
    bool forked = false;
    bool kernel_thread = false;
  };
  [[nodiscard]] Place account(const ProcessRecord& record, const Classify& classify);
  void enter(Member& member, const ProcessRecord& record, const Classify& classify);
  void sort_anew(Member& member, const ProcessRecord& record, const Classify& classify);
  [[nodiscard]] std::uint16_t slot_for(const GroupRules::Match& match);
  [[nodiscard]] std::optional<std::uint16_t> find_or_give_slot(const std::string& name,
                                                               bool reserved);
  [[nodiscard]] std::optional<std::uint16_t> replace_resting_group();
  void drop_groups_over_the_limit();
  void keep_the_unread(std::span<const std::int32_t> unread);
  void bury_the_ended();

  std::vector<Group> groups_;
  std::unordered_map<std::string, std::uint16_t> slots_;
  std::unordered_map<ProcessKey, Member> members_;
  std::vector<Place> places_;
  std::vector<std::string> displaced_;    // names that lost their place in this sweep
  std::vector<std::int32_t> never_read_;  // pids, since the first sweep; sorted
  std::size_t limit_;
  std::size_t reserved_ = 0;  // groups that a rule names outright
  std::uint32_t sweep_ = 0;
  std::size_t alive_ = 0;  // distinct processes of this sweep
  std::uint64_t limited_ = 0;
  bool reclassify_ = false;
  std::chrono::steady_clock::time_point now_{};
  std::chrono::steady_clock::time_point nothing_rests_until_{};
};

}  // namespace perfwatch
