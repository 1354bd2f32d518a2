// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sys/types.h>

#include <string>
#include <vector>

#include "core/base/result.h"
#include "core/base/unique_fd.h"
#include "daemon/cli/taken_signals.h"

namespace perfwatch {

// What env(1), nice(1) and timeout(1) answer for the command that they could not run.
inline constexpr int kExitRegressed = 3;  // ours alone
inline constexpr int kExitTimedOut = 124;
inline constexpr int kExitOwnTrouble = 125;
inline constexpr int kExitNotExecutable = 126;
inline constexpr int kExitNotFound = 127;
inline constexpr int kExitSignalled = 128;  // + its number

// The signals that concern a command, passed on to it while this object lives. What the terminal
// sends, it sends to the command itself, as that is in our process group.
class RunSignals {
 public:
  RunSignals();
  ~RunSignals();
  RunSignals(const RunSignals&) = delete;
  RunSignals& operator=(const RunSignals&) = delete;

  [[nodiscard]] int descriptor() const { return taken_.descriptor(); }
  // Takes what has come: true when a child may have changed. The others go to `pid`, except those
  // of the kernel.
  [[nodiscard]] bool take(pid_t pid);
  // In the child, before exec(2): mask and dispositions as we got them.
  void restore() const { taken_.restore(); }

 private:
  TakenSignals taken_;
};

// From now on a write that cannot be is an error, and does not end us: nobody reads any more
// (SIGPIPE), the file may not be so large (SIGXFSZ). After the fork: the command has what we got.
void outlive_writes();

// The command: forked at once, before anything of ours is open or large, and held at a gate until
// whoever measures is ready. Its descriptors, environment, limits, terminal and process group are
// those that we got.
class RunChild {
 public:
  [[nodiscard]] static Result<RunChild> spawn(const std::vector<std::string>& command,
                                              const RunSignals& signals);

  [[nodiscard]] pid_t pid() const { return pid_; }
  // Opens the gate. 0 when the command runs, else the errno of exec(2): the child ends by itself.
  [[nodiscard]] int start();

 private:
  RunChild(pid_t pid, UniqueFd gate, UniqueFd answer)
      : pid_(pid), gate_(std::move(gate)), answer_(std::move(answer)) {}

  pid_t pid_;
  UniqueFd gate_;    // to write to; closed without a word when we die, and the child ends
  UniqueFd answer_;  // to read from
};

}  // namespace perfwatch
