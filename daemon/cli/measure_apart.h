// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <string>
#include <vector>

#include "core/base/result.h"
#include "core/base/unique_fd.h"
#include "daemon/cli/run_measure.h"
#include "daemon/cli/taken_signals.h"

namespace perfwatch {

// The signals that end a series of runs (SIGINT, SIGTERM, SIGHUP), taken from us while this object
// lives. What the terminal sends, the command gets by itself; the others are passed on to it.
class Interrupts {
 public:
  Interrupts();
  ~Interrupts();
  Interrupts(const Interrupts&) = delete;
  Interrupts& operator=(const Interrupts&) = delete;

  [[nodiscard]] int signal();  // the first that came; 0: none did
  // Waits for the end of the child and keeps what it writes into `pipe`, if that is valid, up to
  // `limit` bytes. Its status, as of waitpid(2).
  [[nodiscard]] int wait_for(pid_t child, const UniqueFd& pipe, std::size_t limit,
                             std::string& written);
  // In a child: as we were started.
  void restore() const { taken_.restore(); }

 private:
  void take(pid_t child);

  TakenSignals taken_;
  int first_ = 0;
};

// Where a command's output goes; its input is empty.
enum class BenchOutput : std::uint8_t {
  null,
  inherited,
  standard_error,  // all of it there, as standard output is for figures
};

// run_and_measure() in a process of its own, so that it can be done again and again: each begins as
// the first did, with a small process to fork (the peak memory of a process is at least that of the
// one that forked it), and what outlives one run is not a descendant of the next.
//
// The error: nothing was started. When we are killed the command gets SIGTERM.
[[nodiscard]] Result<RunEnd> measure_apart(const RunRequest& request, BenchOutput output,
                                           Interrupts& interrupts);

// Runs a command without measuring. The error: it did not succeed.
[[nodiscard]] Result<void> run_plain(const std::vector<std::string>& command, BenchOutput output,
                                     Interrupts& interrupts);

}  // namespace perfwatch
