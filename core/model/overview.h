// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "core/model/finding.h"
#include "core/model/frame.h"

namespace perfwatch {

// Who is speaking.
struct DaemonInfo {
  std::string version;
  std::string revision;  // git commit, "unknown" outside a checkout
  std::string hostname;
  std::string kernel;  // uname -r
  std::chrono::system_clock::time_point started;
  int pid = 0;
};

// What the pages and the JSON interface show. Borrowed for the time of one call; `before` may be
// null, it is only there to be summarised.
struct Overview {
  const DaemonInfo& daemon;
  const Frame& frame;
  const Frame* before;
  const std::vector<const Alert*>& alerts;
};

}  // namespace perfwatch
