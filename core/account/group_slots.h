// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "core/account/group.h"
#include "core/account/group_rules.h"

namespace perfwatch {

// Which group has which place. `kernel` and `other` have the first two for ever.
//
// At most `limit` groups have a name of their own, not counted those that a rule names outright:
// they always have their place. Once they are used up, a group that had no member for kGroupRest
// (kLightRest when it spent less than kLightCpuSeconds in all, so that names that anybody makes up
// do not keep the others out for long) gives its place to a new name: its series end, and no other
// group takes over what it spent, as that would look like work that is done now. Should the old
// name return in a later sweep, it starts at 0 again. If none rests that long, the newcomer counts
// in `other` and in limited().
class GroupSlots {
 public:
  static constexpr std::chrono::minutes kGroupRest{10};
  static constexpr std::chrono::minutes kLightRest{1};
  static constexpr double kLightCpuSeconds = 1;
  static constexpr std::uint16_t kKernelSlot = 0;
  static constexpr std::uint16_t kOtherSlot = 1;
  static constexpr std::uint16_t kNoSlot = 0xFFFF;
  using TimePoint = std::chrono::steady_clock::time_point;

  explicit GroupSlots(std::size_t limit);

  void set_limit(std::size_t limit);
  // A round begins: names that lost their place in the round before may come back.
  void begin_round(TimePoint now);
  // Under a lower limit the groups that are too many lose their place, those without members first,
  // then the youngest: their series end, and their members count on in `other`. Where each slot
  // went; empty when nothing had to move.
  [[nodiscard]] std::vector<std::uint16_t> shrink_to_limit();
  [[nodiscard]] std::uint16_t slot_for(const GroupRules::Match& match);

  [[nodiscard]] std::vector<Group>& groups() { return groups_; }
  [[nodiscard]] const std::vector<Group>& groups() const { return groups_; }
  // How many times a process was turned away to `other` by the limit.
  [[nodiscard]] std::uint64_t limited() const { return limited_; }
  // Grows whenever a name loses its place: a slot that was remembered may be another's now.
  [[nodiscard]] std::uint64_t displacements() const { return displacements_; }

 private:
  [[nodiscard]] std::optional<std::uint16_t> find_or_give_slot(const std::string& name,
                                                               bool reserved);
  [[nodiscard]] std::optional<std::uint16_t> replace_resting_group();
  [[nodiscard]] std::vector<std::uint16_t> drop_those_over_the_limit();

  std::vector<Group> groups_;
  std::unordered_map<std::string, std::uint16_t> slots_;
  std::vector<std::string> displaced_;  // names that lost their place in this round
  std::size_t limit_;
  std::size_t reserved_ = 0;  // groups that a rule names outright
  std::uint64_t limited_ = 0;
  std::uint64_t displacements_ = 0;
  TimePoint now_{};
  TimePoint nothing_rests_until_{};
};

}  // namespace perfwatch
