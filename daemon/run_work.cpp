// SPDX-License-Identifier: Apache-2.0
#include "daemon/run_work.h"

#include <utility>

#include "core/store/baselines.h"
#include "daemon/run_measurer.h"

namespace perfwatch {
namespace {

// Also while it goes on: its id is no secret then.
bool is_known(Database& database, const std::string& id) {
  const auto found = find_run(database, id);
  return found && found->id == id;
}

}  // namespace

Result<void> RunWork::run(Database& database) {
  for (const Run& run : begun) {
    // One that is known already, or cannot be kept, is written at its end.
    static_cast<void>(begin_run(database, run, this_measurer()));
  }
  Result<void> outcome;
  for (EndedRun& one : ended) {
    if (auto kept = keep(database, one); !kept) outcome = std::move(kept);
    if (!outcome) break;
  }
  if (in_a_hurry) return outcome;
  take_told(database);
  judge(database);
  if (outcome) tidy(database);
  return outcome;
}

Result<void> RunWork::keep(Database& database, EndedRun& one) {
  if (!one.replaces && is_known(database, one.run.id)) {
    one.kept = RunKept::known;
    return {};
  }
  auto written = finish_run(database, one.run);
  if (written) {
    one.kept = RunKept::stored;
    return {};
  }
  if (written.error().kind != ErrorKind::malformed) return written;
  one.kept = RunKept::refused;
  trouble = within("run " + one.run.id, std::move(written.error())).text;
  return {};
}

void RunWork::take_told(Database& database) {
  for (ToldBaseline& one : told) {
    one.done = import_answer(database, one.answer, now);
    one.answer.body = {};
  }
}

void RunWork::judge(Database& database) {
  const auto judge = [&](const Run& run) -> std::optional<JudgedRun> {
    auto judged = judge_run(database, run);
    if (judged) return std::move(*judged);
    trouble = within("judging run " + run.id, std::move(judged.error())).text;
    return std::nullopt;
  };
  for (EndedRun& one : ended) {
    if (one.kept != RunKept::stored) continue;
    one.judged = judge(one.run);
    if (!look_for_shared || one.run.outcome != RunOutcome::succeeded) continue;
    one.wants_shared = needs_shared(database, key_of(one.run), one.run.id).value_or(false);
  }
  for (JudgedAgain& one : again) {
    auto found = find_run(database, one.id);
    one.gone = !found && found.error().kind == ErrorKind::gone;
    if (!found || found->id != one.id) continue;
    one.judged = judge(*found);
    one.run = std::move(*found);
  }
}

void RunWork::tidy(Database& database) {
  if (prune) {
    const auto closed = close_interrupted_runs(database, is_alive);
    if (!closed) trouble = "marking interrupted runs: " + closed.error().text;
    const auto forgotten = prune_runs(database, now, *prune);
    if (!forgotten) trouble = "forgetting old runs: " + forgotten.error().text;
  }
  if (!count_baselines) return;
  const auto known = list_baselines(database);
  if (known) baselines = known->size();
}

}  // namespace perfwatch
