// SPDX-License-Identifier: Apache-2.0
#include "daemon/cli/run_view.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <string_view>
#include <vector>

#include "core/base/text.h"
#include "daemon/cli/cells.h"
#include "daemon/cli/human.h"

namespace perfwatch {
namespace {

constexpr std::size_t kShownCommands = 3;
constexpr std::size_t kShownArguments = 100;

void add_line(std::string& out, std::string_view name, const std::vector<std::string>& parts) {
  if (parts.empty()) return;
  out += fmt::format("  {:<10} {}\n", name, safe_text(fmt::format("{}", fmt::join(parts, ", "))));
}

std::string end_of(const Run& run) {
  switch (run.outcome) {
    case RunOutcome::succeeded:
      return "succeeded";
    case RunOutcome::failed:
      return fmt::format("failed with {}", run.exit_code);
    case RunOutcome::killed:
      return fmt::format("killed by signal {}", run.exit_code);
    case RunOutcome::timed_out:
      return "timed out";
    default:
      return std::string(to_string(run.outcome));
  }
}

std::vector<std::string> cpu_parts(const RunFigures& figures) {
  std::vector<std::string> parts;
  if (!figures.has(RunMetric::cpu_seconds)) return parts;
  const double cpu = figures[RunMetric::cpu_seconds];
  const double wall = figures[RunMetric::wall_seconds];
  parts.push_back(fmt::format("{} (user {}, system {})", fine_duration(cpu),
                              fine_duration(figures[RunMetric::user_seconds]),
                              fine_duration(figures[RunMetric::system_seconds])));
  if (wall > 0) parts.push_back(fmt::format("{:.2f} cores", cpu / wall));
  if (figures[RunMetric::throttled_seconds] > 0) {
    parts.push_back("throttled " + fine_duration(figures[RunMetric::throttled_seconds]));
  }
  return parts;
}

// Three peaks that mean three things, each with its name.
std::vector<std::string> memory_parts(const RunFigures& figures) {
  std::vector<std::string> parts;
  const auto add = [&](RunMetric metric, std::string_view name) {
    if (figures.has(metric))
      parts.push_back(fmt::format("{} {}", name, human_bytes(figures[metric])));
  };
  add(RunMetric::largest_process_bytes, "largest process");
  add(RunMetric::concurrent_anonymous_bytes, "anonymous at once");
  add(RunMetric::cgroup_peak_bytes, "with page cache");
  return parts;
}

std::vector<std::string> io_parts(const RunFigures& figures) {
  std::vector<std::string> parts;
  const auto add = [&](RunMetric metric, std::string_view text) {
    if (figures.has(metric))
      parts.push_back(fmt::format(fmt::runtime(text), human_bytes(figures[metric])));
  };
  add(RunMetric::read_bytes, "{} read");
  add(RunMetric::written_bytes, "{} written");
  return parts;
}

std::vector<std::string> stall_parts(const RunFigures& figures) {
  std::vector<std::string> parts;
  const auto add = [&](RunMetric metric, std::string_view name) {
    if (figures.has(metric))
      parts.push_back(fmt::format("{} {}", name, fine_duration(figures[metric])));
  };
  add(RunMetric::cpu_stall_seconds, "CPU");
  add(RunMetric::memory_stall_seconds, "memory");
  add(RunMetric::io_stall_seconds, "I/O");
  return parts;
}

std::vector<std::string> command_parts(const Run& run) {
  std::vector<std::string> parts;
  for (std::size_t i = 0; i < std::min(kShownCommands, run.by_cpu.size()); ++i) {
    const RunCommand& command = run.by_cpu[i];
    parts.push_back(fmt::format("{} {} ({} x)", command.comm, fine_duration(command.cpu_seconds),
                                command.count));
  }
  return parts;
}

std::vector<std::string> fattest_parts(const Run& run) {
  if (run.by_memory.empty() || !std::isfinite(run.by_memory.front().largest_bytes)) return {};
  const RunCommand& command = run.by_memory.front();
  const bool named = !command.largest_arguments.empty();
  return {fmt::format("{}: {}", human_bytes(command.largest_bytes),
                      named ? cut_utf8(command.largest_arguments, kShownArguments) : command.comm)};
}

std::string elapsed_of(const RunProgress& progress) {
  const std::string elapsed = human_duration(progress.seconds);
  if (!progress.usual_seconds) return elapsed;
  return fmt::format("{}{} usually {}", elapsed,
                     progress.seconds <= *progress.usual_seconds ? " of" : ",",
                     human_duration(*progress.usual_seconds));
}

}  // namespace

std::string render_run_summary(const Run& run) {
  const RunFigures& figures = run.figures;
  std::string out = fmt::format("perfwatch: {} / {} {} in {}\n", safe_text(run.component),
                                safe_text(run.operation), end_of(run),
                                fine_duration(figures[RunMetric::wall_seconds]));
  add_line(out, "CPU", cpu_parts(figures));
  add_line(out, "memory", memory_parts(figures));
  add_line(out, "storage", io_parts(figures));
  add_line(out, "stalled", stall_parts(figures));
  if (figures.has(RunMetric::processes)) {
    add_line(out, "processes", {human_count(figures[RunMetric::processes])});
  }
  add_line(out, "most CPU", command_parts(run));
  add_line(out, "fattest", fattest_parts(run));
  if (run.exact) {
    add_line(out, "exact", {fmt::format("yes ({})", to_string(run.tier))});
  } else {
    add_line(out, "exact", {"no: " + run.reason});
  }
  return out;
}

std::string render_verdict(const JudgedRun& judged) {
  constexpr std::array<std::string_view, 4> kWords{"REGRESSED", "improved", "unchanged",
                                                   "not enough data"};
  std::string out;
  if (!judged.not_judged.empty()) {
    add_line(out, "verdict", {judged.not_judged});
    return out;
  }
  for (const auto& line : verdict_lines(judged)) {
    add_line(out, out.empty() ? "verdict" : "",
             {fmt::format("{}: {}", kWords.at(static_cast<std::size_t>(line.kind)), line.text)});
  }
  return out;
}

std::string render_run_progress(const RunProgress& progress, std::size_t width) {
  const std::string line =
      fmt::format("perfwatch: {}, CPU {} ({:.1f} cores), {}, {} processes", elapsed_of(progress),
                  human_duration(progress.cpu_seconds), progress.now.cpu_cores,
                  human_bytes(progress.now.anonymous_bytes), human_count(progress.now.processes));
  return std::string(cut_utf8(line, width > 0 ? width - 1 : 0));
}

}  // namespace perfwatch
