// SPDX-License-Identifier: Apache-2.0
#include "daemon/cli/run_measure.h"

#include <poll.h>
#include <sys/prctl.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <exception>
#include <utility>

#include "core/account/host_class.h"
#include "core/account/run_meter.h"
#include "core/base/text.h"
#include "core/base/ulid.h"
#include "daemon/cli/run_child.h"

namespace perfwatch {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using Clock = std::chrono::steady_clock;

constexpr seconds kGrace{5};
constexpr milliseconds kKillAgain{100};
constexpr seconds kProgressInterval{1};
// For the last events; an RCU grace period under load.
constexpr milliseconds kSettle{500};
constexpr milliseconds kSettleStep{2};
constexpr std::size_t kMostWords = 1024;
constexpr std::size_t kLongestWord = 4096;

// One command between its start and its end.
class Running {
 public:
  Running(const RunRequest& request, const OnRunProgress& progress, RunSignals& signals,
          RunMeter& meter, RunChild& child)
      : request_(request), progress_(progress), signals_(signals), meter_(meter), child_(child) {}

  // Until the command has ended.
  void watch();
  void settle();
  // There is no memory to measure: what is still to do needs none.
  void stop_measuring() { measures_ = false; }

  [[nodiscard]] int status() const { return status_; }
  [[nodiscard]] bool timed_out() const { return terminated_.has_value(); }
  [[nodiscard]] Instant ended() const { return ended_; }

 private:
  [[nodiscard]] bool is_over();
  void wait_until(Clock::time_point due);
  void reap();
  void enforce_timeout(Clock::time_point now);
  void signal_all(int signal);

