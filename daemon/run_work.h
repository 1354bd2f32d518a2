// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/base/result.h"
#include "core/store/database.h"
#include "core/store/runs.h"
#include "daemon/run_judge.h"
#include "daemon/shared_baseline.h"

namespace perfwatch {

// What became of a run that was to be kept.
enum class RunKept : std::uint8_t {
  waits,   // nobody could write it yet
  stored,  //
  known,   // there is one of that id already, which stays as it is
  refused  // the database does not take it: it never will
};

// A run that ended.
struct EndedRun {
  Run run;
  bool replaces = false;  // may take the place of one of that id
  RunKept kept = RunKept::waits;
  std::optional<JudgedRun> judged{};  // nullopt: the history could not be read
  bool wants_shared = false;          // it has too few before it, and others may have measured some
};

// A run that was judged before and is looked at again: its baseline may be another one by now.
struct JudgedAgain {
  std::string id;
  bool news = false;  // its baseline was too short, and others have measured some since
  bool gone = false;
  std::optional<Run> run{};  // nullopt: it is gone, or could not be read
  std::optional<JudgedRun> judged{};
};

// What other hosts have measured, as a server told it.
struct ToldBaseline {
  SharedAnswer answer;
  // Gone: the server knows nothing of it.
  Result<SharedImport> done = fail(ErrorKind::io, "the database did not take it");
};

// What the journal of runs has done in one turn on the database, on a worker: orders and what came
// of them.
struct RunWork {
  std::vector<Run> begun;
  std::vector<EndedRun> ended;
  std::vector<ToldBaseline> told;  // taken before anything is judged
  std::vector<JudgedAgain> again;
  std::optional<RunRetention> prune;  // forget what is too old or too much
  bool count_baselines = false;
  bool look_for_shared = false;  // there is somebody to ask for what others have measured
  bool in_a_hurry = false;       // write only: the daemon ends, the next one judges
  std::chrono::system_clock::time_point now;

  std::optional<std::size_t> baselines{};  // known, where they were to be counted
  std::string trouble{};                   // with what is no reason to try again

  [[nodiscard]] bool empty() const {
    return begun.empty() && ended.empty() && told.empty() && again.empty() && !prune &&
           !count_baselines;
  }
  // Blocks. An error: not all of `ended` could be written, see their `kept`.
  [[nodiscard]] Result<void> run(Database& database);

 private:
  [[nodiscard]] Result<void> keep(Database& database, EndedRun& ended);
  void take_told(Database& database);
  void judge(Database& database);
  void tidy(Database& database);
};

}  // namespace perfwatch
