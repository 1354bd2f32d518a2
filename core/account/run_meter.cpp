// SPDX-License-Identifier: Apache-2.0
#include "core/account/run_meter.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <future>
#include <limits>
#include <system_error>
#include <utility>

namespace perfwatch {
namespace {

constexpr double kUnknown = std::numeric_limits<double>::quiet_NaN();
constexpr int kSampleShare = 50;  // 1 / 2 %
constexpr double kKib = 1024;
// While a run is young every look counts.
constexpr std::chrono::seconds kYoung{2};
constexpr std::chrono::milliseconds kListInterval{500};
// 20 ms of the worst storm of execs with long command lines.
constexpr std::size_t kRingBytes = std::size_t{4} << 20U;

double ticks_per_second() { return static_cast<double>(::sysconf(_SC_CLK_TCK)); }

bool is_dead(const Descendant& process) { return process.state == 'Z' || process.state == 'X'; }

void add_reason(std::string& reason, std::string_view text) {
  if (text.empty()) return;
  if (!reason.empty()) reason += "; ";
  reason += text;
}

}  // namespace

RunMeter::RunMeter(const Roots& roots, const RunMeterSettings& settings, std::int32_t self,
                   std::int32_t root)
    : settings_(settings),
      io_counted_(::access((roots.procfs + "/self/io").c_str(), F_OK) == 0),
      scan_(roots.procfs, self, ticks_per_second(), {}),
      cgroup_(roots, self),
      root_(root) {
  pressure_.emplace(roots, cgroup_.unified());
  // The kernel waits for a grace period of RCU, 10 to 20 ms, before it moves a process.
  std::future<void> moved;
  try {
    moved = std::async(std::launch::async, [this] { cgroup_.take_in(root_); });
  } catch (const std::system_error&) {  // a limit
    cgroup_.take_in(root_);
  }
  load(roots);
  if (moved.valid()) moved.get();
}

void RunMeter::load(const Roots& roots) {
  AccountingSettings accounting;
  accounting.tier = settings_.tier;
  accounting.ring_bytes = kRingBytes;
  accounting.brief = true;
  accounting.kills = accounting.jobs = false;
  accounting.names = {.cmdline = true};
  auto reader = make_process_reader(roots, accounting);
  if (!reader) {
    no_events_ = reader.error().text;
    return;
  }
  Accounting described;
  (*reader)->describe(described);
  if (described.tier != AccountingTier::poll) {
    events_ = std::make_unique<RunEvents>(std::move(*reader));
  }
  scan_.want({.peaks = events_ == nullptr});
}

void RunMeter::begin(Instant now) {
  if (events_) {
    if (auto begun = events_->begin(::getpid(), root_, now.monotonic); !begun) {
      no_events_ = begun.error().text;
      events_.reset();
      scan_.want({.peaks = true});
    }
  }
  (void)scan_.scan(root_, descendants_);
  begin_ = Instant::now();
}

int RunMeter::event_descriptor() const { return events_ ? events_->descriptor() : -1; }

void RunMeter::catch_up() {
  if (events_) events_->drain();
}

// Who called exec(2) is told of; who only forked is found in the list, which is read at the next
// look, too, as long as there are such.
Result<void> RunMeter::look(Instant now, bool at_all) {
  if (events_) events_->drain();
  const bool told = events_ && events_->take_begun(begun_);
  const bool young = now.monotonic - begin_.monotonic < kYoung;
  if (told && !at_all && !young && now.monotonic < next_list_) {
    scan_.refresh(begun_, descendants_);
    return {};
  }
  if (auto scanned = scan_.scan(root_, descendants_); !scanned) return scanned;
  const auto& news = scan_.news();
  const bool all_told = std::all_of(news.begin(), news.end(), [this](std::int32_t pid) {
    return std::any_of(begun_.begin(), begun_.end(),
                       [pid](const ProcessKey& key) { return key.pid == pid; });
  });
  next_list_ = all_told ? now.monotonic + kListInterval : now.monotonic;
  return {};
}

std::chrono::steady_clock::time_point RunMeter::sample(Instant now, bool at_all) {
  const auto started = std::chrono::steady_clock::now();
  if (auto looked = look(now, at_all); looked) {
    note_living();
    const double seconds = Seconds(now.monotonic - begin_.monotonic).count();
    RunPoint point;
    point.seconds = seconds;
    double cpu = waited_.cpu_seconds();
    for (const auto& process : descendants_) {
      cpu += process.cpu_seconds + process.children_cpu_seconds;
      point.anonymous_bytes += static_cast<double>(process.anonymous_bytes);
      point.processes += is_dead(process) ? 0 : 1;
    }
    const double step = seconds - latest_.seconds;
    if (step > 0) {
      point.cpu_cores = std::max(0.0, cpu - cpu_total_) / step;
      cpu_total_ = std::max(cpu_total_, cpu);
      most_anonymous_bytes_ = std::max(most_anonymous_bytes_, point.anonymous_bytes);
      timeline_.add(point);
      latest_ = point;
    }
  } else {
    scan_trouble_ = looked.error().text;
  }
  if (events_) events_->keep_up(now.monotonic);
  const auto ended = std::chrono::steady_clock::now();
  return started +
         std::max<std::chrono::nanoseconds>(settings_.interval, (ended - started) * kSampleShare);
}

void RunMeter::note_living() {
  ++samples_;
  for (const auto& process : descendants_) {
    largest_seen_bytes_ = std::max(largest_seen_bytes_, process.peak_bytes);
    if (events_) continue;
    const auto [place, fresh] = seen_.try_emplace(process.key);
    if (fresh) ++seen_count_;
    const std::string_view comm = view(process.comm);
    if (place->second.last.comm != process.comm) place->second.last.comm = process.comm;
    if (!is_dead(process)) place->second.last = process;
    place->second.last.cpu_seconds = process.cpu_seconds;
    place->second.sample = samples_;
    commands_.note_memory(comm, process.key, process.peak_bytes,
                          [&] { return scan_.command_line(process.key.pid); });
  }
  std::erase_if(seen_, [this](const auto& entry) {
    if (entry.second.sample == samples_) return false;
    fold(entry.second);
    return true;
  });
}

void RunMeter::fold(const Seen& seen) {
  commands_.add(view(seen.last.comm), 1, seen.last.cpu_seconds);
}

void RunMeter::reaped(std::int32_t pid, const rusage& usage) {
  if (scan_.is_stranger(pid)) return;
  waited_ += usage_of(usage, io_counted_);
  largest_waited_bytes_ =
      std::max(largest_waited_bytes_, static_cast<double>(usage.ru_maxrss) * kKib);
}

// The ebpf tier hears of a process when the kernel frees it, after a grace period of RCU. Faults
// are over when a process is waited for, so that the two sums are the same once all were heard of.
bool RunMeter::is_settled() const {
  if (!events_) return true;
  return events_->root_ended() && (events_->tier() != AccountingTier::ebpf ||
                                   events_->usage().minor_faults >= waited_.minor_faults);
}

std::vector<std::int32_t> RunMeter::living() {
  std::vector<std::int32_t> pids;
  if (!scan_.scan(root_, descendants_)) return pids;
  for (const auto& process : descendants_) {
    if (!is_dead(process)) pids.push_back(process.key.pid);
  }
  return pids;
}

std::size_t RunMeter::count_living() const {
  return static_cast<std::size_t>(std::count_if(descendants_.begin(), descendants_.end(),
                                                [](const auto& one) { return !is_dead(one); }));
}

void RunMeter::finish(Instant now, Run& out) {
  (void)sample(now, true);
  out.figures[RunMetric::wall_seconds] = Seconds(now.monotonic - begin_.monotonic).count();
  if (events_) events_->finish();
  fill_usage(out, count_living());
  fill_memory(out.figures);
  cgroup_.fill(out.figures);
  pressure_->fill(out.figures);
  for (const auto& entry : seen_) fold(entry.second);
  const RunCommands& commands = events_ ? events_->commands() : commands_;
  out.by_cpu = commands.by_cpu();
  out.by_memory = commands.by_memory();
  out.timeline = timeline_.take();
  out.tier = events_ ? events_->tier() : AccountingTier::poll;
}

void RunMeter::fill_usage(Run& out, std::size_t left) {
  // Those that live on have been waited for by nobody: what they and theirs used so far.
  RunUsage waited = waited_;
  for (const auto& process : descendants_) {
    waited.user_seconds += process.cpu_seconds + process.children_cpu_seconds;
  }
  const double ticks = 1 + 2 * static_cast<double>(descendants_.size());
  out.method = "perfwatch run, subreaper: wait4";
  out.reason.clear();
  if (left != 0) {
    add_reason(out.reason,
               fmt::format("{} processes outlived the command and are counted up to its "
                           "end",
                           left));
  }
  add_reason(out.reason, scan_trouble_);
  if (!events_) {
    fill_figures(waited, out.figures);
    out.exact = false;
    add_reason(out.reason,
               fmt::format("poll tier: CPU, faults, switches and I/O are the kernel's sums, but of "
                           "single processes only the {} that a look every {} ms met are known{}{}",
                           seen_count_, settings_.interval / std::chrono::milliseconds(1),
                           no_events_.empty() ? "" : ": ", no_events_));
    return;
  }
  const RunUsage& told = events_->usage();
  const std::string losses = events_->losses();
  // Of an exit that is told late, what it ran since the last tick is missing, too.
  const bool less = told.cpu_seconds() < waited.cpu_seconds();
  const bool agreed =
      agree(told, waited, ticks + (less ? static_cast<double>(events_->late()) : 0));
  out.method += fmt::format(" against {} events", to_string(events_->tier()));
  // Children that nobody waits for (SIGCHLD ignored) are in the events only.
  const bool more = !agreed && !less;
  fill_figures(left != 0 || more ? told : waited, out.figures);
  out.figures[RunMetric::processes] = static_cast<double>(events_->processes());
  const bool settled = is_settled();
  out.exact = agreed && settled && losses.empty() && left == 0;
  add_reason(out.reason, losses);
  if (!settled) add_reason(out.reason, "the kernel did not tell of every end");
  if (!agreed) {
    add_reason(out.reason, fmt::format("events tell of {:.3f} s of CPU, wait4 of {:.3f} s",
                                       told.cpu_seconds(), waited.cpu_seconds()));
  }
}

void RunMeter::fill_memory(RunFigures& out) const {
  double largest = events_ ? events_->largest_bytes() : largest_waited_bytes_;
  largest = std::max(largest, static_cast<double>(largest_seen_bytes_));
  out[RunMetric::largest_process_bytes] = largest > 0 ? largest : kUnknown;
  out[RunMetric::concurrent_anonymous_bytes] = sampled_peak(samples_, most_anonymous_bytes_);
}

}  // namespace perfwatch