  const RunRequest& request_;
  const OnRunProgress& progress_;
  RunSignals& signals_;
  RunMeter& meter_;
  RunChild& child_;
  bool measures_ = true;
  bool root_ended_ = false;
  int status_ = 0;
  Instant ended_{};
  Clock::time_point begin_ = Clock::now();
  std::optional<Clock::time_point> terminated_;  // when SIGTERM was sent
  Clock::time_point next_kill_{};
};

void Running::watch() {
  Clock::time_point next_sample = begin_ + request_.interval;
  Clock::time_point next_progress = begin_ + kProgressInterval;
  while (!is_over()) {
    Clock::time_point due = next_sample;
    if (progress_ && measures_) due = std::min(due, next_progress);
    if (request_.timeout && !terminated_) due = std::min(due, begin_ + *request_.timeout);
    if (terminated_) due = std::min(due, std::max(next_kill_, Clock::now() + kSettleStep));
    wait_until(due);
    const Instant now = Instant::now();
    if (measures_ && !root_ended_ && now.monotonic >= next_sample) {
      next_sample = meter_.sample(now);
    }
    if (root_ended_ || !measures_) next_sample = now.monotonic + kKillAgain;
    enforce_timeout(now.monotonic);
    if (progress_ && measures_ && now.monotonic >= next_progress) {
      progress_({Seconds(now.monotonic - begin_).count(), meter_.cpu_seconds(), meter_.latest(),
                 std::nullopt});
      next_progress = now.monotonic + kProgressInterval;
    }
  }
}

// After a timeout, nothing of it may go on.
bool Running::is_over() {
  if (!root_ended_ || !measures_) return root_ended_;
  return !terminated_ || meter_.living().empty() ||
         Clock::now() >= *terminated_ + kGrace + seconds(1);
}

void Running::wait_until(Clock::time_point due) {
  const auto left = std::max<std::chrono::nanoseconds>(due - Clock::now(), {});
  const auto whole = std::chrono::duration_cast<seconds>(left);
  const timespec timeout{whole.count(), (left - whole).count()};
  pollfd watched[] = {{signals_.descriptor(), POLLIN, 0},
                      {measures_ ? meter_.event_descriptor() : -1, POLLIN, 0}};
  if (::ppoll(watched, 2, &timeout, nullptr) <= 0) return;
  if (watched[1].revents != 0) meter_.catch_up();
  if (watched[0].revents != 0 && signals_.take(root_ended_ ? 0 : child_.pid())) reap();
}

void Running::reap() {
  for (;;) {
    int status = 0;
    rusage usage{};
    const pid_t pid = ::wait4(-1, &status, WNOHANG, &usage);
    if (pid <= 0) return;
    meter_.reaped(pid, usage);
    if (pid != child_.pid()) continue;
    root_ended_ = true;
    status_ = status;
    ended_ = Instant::now();
  }
}

void Running::enforce_timeout(Clock::time_point now) {
  if (!request_.timeout || now < begin_ + *request_.timeout) return;
  if (!terminated_) {
    if (root_ended_) return;
    terminated_ = now;
    next_kill_ = now + kGrace;
    signal_all(SIGTERM);
    signal_all(SIGCONT);
  } else if (now >= next_kill_) {
    signal_all(SIGKILL);
    next_kill_ = now + kKillAgain;  // who was forked meanwhile
  }
}

// Not the process group, which may be that of whoever called us.
void Running::signal_all(int signal) {
  if (!measures_) {
    ::kill(child_.pid(), signal);
    return;
  }
  for (const pid_t pid : meter_.living()) ::kill(pid, signal);
}

void Running::settle() {
  reap();
  const Clock::time_point deadline = Clock::now() + kSettle;
  meter_.catch_up();
  while (!meter_.is_settled() && Clock::now() < deadline) {
    wait_until(Clock::now() + kSettleStep);
    reap();
    meter_.catch_up();
  }
}

std::vector<std::string> cleaned(const std::vector<std::string>& command) {
  std::vector<std::string> words;
  for (const auto& word : command) {
    if (words.size() == kMostWords) break;
    words.emplace_back(
        cut_utf8(printable_utf8(std::string_view(word).substr(0, kLongestWord)), kLongestWord));
  }
  return words;
}

Run describe(const RunRequest& request) {
  Run run;
  run.component = request.component;
  run.operation = request.operation;
  run.command = cleaned(request.command);
  run.labels = request.labels;
  run.cold = request.cold;
  run.started = std::chrono::system_clock::now();
  run.host_class = read_host_class({});
  utsname names{};
  if (::uname(&names) == 0) run.host = printable_utf8(names.nodename);
  run.id = new_ulid(run.started);
  return run;
}

void conclude(int status, bool timed_out, RunEnd& end) {
  Run& run = end.run;
  if (WIFSIGNALED(status)) {
    run.outcome = RunOutcome::killed;
    run.exit_code = WTERMSIG(status);
    end.exit_code = kExitSignalled + run.exit_code;
  } else {
    run.exit_code = end.exit_code = WEXITSTATUS(status);
    run.outcome = run.exit_code == 0 ? RunOutcome::succeeded : RunOutcome::failed;
  }
  if (timed_out) {
    run.outcome = RunOutcome::timed_out;
    run.exit_code = end.exit_code = kExitTimedOut;
  }
}

}  // namespace

Result<RunEnd> run_and_measure(const RunRequest& request, const OnRunProgress& progress,
                               const OnRunBegun& begun) {
  RunSignals signals;
  if (signals.descriptor() < 0) {
    return tl::unexpected(within("signalfd", error_from_errno(errno)));
  }
  (void)::prctl(PR_SET_CHILD_SUBREAPER, 1);
  // First of all, so that the child inherits nothing that we open, and its memory is not ours.
  auto child = RunChild::spawn(request.command, signals);
  if (!child) return tl::unexpected(std::move(child.error()));
  outlive_writes();
  RunEnd end;
  end.run = describe(request);
  RunMeter meter({}, {.tier = request.tier, .interval = request.interval}, ::getpid(),
                 child->pid());
  meter.begin(Instant::now());
  Running running(request, progress, signals, meter, *child);
  const int error = child->start();
  // The command runs: whatever we lack, its end is waited for and its exit code is told.
  try {
    if (error != 0) end.not_run = std::strerror(error);
    if (begun && error == 0) begun(end.run);
    running.watch();
    running.settle();
    meter.finish(running.ended(), end.run);
  } catch (const std::exception&) {
    end.measured = false;
    running.stop_measuring();
    running.watch();
  }
  conclude(running.status(), running.timed_out(), end);
  return end;
}

}  // namespace perfwatch
