// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <initializer_list>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/clock.h"
#include "core/model/budget.h"
#include "core/model/process.h"
#include "core/model/samples.h"

namespace perfwatch {

// The latest good round of one collector.
struct Block {
  std::string_view collector;  // static storage: Collector::name()
  Instant taken;
  Samples samples;
};

// How a collector is doing, as /metrics, the page and `perfwatch status` show it.
struct CollectorState {
  std::string_view name;
  bool success = false;  // its last finished round
  bool stuck = false;    // past its deadline and not back yet
  bool paused = false;   // not run, to keep the budget
  Seconds duration{};    // of the last finished round
  Seconds interval{};    // its cadence now
  std::optional<std::chrono::system_clock::time_point> last_success;
  std::array<std::uint64_t, kErrorKinds> errors{};  // since start, items included
  std::string last_error;                           // empty when the last round was clean
  bool catches_up = false;                          // it has work between rounds
  std::uint64_t catch_ups = 0;                      // finished, since start
  Seconds catch_up_time{};                          // that they took together
};

struct Bottlenecks;
struct OomHistory;
struct RunBoard;

// Everything known at one instant. Immutable once published; scrapes, pages and rules read it,
// nobody waits for it.
struct Frame {
  Instant at;
  std::vector<std::shared_ptr<const Block>>
      blocks;                              // one per collector that has data, in catalogue order
  std::vector<CollectorState> collectors;  // all of them, in catalogue order
  std::shared_ptr<const ProcessTable> processes;   // null until the first sweep
  std::shared_ptr<const OomHistory> oom;           // null where nobody keeps one
  std::shared_ptr<const RunBoard> runs;            // null where nobody keeps them
  std::optional<BudgetState> budget;               // nullopt until it was judged
  std::shared_ptr<const Bottlenecks> bottlenecks;  // null until they were judged

  // How the processes of this frame were accounted; null when it has none.
  [[nodiscard]] const Accounting* accounting() const {
    return processes ? processes->accounting.get() : nullptr;
  }
  // The value of one series; nullopt when there is no such series or it is absent. A linear search:
  // for pages, never for rules.
  [[nodiscard]] std::optional<double> value(
      std::string_view metric, std::initializer_list<std::string_view> labels = {}) const;
};

}  // namespace perfwatch
