// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

#include "core/account/group_ledger.h"

// Processes for the tests of the ledger, grouped by their comm.
namespace perfwatch::test {

inline Instant at(double seconds) {
  return {std::chrono::steady_clock::time_point(
              std::chrono::milliseconds(static_cast<std::int64_t>(seconds * 1000))),
          {}};
}

inline Comm comm_of(std::string_view name) {
  Comm comm{};
  std::copy_n(name.begin(), std::min(name.size(), comm.size()), comm.begin());
  return comm;
}

inline ProcessRecord record(std::int32_t pid, std::uint64_t start, std::string_view comm,
                            double user_seconds = 0) {
  ProcessRecord made;
  made.key = {pid, start};
  made.comm = comm_of(comm);
  made.state = 'S';
  made.threads = 1;
  made.user_seconds = user_seconds;
  return made;
}

inline GroupRules::Match by_comm(const ProcessRecord& process) {
  return {std::string(view(process.comm)), std::nullopt};
}

inline const Group* find(const GroupLedger& ledger, std::string_view name) {
  for (const auto& group : ledger.groups()) {
    if (group.name == name) return &group;
  }
  return nullptr;
}

}  // namespace perfwatch::test
