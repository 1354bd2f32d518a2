// SPDX-License-Identifier: Apache-2.0
#include "core/analyse/run_advice.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <optional>
#include <utility>

#include "core/analyse/wording.h"

namespace perfwatch {
namespace {

// Of the wall time. What waits for memory is lost, so a little is told; work waits for I/O now and
// then wherever files are read, and for CPU wherever there are more jobs than cores.
constexpr double kMemoryStalled = 0.1;
constexpr double kIoStalled = 0.3;
constexpr double kCpuStalled = 0.5;
constexpr double kThrottled = 0.05;
constexpr double kCoresBusy = 0.8;         // of the cores: more is well used
constexpr double kCoresIdle = 0.5;         // less is told
constexpr double kLargeShare = 0.5;        // of the peak, in one process
constexpr double kLargeBytes = 256 << 20;  // smaller ones are nobody's trouble
constexpr double kKernelShare = 0.4;       // of the CPU time
constexpr double kAlone = 1.25;            // cores: one process computes
constexpr double kAloneShare = 0.3;        // of the wall time
constexpr std::size_t kFewestPoints = 10;  // of a timeline
constexpr double kFailedShare = 0.2;
constexpr std::size_t kFewestRuns = 5;
constexpr double kVaries = 0.15;  // deviation over mean of wall time
constexpr std::size_t kArgumentsShown = 160;

std::string percent(double ratio) { return fmt::format("{:.0f} %", ratio * 100); }

// NaN, which is beyond no limit, where either is not known.
double over(double a, double b) { return b > 0 ? a / b : std::nan(""); }

struct Judged {
  const Run& run;
  RunRemarks& out;
  double wall;
  double cores;  // there are
  double used;   // on average; NaN where it is not known

