// SPDX-License-Identifier: Apache-2.0
#include "daemon/cli/bench_runs.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <utility>

#include "core/model/run_limits.h"
#include "daemon/cli/cells.h"

namespace perfwatch {
namespace {

// The runs of one command.
class TaskRunner {
 public:
  TaskRunner(const BenchPlan& plan, const BenchHands& hands, std::size_t task, BenchEnd& end);

  // Until there are enough, or what ended the bench is in BenchEnd.
  void run();

 private:
  [[nodiscard]] bool is_enough() const;
  // False: the bench is over.
  bool run_one(bool warmup, std::size_t number);
  bool check(const RunEnd& run, const std::string& which);
  void tell(bool warmup, std::size_t number) const;
  [[nodiscard]] double left_seconds(std::size_t planned) const;
  [[nodiscard]] std::size_t planned_runs() const;
  bool fail_with(std::string text);

  const BenchPlan& plan_;
  const BenchHands& hands_;
  const BenchTask& task_;
  std::size_t index_;
  BenchEnd& end_;
  RunRequest request_;
  BenchCommand measured_;
  double began_ = 0;  // the first measured run, or what prepares it
  double total_ = 0;  // wall seconds of what is measured
};

TaskRunner::TaskRunner(const BenchPlan& plan, const BenchHands& hands, std::size_t task,
                       BenchEnd& end)
    : plan_(plan),
      hands_(hands),
      task_(plan.tasks[task]),
      index_(task),
      end_(end),
      request_(plan.request) {
  request_.command = task_.words;
  if (request_.operation.empty()) request_.operation = default_operation(task_.words);
  measured_.command = task_.text;
  measured_.parameters = task_.parameters;
  measured_.items = plan.items;
  measured_.bytes = plan.bytes;
}

void TaskRunner::run() {
  bool goes_on = true;
  for (std::size_t i = 0; goes_on && i < plan_.warmup; ++i) goes_on = run_one(true, i);
  began_ = hands_.seconds();
  while (goes_on && !is_enough()) goes_on = run_one(false, measured_.runs.size());
  if (measured_.runs.empty()) return;
  if (end_.failure.empty()) hands_.on_measured(index_, measured_);
  end_.commands.push_back(std::move(measured_));
}

bool TaskRunner::is_enough() const {
  const std::size_t count = measured_.runs.size();
  if (plan_.runs) return count >= *plan_.runs;
  if (count >= kMostBenchRuns) return true;
  return count >= kFewestBenchRuns && hands_.seconds() - began_ >= kBenchSeconds;
}

bool TaskRunner::run_one(bool warmup, std::size_t number) {
  if (hands_.interrupted()) {
    end_.interrupted = true;
    return false;
  }
  tell(warmup, number);
  const std::string which = fmt::format("{} {}", warmup ? "warm-up" : "run", number + 1);
  if (!task_.prepare.empty()) {
    const auto prepared = hands_.prepare(task_.prepare);
    end_.interrupted = hands_.interrupted();
    if (end_.interrupted) return false;
    if (!prepared) {
      return fail_with("--prepare before " + which + ": " + prepared.error().text);
    }
  }
  auto run = hands_.measure(request_);
  // What the signal has ended tells nothing.
  end_.interrupted = hands_.interrupted();
  if (end_.interrupted) return false;
  if (!run) return fail_with(which + ": " + run.error().text);
  if (!check(*run, which)) return false;
  if (warmup) return true;
  BenchMeasurement measurement{run->run.figures, run->run.exit_code};
  if (run->run.outcome == RunOutcome::killed) measurement.exit_code.reset();
  total_ += measurement.figures[RunMetric::wall_seconds];
  measured_.runs.push_back(measurement);
  if (plan_.keep) end_.runs.push_back(bounded(std::move(run->run)));
  return true;
}

bool TaskRunner::check(const RunEnd& run, const std::string& which) {
  if (!run.not_run.empty()) {
    const bool one_word = task_.words.size() == 1 && task_.text.find(' ') != std::string::npos;
    return fail_with("cannot be started: " + run.not_run +
                     (one_word ? " (a command in one word goes before the --)" : ""));
  }
  if (run.run.outcome == RunOutcome::succeeded || plan_.ignore_failure) return true;
  const bool killed = run.run.outcome == RunOutcome::killed;
  return fail_with(fmt::format("{} {} {}; --show-output shows why, --ignore-failure goes on", which,
                               killed ? "was killed by signal" : "failed with exit code",
                               run.run.exit_code));
}

bool TaskRunner::fail_with(std::string text) {
  end_.failure = safe_text(task_.text) + ": " + std::move(text);
  return false;
}

// How many it will be as things stand.
std::size_t TaskRunner::planned_runs() const {
  if (plan_.runs) return *plan_.runs;
  const std::size_t done = measured_.runs.size();
  if (done == 0) return kFewestBenchRuns;
  const double each = (hands_.seconds() - began_) / static_cast<double>(done);
  const double needed = each > 0 ? std::ceil(kBenchSeconds / each) : 0;
  const double most = static_cast<double>(kMostBenchRuns);
  return std::max(kFewestBenchRuns, static_cast<std::size_t>(std::min(needed, most)));
}

double TaskRunner::left_seconds(std::size_t planned) const {
  const std::size_t done = measured_.runs.size();
  if (done == 0) return std::nan("");
  const double each = (hands_.seconds() - began_) / static_cast<double>(done);
  return planned > done ? each * static_cast<double>(planned - done) : 0;
}

void TaskRunner::tell(bool warmup, std::size_t number) const {
  BenchProgress progress;
  progress.task = index_;
  progress.tasks = plan_.tasks.size();
  progress.warmup = warmup;
  progress.run = number;
  progress.runs = warmup ? plan_.warmup : planned_runs();
  if (!measured_.runs.empty()) {
    progress.mean_seconds = total_ / static_cast<double>(measured_.runs.size());
  }
  progress.left_seconds = left_seconds(progress.runs);
  hands_.on_progress(progress);
}

}  // namespace

BenchEnd run_bench(const BenchPlan& plan, const BenchHands& hands) {
  BenchEnd end;
  for (std::size_t task = 0; task < plan.tasks.size(); ++task) {
    if (end.interrupted || !end.failure.empty()) break;
    TaskRunner(plan, hands, task, end).run();
  }
  return end;
}

}  // namespace perfwatch
