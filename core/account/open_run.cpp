// SPDX-License-Identifier: Apache-2.0
#include "core/account/open_run.h"

#include <fmt/format.h>
#include <sys/wait.h>

#include <algorithm>
#include <limits>
#include <utility>

namespace perfwatch {
namespace {

constexpr double kUnknown = std::numeric_limits<double>::quiet_NaN();
constexpr double kClockSlack = 0.02;  // start times are cut to ticks
// Of the time since the last look, what is long enough for a point of its own at the end.
constexpr double kShortStep = 0.1;
constexpr double kStallSlack = 0.1;  // of its wall time, what the stall may be off in time

bool is_dead(const ProcessRecord& process) { return process.state == 'Z' || process.state == 'X'; }

void add_reason(std::string& reason, const std::string& text) {
  if (text.empty()) return;
  if (!reason.empty()) reason += "; ";
  reason += text;
}

double known(std::uint64_t bytes) { return bytes > 0 ? static_cast<double>(bytes) : kUnknown; }

}  // namespace

OpenRun::OpenRun(RunOpening opening, double ticks_per_second)
    : opening_(std::move(opening)),
      ticks_per_second_(ticks_per_second),
      end_(opening_.begin),
      stall_(opening_.stall) {}

bool OpenRun::was_before(const ProcessRecord& process) const {
  const double start = static_cast<double>(process.key.start_ticks) / ticks_per_second_;
  return opening_.ordered && start + kClockSlack < opening_.begin;
}

RunUsage OpenRun::spent(const ProcessRecord& process) const {
  RunUsage usage = usage_of(process);
  if (!was_before(process)) return usage;
  const auto before = before_.find(process.key);
  if (before == before_.end()) return {};  // how much of it was before the order is not known
  return usage -= before->second;
}

void OpenRun::count(const ProcessRecord& process, std::uint64_t peak_bytes,
                    const RunCommands::Arguments& arguments) {
  const RunUsage usage = spent(process);
  ended_ += usage;
  ++processes_;
  largest_bytes_ = std::max(largest_bytes_, peak_bytes);
  commands_.add(view(process.comm), 1, usage.cpu_seconds());
  commands_.note_memory(view(process.comm), process.key, peak_bytes, arguments);
}

void OpenRun::add_ended(const ProcessRecord& last, std::uint64_t peak_bytes,
                        std::optional<double> ended, const RunCommands::Arguments& arguments) {
  if (opening_.ordered && ended && *ended + kClockSlack < opening_.begin) return;
  count(last, peak_bytes, arguments);
  if (opening_.rootless && ended) end_ = std::max(end_, *ended);
}

void OpenRun::add_unseen(const ExitSummary& summary) {
  ended_ += usage_of(summary.sum);
  processes_ += summary.count;
  largest_bytes_ = std::max(largest_bytes_, summary.largest_peak_bytes);
  commands_.add(view(summary.sum.comm), summary.count,
                summary.sum.user_seconds + summary.sum.system_seconds);
  commands_.note_memory(view(summary.sum.comm), {}, summary.largest_peak_bytes,
                        [] { return std::string(); });
}

void OpenRun::add_untold(const ProcessRecord& last, std::uint64_t peak_bytes, double now) {
  ++untold_;
  count(last, peak_bytes, [] { return std::string(); });
  if (opening_.rootless) end_ = std::max(end_, now);
}

void OpenRun::add_root() {
  ++roots_;
  rested_at_.reset();
}

void OpenRun::take_status(std::optional<int> status) {
  status_unknown_ = status_unknown_ || !status;
  if (!status || (outcome_ && outcome_->outcome != RunOutcome::succeeded)) return;
  outcome_.emplace();
  if (WIFSIGNALED(*status)) {
    outcome_->outcome = RunOutcome::killed;
    outcome_->exit_code = WTERMSIG(*status);
  } else {
    outcome_->exit_code = WEXITSTATUS(*status);
    outcome_->outcome = outcome_->exit_code == 0 ? RunOutcome::succeeded : RunOutcome::failed;
  }
}

void OpenRun::root_ended(std::optional<int> status, double at) {
  if (concluded_ || roots_ == 0) return;
  take_status(status);
  end_ = std::max(end_, at);
  --roots_;
  if (roots_ == 0 && !opening_.rootless) rest(at);
}

void OpenRun::conclude(int exit_code, double at) {
  if (concluded_) return;
  concluded_ = true;
  outcome_.emplace();
  outcome_->exit_code = std::clamp(exit_code, 0, 255);
  outcome_->outcome = outcome_->exit_code == 0 ? RunOutcome::succeeded : RunOutcome::failed;
  status_unknown_ = false;
  end_ = std::max(opening_.begin, at);
  rest(at);
}

void OpenRun::rest(double at) {
  rested_at_ = at;
  rested_looks_ = 0;
}

void OpenRun::meet(const ProcessRecord& process) {
  if (looks_ == 0 && was_before(process)) before_.try_emplace(process.key, usage_of(process));
  living_.usage += spent(process);
  living_.anonymous_bytes += static_cast<double>(process.anonymous_bytes);
  if (!is_dead(process)) ++living_.processes;
  largest_bytes_ = std::max(largest_bytes_, process.resident_bytes);
}

void OpenRun::end_look(double now, const StallTotals& stall) {
  if (looks_++ == 0) looked_from_ = now;
  if (opening_.rootless) {
    if (living_.processes != 0) {
      rested_at_.reset();
    } else if (!rested_at_) {
      rest(now);
    }
  }
  if (rested_at_ && rested_looks_++ > 0) return;
  const double passed = now - std::max(looked_at_, opening_.begin);
  looked_at_ = now;
  stall_ = stall;
  const double cpu = ended_.cpu_seconds() + living_.usage.cpu_seconds();
  const double seconds = (rested_at_ ? end_ : now) - opening_.begin;
  const double step = seconds - point_seconds_;
  double grown = std::max(0.0, cpu - point_cpu_seconds_);
  if (rested_at_) {
    if (points_ != 0 && step < kShortStep * passed) return;
    // What outlived it went on after its end.
    if (living_.processes != 0 && passed > 0) grown *= std::clamp(step / passed, 0.0, 1.0);
  }
  if (step <= 0) return;
  ++points_;
  most_anonymous_bytes_ = std::max(most_anonymous_bytes_, living_.anonymous_bytes);
  timeline_.add(
      {seconds, grown / step, living_.anonymous_bytes, static_cast<double>(living_.processes)});
  point_seconds_ = seconds;
  point_cpu_seconds_ = std::max(point_cpu_seconds_, cpu);
}

bool OpenRun::is_over(double now, double linger) const {
  return rested_at_ && rested_looks_ > 1 && now - *rested_at_ >= linger;
}

// The stall is that of the host between two moments, which are not quite those of the run: where a
// short one was between two far sweeps, it would be longer than the run itself.
bool OpenRun::knows_stall() const {
  if (!rested_at_) return true;
  const double early = std::max(0.0, opening_.recognised - opening_.begin);
  const double late = std::max(0.0, looked_at_ - end_);
  return early + late <= kStallSlack * (end_ - opening_.begin);
}

void OpenRun::fill(RunFigures& out, double end, const RunUsage& usage,
                   std::uint64_t processes) const {
  fill_figures(usage, out);
  out[RunMetric::wall_seconds] = std::max(0.0, end - opening_.begin);
  out[RunMetric::processes] = static_cast<double>(processes);
  out[RunMetric::largest_process_bytes] = known(largest_bytes_);
  out[RunMetric::concurrent_anonymous_bytes] = sampled_peak(points_, most_anonymous_bytes_);
  if (knows_stall()) fill_stall(opening_.stall, stall_, out);
}

Run OpenRun::so_far(double now) const {
  Run run = opening_.run;
  run.outcome = RunOutcome::running;
  run.reason = opening_.reason;
  RunUsage usage = ended_;
  usage += living_.usage;
  fill(run.figures, resting() ? end_ : now, usage, processes_ + living_.processes);
  return run;
}

void OpenRun::leave_behind(const ProcessRecord& process, const RunCommands::Arguments& arguments) {
  if (!is_dead(process) && !was_before(process)) ++left_;
  count(process, process.resident_bytes, arguments);
}

void OpenRun::fill_outcome(Run& out) const {
  out.outcome = outcome_ ? outcome_->outcome : RunOutcome::interrupted;
  out.exit_code = outcome_ ? outcome_->exit_code : 0;
  if (out.outcome == RunOutcome::succeeded && status_unknown_) {
    out.outcome = RunOutcome::interrupted;
  }
}

std::string OpenRun::reason(AccountingTier tier, const std::string& losses, double now) const {
  std::string reason = opening_.reason;
  if (tier == AccountingTier::poll) {
    add_reason(reason, "poll tier: what lived between two looks only is not counted");
  } else if (untold_ != 0) {
    add_reason(reason, fmt::format("the kernel did not tell of {} ends", untold_));
  }
  add_reason(reason, losses);
  if (!before_.empty()) {
    add_reason(reason, fmt::format("{} processes that were there before count from {:.1f} s on",
                                   before_.size(), looked_from_ - opening_.begin));
  }
  if (left_ != 0) {
    add_reason(reason, fmt::format("{} processes outlived it and are counted up to {:.1f} s after "
                                   "its end",
                                   left_, std::max(0.0, now - end_)));
  }
  return reason;
}

Run OpenRun::finish(AccountingTier tier, const std::string& losses, double now) {
  Run run = std::move(opening_.run);
  fill(run.figures, end_, ended_, processes_);
  fill_outcome(run);
  run.tier = tier;
  run.reason = reason(tier, losses, now);
  run.exact = run.reason.empty();
  if (!outcome_ || status_unknown_) add_reason(run.reason, "how it ended is not known");
  run.method +=
      tier == AccountingTier::poll ? ": sweeps" : fmt::format(": {} events", to_string(tier));
  run.method += fmt::format(", memory and timeline by {} looks", looks_);
  if (looks_ > 1 && looked_at_ > looked_from_) {
    run.method += fmt::format(" from {:.1f} to {:.1f} s", looked_from_ - opening_.begin,
                              looked_at_ - opening_.begin);
  }
  run.timeline = timeline_.take();
  run.by_cpu = commands_.by_cpu();
  run.by_memory = commands_.by_memory();
  return run;
}

}  // namespace perfwatch
