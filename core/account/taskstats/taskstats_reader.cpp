// SPDX-License-Identifier: Apache-2.0
#include "core/account/taskstats/taskstats_reader.h"

#include <fcntl.h>
#include <sys/epoll.h>
#include <time.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <utility>

#include "core/account/libproc_reader.h"
#include "core/account/process_names.h"
#include "core/account/taskstats/event_pump.h"
#include "core/account/taskstats/event_queue.h"
#include "core/account/taskstats/image_names.h"
#include "core/account/taskstats/program_reader.h"

namespace perfwatch {
namespace {

constexpr IdentityNeeds without_user(IdentityNeeds needs) {
  needs.user = false;
  return needs;
}

constexpr bool any(IdentityNeeds needs) { return needs.exe || needs.cmdline || needs.cgroup; }

constexpr bool covers(IdentityNeeds has, IdentityNeeds needs) {
  return (has.exe || !needs.exe) && (has.cmdline || !needs.cmdline) &&
         (has.cgroup || !needs.cgroup);
}

std::uint64_t monotonic_now() {
  timespec now{};
  (void)::clock_gettime(CLOCK_MONOTONIC, &now);
  return static_cast<std::uint64_t>(now.tv_sec) * 1'000'000'000 +
         static_cast<std::uint64_t>(now.tv_nsec);
}

std::uint64_t between(std::uint64_t from, std::uint64_t to) { return to > from ? to - from : 0; }

class TaskstatsReader : public ProcessReader {
 public:
  struct Parts {
    std::unique_ptr<ProcessReader> procfs;
    ExitConnection exits;
    std::optional<ProcConnection> procs;
    UniqueFd epoll;
    std::string proc_note;
  };
  TaskstatsReader(Parts parts, const EventPump::Settings& host);

  [[nodiscard]] Result<SweepErrors> sweep(std::vector<ProcessRecord>& out) override;
  [[nodiscard]] ProcessIdentity identify(const ProcessRecord& process,
                                         IdentityNeeds needs) override;
  void expect(IdentityNeeds needs) override { expected_ = without_user(needs); }
  [[nodiscard]] int event_descriptor() const override { return epoll_.get(); }
  [[nodiscard]] Result<void> drain(ProcessEvents& events) override;
  void describe(Accounting& out) const override;

 private:
  using Clock = std::chrono::steady_clock;

  void meet(ProcessRecord& record);
  void finish(ProcessRecord& record, Clock::time_point now);
  void started(TreeProcess& process, ProcessEvents& out);
  // The names in /proc are those of this process and this program.
  [[nodiscard]] bool is_current(const ProcessRecord& process);

