// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "core/model/exits.h"

namespace perfwatch {

// The kinds of one minute: at most kLimit, whatever names come. Both parts of a kind's name are
// text of others.
//
// When a new kind finds no room, those that took the least CPU time are folded into comm "other" of
// their group (of too many groups: into "other" of group "other") until only kKept have a name of
// their own. So a flood of names costs the light kinds their names, never the heavy ones, and no
// sum is lost.
//
// Nothing is allocated for a kind that is there, but the text of a long group name once a kind.
class ExitKinds {
 public:
  static constexpr std::size_t kLimit = 256;
  static constexpr std::size_t kKept = 128;
  static constexpr std::size_t kOtherGroups = 64;

  ExitKinds();

  // The kind of this name, a new one with all zeros if need be. Valid until the next call.
  [[nodiscard]] ExitKind& at(const Comm& comm, std::string_view group);
  // Forgets all kinds; limited() stays.
  void clear();

  // In order of first appearance.
  [[nodiscard]] const std::vector<ExitKind>& all() const { return kinds_; }
  // Exits whose comm was given up to "other", since construction.
  [[nodiscard]] std::uint64_t limited() const { return limited_; }

 private:
  // A power of two, twice as many as kinds: short chains, and never full.
  static constexpr std::size_t kSlots = 2 * kLimit;
  static constexpr std::uint16_t kFree = 0xFFFF;

  [[nodiscard]] std::size_t slot_of(const Comm& comm, std::string_view group) const;
  ExitKind& insert(std::size_t slot, const Comm& comm, std::string_view group);
  void make_room();
  void fold(const ExitKind& kind);

  std::vector<ExitKind> kinds_;
  std::vector<ExitKind> before_;             // make_room()'s, kept for its memory
  std::array<std::uint16_t, kSlots> slots_;  // by hash, open addressing: index into kinds_
  std::uint64_t limited_ = 0;
};

}  // namespace perfwatch
