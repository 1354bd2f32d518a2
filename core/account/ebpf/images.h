// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "core/account/group_rules.h"

namespace perfwatch {

// What the programs are called that run now or ended just now, by image. Bounded; slots and their
// strings are used again.
class Images {
 public:
  static constexpr std::size_t kMaxImages = 32768;
  static constexpr std::size_t kMaxBytes = std::size_t{8} << 20U;  // of names
  // One that nobody touched since is forgotten then: about 10 s.
  static constexpr std::uint32_t kForgetAfter = 5;  // sweeps

  struct Names {
    std::string exe;
    std::string cmdline;  // joined by blanks
    std::string cgroup;
    IdentityNeeds known;
  };

  // The place to write the names of a program to, emptied of those of another; null when the table
  // is full of programs that run. account() must follow.
  [[nodiscard]] Names* put(std::uint64_t image);
  // Null when unknown. Valid until the next put() or end_sweep().
  [[nodiscard]] const Names* find(std::uint64_t image) const;
  // Somebody runs it.
  void touch(std::uint64_t image);
  // Counts what was written to `names`, a place of put().
  void account(const Names& names) { bytes_ += bytes_of(names); }
  void end_sweep();

  [[nodiscard]] std::size_t size() const { return places_.size(); }

 private:
  struct Slot {
    Names names;
    std::uint32_t sweep = 0;
  };
  [[nodiscard]] static std::size_t bytes_of(const Names& names) {
    return names.exe.size() + names.cmdline.size() + names.cgroup.size();
  }
  [[nodiscard]] bool is_full() const { return places_.size() >= kMaxImages || bytes_ >= kMaxBytes; }
  // Forgets those that were not touched for more than `age` sweeps.
  void forget(std::uint32_t age);

  std::unordered_map<std::uint64_t, std::uint32_t> places_;
  std::vector<Slot> slots_;
  std::vector<std::uint32_t> free_;
  std::size_t bytes_ = 0;
  std::uint32_t sweep_ = 0;
  std::uint32_t searched_ = UINT32_MAX;  // the sweep in which the full table was searched
};

}  // namespace perfwatch
