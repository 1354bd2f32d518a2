// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "daemon/cli/answers.h"

namespace perfwatch {

// What top shows, and so what the daemon is asked for.
struct TopQuestion {
  std::string group;  // its processes; empty: all groups
  bool dead = false;  // instead of both: what ended in the last `minutes`
  unsigned minutes = 5;

  bool operator==(const TopQuestion&) const = default;
};

// What one round of asking brought. With an `error` the rest is empty and the screen keeps what it
// had.
struct TopData {
  TopQuestion question;
  StatusAnswer status;
  std::vector<GroupRow> groups;
  std::vector<ProcessRow> processes;
  ExitsAnswer exits;
  std::string error;
};

}  // namespace perfwatch
