// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "core/base/result.h"
#include "core/model/run.h"
#include "daemon/cli/address.h"

namespace perfwatch {

// What the commands tell a daemon of runs: over its unix socket, where it knows who asks.

// The daemon's socket; unsupported where `address` is another one.
[[nodiscard]] Result<void> check_local(const Address& address);

// A run that has ended. Waits for at most a second. True: the daemon has taken it.
[[nodiscard]] bool register_run(const Address& address, const Run& run);

struct RunBegin {
  std::string component;
  std::string operation;
  std::vector<std::pair<std::string, std::string>> labels;
  std::int32_t pid = 0;  // its root process
  bool cold = false;
};
// Has the daemon measure a process and all that it starts from now on; the run's id.
[[nodiscard]] Result<std::string> begin_run_there(const Address& address, const RunBegin& begin);
// The run is over.
[[nodiscard]] Result<void> end_run_there(const Address& address, const std::string& id,
                                         int exit_code);

}  // namespace perfwatch