  std::unique_ptr<ProcessReader> procfs_;
  EventPump pump_;
  UniqueFd epoll_;
  std::string proc_note_;  // why there is no proc connector; empty when there is
  ProgramReader programs_;
  ImageNames names_;
  EventQueue queue_;  // what a sweep came across, for the next drain
  IdentityNeeds expected_;
  std::uint64_t lost_at_sweep_ = 0;
  bool names_doubtful_ = false;  // execs were lost since the last sweep
  Result<void> broken_;
};

TaskstatsReader::TaskstatsReader(Parts parts, const EventPump::Settings& host)
    : procfs_(std::move(parts.procfs)),
      pump_(std::move(parts.exits), std::move(parts.procs), host),
      epoll_(std::move(parts.epoll)),
      proc_note_(std::move(parts.proc_note)),
      programs_(host.ticks_per_second) {
  pump_.on_started([this](TreeProcess& process, ProcessEvents& out) { started(process, out); });
  pump_.on_ended([this](const TreeProcess& process) { names_.use(process.image, Clock::now()); });
}

Result<SweepErrors> TaskstatsReader::sweep(std::vector<ProcessRecord>& out) {
  auto errors = procfs_->sweep(out);
  if (!errors) return errors;
  ProcessTree& tree = pump_.tree();
  tree.begin_sweep();
  names_doubtful_ =
      pump_.proc_loss().overrun != std::exchange(lost_at_sweep_, pump_.proc_loss().overrun);
  // First the images of those that are known, as the events that come now are younger than the
  // records; then those events; then the images of those that are new.
  for (auto& record : out) meet(record);
  if (broken_) broken_ = pump_.pump(queue_);
  const auto now = Clock::now();
  for (auto& record : out) finish(record, now);
  for (const std::int32_t pid : errors->unread) {
    if (TreeProcess* process = tree.find(pid)) tree.mark_swept(*process);
  }
  tree.end_sweep();
  names_.end_sweep(now);
  pump_.book().forget(now - ImageNames::kRest, [&tree](std::int32_t pid) {
    const TreeProcess* process = tree.find(pid);
    return process != nullptr && !process->ended;
  });
  return errors;
}

void TaskstatsReader::meet(ProcessRecord& record) {
  ProcessTree& tree = pump_.tree();
  TreeProcess* known = tree.find(record.key.pid);
  // An exec that was not seen shows in the name, mostly.
  if (names_doubtful_ && known != nullptr && known->comm != record.comm) known->image_known = false;
  if (!tree.meet(record)) return;
  TreeProcess& process = tree.at(record.key.pid);
  tree.mark_swept(process);
  if (record.cgroup == 0) record.cgroup = process.cgroup;
  if (process.image_known) record.image = process.image;
}

void TaskstatsReader::finish(ProcessRecord& record, Clock::time_point now) {
  if (record.image == 0 && !record.kernel_thread) {
    TreeProcess* process = pump_.tree().find(record.key.pid);
    if (process == nullptr || process->key != record.key) return;
    pump_.tree().resolve_image(*process);
    record.image = process->image;
  }
  names_.use(record.image, now);
}

void TaskstatsReader::started(TreeProcess& process, ProcessEvents& out) {
  auto record = programs_.read(process.key.pid);
  // The pid may be another's by now; then the exit of this one tells its program.
  if (!record || !ProcessTree::may_be(process, record->key)) return;
  // Under load it runs the new program for a while until we look.
  const std::uint64_t exec = process.exec_nanoseconds;
  const std::uint64_t told = std::exchange(process.told_nanoseconds, exec);
  const auto cpu = cpu_at_exec({record->user_seconds, record->system_seconds}, process.seen,
                               told != 0 ? between(told, exec) : 0, between(exec, monotonic_now()));
  record->user_seconds = cpu.user_seconds;
  record->system_seconds = cpu.system_seconds;
  if (!pump_.tree().meet(*record)) return;
  record->image = process.image;
  record->cgroup = process.cgroup;
  if (any(expected_)) (void)identify(*record, expected_);
  out.program_changed(*record, process.before);
}

bool TaskstatsReader::is_current(const ProcessRecord& process) {
  const TreeProcess* known = pump_.tree().find(process.key.pid);
  if (known == nullptr) return true;
  return !known->ended && known->key == process.key && known->image == process.image;
}

ProcessIdentity TaskstatsReader::identify(const ProcessRecord& process, IdentityNeeds needs) {
  if (process.kernel_thread || process.image == 0 || !any(needs)) {
    return procfs_->identify(process, needs);
  }
  const ImageNames::Names* names = names_.find(process.image);
  const bool caught = names != nullptr && covers(names->caught, needs);
  if (!caught && is_current(process)) {
    // Everything that will be asked for, as /proc may not have it later.
    IdentityNeeds wanted = needs;
    wanted.exe = wanted.exe || expected_.exe;
    wanted.cmdline = wanted.cmdline || expected_.cmdline;
    wanted.cgroup = wanted.cgroup || expected_.cgroup;
    const ProcessIdentity identity = procfs_->identify(process, wanted);
    const bool there =
        !identity.exe.empty() || !identity.cmdline.empty() || !identity.cgroup.empty();
    if (there) names_.keep(process.image, identity, without_user(wanted), Clock::now());
    return identity;
  }
  ProcessIdentity identity = procfs_->identify(process, {.user = needs.user});
  if (names == nullptr) return identity;
  if (needs.exe) identity.exe = names->exe;
  if (needs.cmdline) identity.cmdline = names->cmdline;
  if (needs.cgroup) identity.cgroup = names->cgroup;
  return identity;
}

Result<void> TaskstatsReader::drain(ProcessEvents& events) {
  queue_.replay(events);
  if (broken_) broken_ = pump_.pump(events);
  return broken_;
}

void TaskstatsReader::describe(Accounting& out) const {
  out.tier = AccountingTier::taskstats;
  out.note =
      "Exits are counted one by one. The kernel writes the record of an exit before the last tick "
      "of CPU time and the teardown of memory are in it; both are estimated, to about 1 %.";
  std::string broken = broken_ ? std::string() : broken_.error().text;
  const bool procs = pump_.has_procs();
  std::string names;
  if (!procs) names = "no proc connector, short-lived programs have no names: " + proc_note_;
  out.features = {{"sweep", "procfs", {}},
                  {"exits", "taskstats", std::move(broken)},
                  {"names", procs ? "exec event" : "procfs", std::move(names)}};
  out.lost = {{"exit", "enobufs", pump_.exit_loss().overrun},
              {"exit", "malformed", pump_.exit_loss().malformed}};
  if (!procs) return;
  out.lost.push_back({"exec", "enobufs", pump_.proc_loss().overrun});
  out.lost.push_back({"exec", "malformed", pump_.proc_loss().malformed});
}

Result<UniqueFd> watch(int first, int second) {
  UniqueFd epoll(::epoll_create1(EPOLL_CLOEXEC));
  if (!epoll.valid()) return tl::unexpected(within("epoll", error_from_errno(errno)));
  for (const int descriptor : {first, second}) {
    epoll_event event{};
    event.events = EPOLLIN;
    if (descriptor >= 0 && ::epoll_ctl(epoll.get(), EPOLL_CTL_ADD, descriptor, &event) != 0) {
      return tl::unexpected(within("epoll", error_from_errno(errno)));
    }
  }
  return epoll;
}

EventPump::Settings host_settings() {
  EventPump::Settings settings;
  settings.ticks_per_second = static_cast<double>(::sysconf(_SC_CLK_TCK));
  timespec tick{};  // of the coarse clock is the scheduler's tick, 1/HZ
  if (::clock_getres(CLOCK_MONOTONIC_COARSE, &tick) == 0 && tick.tv_sec == 0 && tick.tv_nsec > 1) {
    settings.exits.tick_nanoseconds = static_cast<std::uint64_t>(tick.tv_nsec);
  }
  settings.exits.io_counted = ::access("/proc/self/io", F_OK) == 0;  // CONFIG_TASK_IO_ACCOUNTING
  return settings;
}

}  // namespace

Result<std::unique_ptr<ProcessReader>> make_taskstats_reader(const TaskstatsSettings& settings) {
  const auto host = host_settings();
  auto exits = connect_exits(settings.receive_bytes);
  if (!exits) return tl::unexpected(std::move(exits.error()));
  std::optional<ProcConnection> procs;
  std::string note = "switched off";
  if (settings.proc_connector) {
    auto connected = ProcConnection::connect(settings.receive_bytes);
    note = connected ? std::string() : connected.error().text;
    if (connected) procs.emplace(std::move(*connected));
  }
  auto procfs = LibprocReader::make(host.ticks_per_second);
  if (!procfs) return procfs;
  auto epoll = watch(exits->socket.descriptor(), procs ? procs->socket().descriptor() : -1);
  if (!epoll) return tl::unexpected(std::move(epoll.error()));
  return std::make_unique<TaskstatsReader>(
      TaskstatsReader::Parts{std::move(*procfs), std::move(*exits), std::move(procs),
                             std::move(*epoll), std::move(note)},
      host);
}

}  // namespace perfwatch
