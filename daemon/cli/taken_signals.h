// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <signal.h>
#include <sys/signalfd.h>

#include <optional>
#include <span>

#include "core/base/unique_fd.h"

namespace perfwatch {

// SIGCHLD and other signals, kept from this process while this object lives: they come by
// descriptor(). One whom its parent told to ignore SIGCHLD would get no exit codes: it does not,
// meanwhile. What has come and was not taken before the end of this object is delivered then.
class TakenSignals {
 public:
  explicit TakenSignals(std::span<const int> others);
  ~TakenSignals();
  TakenSignals(const TakenSignals&) = delete;
  TakenSignals& operator=(const TakenSignals&) = delete;

  // To be polled; below 0 where there was none to have.
  [[nodiscard]] int descriptor() const { return descriptor_.get(); }
  // The next that has come; nullopt when there is none.
  [[nodiscard]] std::optional<signalfd_siginfo> next() const;
  // In a child, before exec(2): mask and dispositions as they were.
  void restore() const;

 private:
  sigset_t before_{};
  struct sigaction child_before_ {};
  UniqueFd descriptor_;
};

}  // namespace perfwatch