  [[nodiscard]] double per_wall(RunMetric metric) const { return over(run.figures[metric], wall); }
  void tell(std::string bottleneck, std::string recommendation) const {
    out.bottlenecks.push_back(std::move(bottleneck));
    out.recommendations.push_back(std::move(recommendation));
  }
};

void judge_memory(const Judged& run) {
  const double stalled = run.per_wall(RunMetric::memory_stall_seconds);
  if (!(stalled > kMemoryStalled)) return;
  run.tell(fmt::format("Work waited for memory {} of the time (PSI)", percent(stalled)),
           "Run fewer jobs at once (-j, one link at a time), or give the host or the cgroup more "
           "memory: time spent waiting for memory is lost.");
}

void judge_io(const Judged& run) {
  const double stalled = run.per_wall(RunMetric::io_stall_seconds);
  if (!(stalled > kIoStalled)) return;
  run.tell(fmt::format("Work waited for storage {} of the time (PSI)", percent(stalled)),
           "Keep the build directory on a faster disk or in memory (tmpfs), use a compiler cache, "
           "and look at who else uses the disk.");
}

void judge_throttling(const Judged& run) {
  const double throttled = run.per_wall(RunMetric::throttled_seconds);
  if (!(throttled > kThrottled)) return;
  run.tell(fmt::format("A CPU limit of its cgroup held it back for {} of {}",
                       humanize_duration(run.run.figures[RunMetric::throttled_seconds]),
                       humanize_duration(run.wall)),
           "Raise the limit (CPUQuota= of the unit, the container's or pod's CPU limit), or start "
           "only as many jobs as it allows: more only wait.");
}

void judge_cpu_stall(const Judged& run) {
  const double stalled = run.per_wall(RunMetric::cpu_stall_seconds);
  if (!(stalled > kCpuStalled)) return;
  const std::string waited = fmt::format("Work waited for a core {} of the time", percent(stalled));
  if (over(run.used, run.cores) > kCoresBusy) {
    run.tell(fmt::format("{}, with {:.1f} of {:.0f} cores in use", waited, run.used, run.cores),
             "The cores are well used: more or faster cores help, more jobs (-j) do not.");
  } else if (std::isfinite(run.used)) {
    run.tell(fmt::format("{}, though it used {:.1f} of {:.0f} cores", waited, run.used, run.cores),
             "Others took the CPU, or a limit did: run fewer builds on this host at once, or look "
             "for limits (perfwatch top).");
  }
}

// A resident size over a sum of anonymous memory: the former has the pages of files, too, so this
// is how the two compare, not a share.
void judge_largest(const Judged& run) {
  if (run.run.by_memory.empty()) return;
  const RunCommand& command = run.run.by_memory.front();
  const double peak = run.run.figures[RunMetric::concurrent_anonymous_bytes];
  if (!(command.largest_bytes >= kLargeBytes)) return;
  if (!(over(command.largest_bytes, peak) > kLargeShare)) return;
  std::string text = fmt::format(
      "One {} alone had {} resident, where all processes together peaked at {} of "
      "anonymous memory",
      command.comm, spaced_bytes(command.largest_bytes), spaced_bytes(peak));
  if (!command.largest_arguments.empty()) {
    text += ": " + shortened(command.largest_arguments, kArgumentsShown);
  }
  run.tell(std::move(text),
           "Split that one (a smaller translation unit, fewer templates or debug information, an "
           "archive linked in parts) before buying memory: fewer jobs at once save little.");
}

bool waited(const Judged& run) {
  return run.per_wall(RunMetric::io_stall_seconds) > kIoStalled ||
         run.per_wall(RunMetric::memory_stall_seconds) > kMemoryStalled ||
         run.per_wall(RunMetric::cpu_stall_seconds) > kCpuStalled ||
         run.per_wall(RunMetric::throttled_seconds) > kThrottled;
}

// Share of the timeline in which at most one core was in use; absent when too few points tell.
std::optional<double> share_alone(const Run& run) {
  std::size_t known = 0;
  std::size_t alone = 0;
  for (const auto& point : run.timeline) {
    if (!std::isfinite(point.cpu_cores)) continue;
    ++known;
    if (point.cpu_cores < kAlone) ++alone;
  }
  if (known < kFewestPoints) return std::nullopt;
  return static_cast<double>(alone) / static_cast<double>(known);
}

void judge_parallelism(const Judged& run) {
  if (run.cores < 2 || waited(run)) return;
  const double alone = share_alone(run.run).value_or(0);
  if (over(run.used, run.cores) < kCoresIdle) {
    std::string text = fmt::format("It used {:.1f} of {:.0f} cores", run.used, run.cores);
    if (alone > kAloneShare)
      text += fmt::format(", and one or none {} of the time", percent(alone));
    run.tell(std::move(text),
             "Raise the number of jobs (-j), or look in the timeline for the stretches on one core "
             "(configure, a large link, tests one after another) and split those.");
  } else if (alone > kAloneShare) {
    run.tell(fmt::format("It used one core or none {} of the time", percent(alone)),
             "Look in the timeline for what runs alone (configure, a large link, tests one after "
             "another): more cores do not shorten that.");
  }
}

void judge_kernel_time(const Judged& run) {
  const double share =
      over(run.run.figures[RunMetric::system_seconds], run.run.figures[RunMetric::cpu_seconds]);
  if (!(share > kKernelShare)) return;
  std::string text = fmt::format("{} of the CPU time went to the kernel", percent(share));
  if (run.run.figures.has(RunMetric::processes)) {
    text += fmt::format(", with {:.0f} processes started", run.run.figures[RunMetric::processes]);
  }
  run.tell(std::move(text),
           "Many short processes, small files or page faults: fewer shells and sub-makes, a "
           "compiler cache, no virus scanner on the build directory.");
}

}  // namespace

RunRemarks run_remarks(const Run& run) {
  RunRemarks out;
  const double wall = run.figures[RunMetric::wall_seconds];
  if (!(wall >= kShortestToJudge)) return out;
  const Judged judged{run, out, wall, static_cast<double>(run.host_class.cores),
                      over(run.figures[RunMetric::cpu_seconds], wall)};
  judge_throttling(judged);
  judge_memory(judged);
  judge_io(judged);
  judge_cpu_stall(judged);
  judge_largest(judged);
  judge_parallelism(judged);
  judge_kernel_time(judged);
  return out;
}

RunRemarks history_remarks(const OperationReport& report) {
  RunRemarks out;
  const auto of = [&](RunOutcome outcome) {
    return report.outcomes.at(static_cast<std::size_t>(outcome));
  };
  const std::size_t bad =
      of(RunOutcome::failed) + of(RunOutcome::killed) + of(RunOutcome::timed_out);
  const std::size_t ended = bad + of(RunOutcome::succeeded);
  if (ended >= kFewestRuns &&
      static_cast<double>(bad) >= kFailedShare * static_cast<double>(ended)) {
    double lost = 0;
    for (const auto& point : report.history) {
      if (point.outcome == RunOutcome::succeeded || !std::isfinite(point.cpu_seconds)) continue;
      lost += point.cpu_seconds;
    }
    out.bottlenecks.push_back(fmt::format("{} of {} runs did not succeed, and took {} of CPU time",
                                          bad, ended,
                                          humanize_duration(std::round(lost * 10) / 10)));
    out.recommendations.emplace_back(
        "Let it fail early (fast checks first), and look at what the failures have in common.");
  }
  const Statistics& wall = report.metrics[RunMetric::wall_seconds];
  const double varies = over(wall.deviation, wall.mean);
  if (wall.count >= kFewestRuns && varies > kVaries) {
    out.bottlenecks.push_back(
        fmt::format("Its wall time varies by {} from run to run", percent(varies)));
    out.recommendations.emplace_back(
        "Compare CPU time instead, or give it a host or cores of its own: in this noise only large "
        "regressions of the wall time show.");
  }
  return out;
}

}  // namespace perfwatch
