// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <unordered_map>

#include "core/account/group_rules.h"

namespace perfwatch {

// The names of programs by the number of their image, kept while a process runs them and a while
// longer: who ended is sorted into its group after its end.
class ImageNames {
 public:
  using Time = std::chrono::steady_clock::time_point;
  // Longer than the longest time from an event to the sweep that sorts it.
  static constexpr std::chrono::seconds kRest{10};
  static constexpr std::size_t kMostImages = 8192;
  static constexpr std::size_t kMostBytes = std::size_t{4} << 20U;

  struct Names {
    std::string exe;
    std::string cmdline;
    std::string cgroup;
    IdentityNeeds caught;  // those that were read; a process may lack one all the same
    Time used;
  };

  // Null when nothing is known of it.
  [[nodiscard]] const Names* find(std::uint64_t image) const;
  // Keeps what `caught` says of `identity`. Without room, after forgetting those that the last
  // sweep did not see, nothing.
  void keep(std::uint64_t image, const ProcessIdentity& identity, IdentityNeeds caught, Time now);
  // A process runs it, or ended with it.
  void use(std::uint64_t image, Time now);
  // After a sweep, whose images were used at its `time`.
  void end_sweep(Time time) {
    swept_ = time;
    forget_before(time - kRest);
  }
  [[nodiscard]] std::size_t size() const { return names_.size(); }

 private:
  void forget_before(Time limit);
  [[nodiscard]] static std::size_t size_of(const Names& names);

  std::unordered_map<std::uint64_t, Names> names_;
  std::size_t bytes_ = 0;
  Time swept_{};
  Time searched_{Time::min()};  // swept_ when the full table was searched
};

}  // namespace perfwatch
