// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstdint>
#include <string>

#include "core/model/finding.h"

namespace perfwatch {

// What of alerts survives a restart of the daemon.

// How far an alert is on its way. Durations, for a process' clocks end with it.
struct AlertClocks {
  std::chrono::nanoseconds raised_for{0};   // pending: of `for`
  std::chrono::nanoseconds cleared_for{0};  // firing: of keep_firing_for
  std::chrono::nanoseconds no_data_for{0};  // since its last value
  bool broken = false;                      // pending: the next raise starts `for` anew
};

// One alert of the book.
struct SavedAlert {
  std::uint64_t id = 0;  // of one life, from pending to resolved; numbers begin anew with a daemon
  Alert alert;
  std::string metric;  // that its rule watches; empty once resolved
  Labels subject;      // the series' labels
  AlertClocks clocks;
  std::chrono::system_clock::time_point saved_at;
};

// One alert as a target was to hear of it.
struct SavedDelivery {
  std::string kind;    // of the target: "alertmanager", "webhook"
  std::string target;  // its name; never its URL, which may have a password
  Alert alert;
  bool taken = false;  // the target took it in this state
};

}  // namespace perfwatch
