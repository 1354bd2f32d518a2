// SPDX-License-Identifier: Apache-2.0
#include "daemon/run_reports.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "core/analyse/run_summary.h"
#include "daemon/run_judge.h"

namespace perfwatch {
namespace {

// Of one operation, newest first.
using RunsOfOne = std::vector<Run>;

bool same_operation(const Run& a, const Run& b) {
  return a.component == b.component && a.operation == b.operation;
}

// In the order in which they are met: the most recently used first.
std::vector<RunsOfOne> by_operation(std::vector<Run> newest_first, std::size_t& other_hosts) {
  std::vector<RunsOfOne> all;
  for (Run& run : newest_first) {
    const auto found = std::find_if(all.begin(), all.end(), [&](const RunsOfOne& one) {
      return same_operation(one.front(), run);
    });
    if (found == all.end()) {
      all.emplace_back().push_back(std::move(run));
    } else if (to_string(found->front().host_class) == to_string(run.host_class)) {
      found->push_back(std::move(run));
    } else {
      ++other_hosts;
    }
  }
  return all;
}

// The newest that succeeded with warm caches: one with cold ones says nothing of those before it.
// Where all were cold, the newest of these, as summarise_runs() counts them.
RunsOfOne::iterator newest_counted(RunsOfOne& runs) {
  const auto newest = [&](bool cold) {
    return std::find_if(runs.begin(), runs.end(), [&](const Run& run) {
      return run.outcome == RunOutcome::succeeded && run.cold == cold;
    });
  };
  const auto warm = newest(false);
  return warm == runs.end() ? newest(true) : warm;
}

// That one, with its timeline and commands, in the place of its short form.
Result<const Run*> complete_newest(Database& database, RunsOfOne& runs) {
  const auto newest = newest_counted(runs);
  if (newest == runs.end()) return nullptr;
  auto whole = find_run(database, newest->id);
  // Forgotten meanwhile: its short form is as good as it gets.
  if (!whole && whole.error().kind != ErrorKind::gone) return tl::unexpected(whole.error());
  if (whole) *newest = std::move(*whole);
  return &*newest;
}

Result<OperationReport> report_operation(Database& database, RunsOfOne& runs) {
  const auto newest = complete_newest(database, runs);
  if (!newest) return tl::unexpected(newest.error());
  OperationReport report = summarise_runs(runs);
  if (*newest == nullptr) return report;
  auto judged = judge_run(database, **newest);
  if (!judged) return tl::unexpected(std::move(judged.error()));
  report.regressions = std::move(judged->regressions);
  return report;
}

}  // namespace

Result<RunReportOf> make_run_report(Database& database, const RunFilter& filter) {
  auto runs = list_runs(database, filter);
  if (!runs) return tl::unexpected(std::move(runs.error()));
  RunReportOf made;
  auto operations = by_operation(std::move(*runs), made.runs_left_out);
  if (operations.size() > kReportedOperations) {
    made.operations_left_out = operations.size() - kReportedOperations;
    operations.resize(kReportedOperations);
  }
  for (auto& one : operations) {
    auto report = report_operation(database, one);
    if (!report) return tl::unexpected(std::move(report.error()));
    made.report.operations.push_back(std::move(*report));
  }
  return made;
}

}  // namespace perfwatch
