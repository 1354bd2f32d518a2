// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/result.h"
#include "core/model/baseline.h"
#include "core/model/process.h"
#include "core/model/run.h"
#include "core/store/database.h"

namespace perfwatch {

// Runs in the database. All of a run is kept as bounded() of core/model/run_limits.h leaves it.
// Writes are all or nothing, and several processes may write at once.

// The process that measures a run.
struct RunMeasurer {
  ProcessKey process;
  std::string boot_id;  // start_ticks count from this boot
};

// Keeps a run that has begun, as running: a measurer that is killed leaves a trace. Malformed: its
// id is no ULID; io: there is one of that id.
[[nodiscard]] Result<void> begin_run(Database& database, const Run& run,
                                     const RunMeasurer& measurer);

// Keeps a run that is over; in the place of what was known of it, if anything was. Malformed: its
// id is no ULID, or it is still running.
[[nodiscard]] Result<void> finish_run(Database& database, const Run& run);

// Marks running ones as interrupted whose measurer is not `alive`, at most 1,000 at once; how many.
[[nodiscard]] Result<std::size_t> close_interrupted_runs(
    Database& database, const std::function<bool(const RunMeasurer&)>& alive);

struct RunFilter {
  std::optional<std::string> component;
  std::optional<std::string> operation;
  std::optional<std::chrono::system_clock::time_point> since;  // began then or later
  std::optional<RunOutcome> outcome;
  std::optional<std::string> host_class;  // to_string(HostClass)
  std::size_t limit = 50;                 // at most kRunsListed
};
inline constexpr std::size_t kRunsListed = 10'000;

// Newest first; without timelines, command words and commands.
[[nodiscard]] Result<std::vector<Run>> list_runs(Database& database, const RunFilter& filter);

// One run, whole, by its id or by the beginning or the end of it, if no other run has the same.
// Gone: there is none. Malformed: several have it (they are named), or it can be no part of an id.
// A file that is damaged is io.
[[nodiscard]] Result<Run> find_run(Database& database, std::string_view id_or_part);

struct HistoryWish {
  BaselineKey key;
  std::size_t limit = 100;  // the latest so many, at most kBaselineRuns
  std::string before_run;   // only those before this run; empty: all
};

// What a run of this key is compared with: the latest that succeeded here, and those that were
// imported, from the accepted mark on. Oldest first; empty where there are none.
[[nodiscard]] Result<Baseline> history_of(Database& database, const HistoryWish& wish);

struct RunRetention {
  std::chrono::hours max_age = std::chrono::days(180);
  std::size_t max_count = 10'000;
};
// Of each baseline with an accepted mark, so many of the newest runs outlast max_age.
inline constexpr std::size_t kRunsKeptForMark = 30;

// Forgets the runs that are too old, and the oldest of what are too many then; how many.
[[nodiscard]] Result<std::size_t> prune_runs(Database& database,
                                             std::chrono::system_clock::time_point now,
                                             const RunRetention& retention = {});

}  // namespace perfwatch
