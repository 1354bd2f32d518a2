// SPDX-License-Identifier: Apache-2.0
#include "core/account/processes.h"

#include <sys/wait.h>

#include <algorithm>
#include <csignal>
#include <initializer_list>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "core/account/accounting_series.h"
#include "core/account/cgroup_cpu.h"
#include "core/account/exit_log.h"
#include "core/account/group_ledger.h"
#include "core/account/group_series.h"
#include "core/account/oom_account.h"
#include "core/account/process_views.h"
#include "core/account/reconciliation.h"

namespace perfwatch {
namespace {

void note(SampleWriter& out, ErrorKind kind, std::uint32_t count, std::string& text) {
  // The text goes with the first item; an empty one costs nothing for the others.
  for (std::uint32_t i = 0; i < count; ++i) out.item_error({kind, std::exchange(text, {})});
}

std::vector<const Metric*> concatenate(std::initializer_list<MetricList> lists) {
  std::vector<const Metric*> all;
  for (const auto& list : lists) all.insert(all.end(), list.begin(), list.end());
  return all;
}

}  // namespace

MetricList process_metrics() {
  static const auto kAll = concatenate(
      {group_metrics(), accounting_metrics(), Reconciliation::metrics(), CgroupCpu::metrics()});
  return kAll;
}

namespace {

// Whether every process is counted: in a tier with events, unless some were lost since the round
// before the last. The sweep after a loss finds who is left; the round after that starts from
// there.
class Exactness {
 public:
  bool judge(const Accounting& accounting) {
    std::uint64_t lost = 0;
    for (const auto& source : accounting.lost) {
      if (source.costs_exactness()) lost += source.count;
    }
    const bool clean = lost == lost_;
    lost_ = lost;
    lost_now_ = !clean;
    return accounting.tier != AccountingTier::poll && std::exchange(clean_, clean) && clean;
  }

  // In the round that was judged last.
  [[nodiscard]] bool lost_now() const { return lost_now_; }

 private:
  bool lost_now_ = false;
  std::uint64_t lost_ = 0;
  bool clean_ = true;
};

// What the groups spent, held against what the kernel says.
struct HostCheck {
  HostCheck(const Roots& roots, double ticks_per_second)
      : host(roots, ticks_per_second), cgroups(roots) {}
  Reconciliation host;
  CgroupCpu cgroups;
  double attributed_before = 0;
};

// Of the ends that the ledger waited for in vain, those whose exit is not known to be lost.
std::uint64_t unexplained_ends(const Accounting& accounting, std::uint64_t unseen) {
  std::uint64_t lost = 0;
  for (const auto& source : accounting.lost) {
    if (source.source == "exit" && source.costs_exactness()) lost += source.count;
  }
  return unseen > lost ? unseen - lost : 0;
}

// Somebody who was killed, and may be one of those that the kernel killed for lack of memory.
struct Victim {
  std::int32_t pid = 0;
  std::string group;
};
constexpr std::size_t kMostVictims = 2048;

bool was_killed(const ProcessExit& exit) {
  return exit.wait_status && WIFSIGNALED(*exit.wait_status) &&
         WTERMSIG(*exit.wait_status) == SIGKILL;
}

}  // namespace

struct ProcessesCollector::Impl : ProcessEvents {
  Impl(std::unique_ptr<ProcessReader> r, GroupRules g, std::size_t group_limit, TickClock c);

  void program_changed(const ProcessRecord& process, const Program& before) override;
  void job_seen(const ProcessRecord& process) override;
  void ended(const ProcessExit& exit) override;
  void ended_unseen(const ExitSummary& summary) override;
  void killed_for_memory(const OomMark& mark) override;

  void sort_by(GroupRules fresh);
  void expect_names() const;
  void drain(Instant at);
  void find_oom_kills(Instant now);
  [[nodiscard]] std::string group_of(std::int32_t pid) const;
  void reconcile(Instant now) const;
  [[nodiscard]] std::shared_ptr<Accounting> describe();
  void write(const Accounting& accounting, SampleWriter& out) const;

  std::unique_ptr<ProcessReader> reader;
  GroupRules rules;
  GroupLedger::Classify classify;
  GroupLedger ledger;
  TickClock clock;
  Exactness exactness;
  std::vector<ProcessRecord> records;
  std::shared_ptr<const Schema> schema;
  std::optional<std::chrono::steady_clock::time_point> last_sweep;
  std::uint64_t undelivered = 0;
  std::string drain_error;
  Instant now;  // of the last drain

  // Each is there only if it was asked for.
  std::unique_ptr<HostCheck> host_check;
  std::unique_ptr<OomAccount> oom;
  std::shared_ptr<PssInbox> pss;
  std::unique_ptr<RunWatch> runs;

  std::vector<OomMark> oom_marks;  // of this round
  std::vector<Victim> victims;     // of SIGKILL, in this round
  std::vector<Victim> victims_before;
  ExitLog exits;
};

ProcessesCollector::Impl::Impl(std::unique_ptr<ProcessReader> r, GroupRules g,
                               std::size_t group_limit, TickClock c)
    : reader(std::move(r)),
      rules(std::move(g)),
      ledger(group_limit, reader->event_descriptor() >= 0 ? GroupLedger::Absence::awaits_event
                                                          : GroupLedger::Absence::is_the_end),
      clock(c) {
  sort_by(std::move(rules));
}

void ProcessesCollector::Impl::sort_by(GroupRules fresh) {
  rules = std::move(fresh);
  expect_names();
  classify = [this, needs = rules.needs()](const ProcessRecord& record) {
    // All kernel threads are one group, whatever they are called.
    const auto wanted = record.kernel_thread ? IdentityNeeds{} : needs;
    return rules.classify(reader->identify(record, wanted));
  };
}

// Which of a run's commands was the fattest is told by its arguments; else nobody asks for them.
void ProcessesCollector::Impl::expect_names() const {
  auto needs = rules.needs();
  needs.cmdline = needs.cmdline || (runs && runs->is_measuring());
  reader->expect(needs);
}

void ProcessesCollector::Impl::program_changed(const ProcessRecord& process,
                                               const Program& before) {
  ledger.program_changed(process, before, classify);
  if (runs) runs->program_changed(process, before);
}

void ProcessesCollector::Impl::job_seen(const ProcessRecord& process) {
  if (!runs) return;
  runs->job_seen(process, now);
  expect_names();  // of what it starts
}

void ProcessesCollector::Impl::ended(const ProcessExit& exit) {
  if (runs) runs->ended(exit);
  const auto slot = ledger.ended(exit, classify);
  if (slot == GroupLedger::kNoSlot) return;
  const std::string& group = ledger.groups()[slot].name;
  exits.add(exit, group, now);
  if (oom && was_killed(exit) && victims.size() < kMostVictims) {
    victims.push_back({exit.last.key.pid, group});
  }
}

void ProcessesCollector::Impl::ended_unseen(const ExitSummary& summary) {
  if (runs) runs->ended_unseen(summary);
  const auto slot = ledger.ended_unseen(summary, classify);
  if (slot != GroupLedger::kNoSlot) exits.add(summary, ledger.groups()[slot].name, now);
}

void ProcessesCollector::Impl::killed_for_memory(const OomMark& mark) {
  if (oom && oom_marks.size() < kMostVictims) oom_marks.push_back(mark);
}

void ProcessesCollector::Impl::drain(Instant at) {
  now = at;
  if (runs) runs->take_orders(at);
  auto drained = reader->drain(*this);
  drain_error = drained ? std::string() : std::move(drained.error().text);
}

// Before the ledger forgets who is missing in this sweep.
void ProcessesCollector::Impl::find_oom_kills(Instant at) {
  if (!oom) return;
  oom->update(at, oom_marks, [this](std::int32_t pid) { return group_of(pid); });
  oom_marks.clear();
  // The kernel's log may tell of them a round later.
  victims_before = std::exchange(victims, {});
}

std::string ProcessesCollector::Impl::group_of(std::int32_t pid) const {
  for (const auto* round : {&victims, &victims_before}) {
    for (const auto& victim : *round) {
      if (victim.pid == pid) return victim.group;
    }
  }
  const auto slot = ledger.slot_of(pid);
  return slot != GroupLedger::kNoSlot ? ledger.groups()[slot].name : std::string();
}

void ProcessesCollector::Impl::reconcile(Instant at) const {
  if (!host_check) return;
  const double attributed = ledger.attributed_cpu_seconds();
  host_check->host.update(at,
                          attributed - std::exchange(host_check->attributed_before, attributed));
  for (const auto& [cgroup, seconds] : ledger.cgroup_cpu()) {
    host_check->cgroups.spend(cgroup, seconds);
  }
  host_check->cgroups.update(at);
}

void ProcessesCollector::Impl::write(const Accounting& accounting, SampleWriter& out) const {
  write_group_series(ledger, clock, out);
  if (host_check) host_check->cgroups.write_limited(out);
  write_accounting_series(accounting, ledger, out);
  if (host_check) {
    host_check->host.write(out);
    host_check->cgroups.write(out);
  }
  if (oom) oom->write(out);
}

std::shared_ptr<Accounting> ProcessesCollector::Impl::describe() {
  auto accounting = std::make_shared<Accounting>();
  reader->describe(*accounting);
  if (accounting->tier != AccountingTier::poll) {
    undelivered = std::max(undelivered, unexplained_ends(*accounting, ledger.unseen_ends()));
    accounting->lost.push_back({"exit", "undelivered", undelivered});
  }
  if (oom) oom->describe(*accounting);
  if (host_check && !host_check->cgroups.problem().empty()) {
    for (auto& feature : accounting->features) {
      if (feature.name != "cgroups" || !feature.note.empty()) continue;
      feature.note = "their own counters are not compared: " + host_check->cgroups.problem();
    }
  }
  accounting->exact = exactness.judge(*accounting);
  if (exactness.lost_now()) exits.missed(now);
  return accounting;
}

ProcessesCollector::ProcessesCollector(std::unique_ptr<ProcessReader> reader, GroupRules rules,
                                       Settings settings, double boot_time_seconds,
                                       double ticks_per_second)
    : impl_(std::make_unique<Impl>(std::move(reader), std::move(rules), settings.group_limit,
                                   TickClock{boot_time_seconds, ticks_per_second})) {}

ProcessesCollector::~ProcessesCollector() = default;

MetricList ProcessesCollector::metrics() const { return process_metrics(); }

int ProcessesCollector::wake_descriptor() const { return impl_->reader->event_descriptor(); }

// The ended are remembered until a sweep does not find them: some hundred bytes each.
bool ProcessesCollector::catch_up() {
  constexpr std::size_t kMostRemembered = 20'000;
  impl_->drain(Instant::now());
  return impl_->ledger.told_since_update() >= kMostRemembered ||
         (impl_->runs && impl_->runs->is_full());
}

Result<Samples> ProcessesCollector::collect(Instant now) {
  Impl& my = *impl_;
  my.ledger.begin_round(now);
  my.drain(now);
  auto errors = my.reader->sweep(my.records);
  if (!errors) return tl::unexpected(std::move(errors.error()));
  my.find_oom_kills(now);
  my.ledger.update(my.records, my.classify, errors->unread);
  my.reconcile(now);
  if (my.pss) my.pss->put(make_pss_wish(my.ledger, my.records, now));
  const double seconds = my.last_sweep ? Seconds(now.monotonic - *my.last_sweep).count() : 0;
  my.last_sweep = now.monotonic;

  auto accounting = my.describe();
  if (my.runs) {
    my.runs->update(now, my.records, errors->unread, *accounting);
    my.expect_names();
  }
  SampleWriter out(my.schema);
  my.write(*accounting, out);
  if (!my.drain_error.empty()) out.item_error({ErrorKind::io, my.drain_error});
  note(out, ErrorKind::denied, errors->denied, errors->text);
  note(out, ErrorKind::malformed, errors->malformed, errors->text);
  note(out, ErrorKind::io, errors->io, errors->text);
  Samples samples = std::move(out).finish();
  auto table = make_process_table(my.ledger, my.records, my.clock, seconds);
  if (accounting->tier != AccountingTier::poll) table->exits = my.exits.table(now);
  table->accounting = std::move(accounting);
  if (my.oom) table->new_oom_kills = my.oom->latest();
  samples.processes = std::move(table);
  my.schema = samples.schema;
  return samples;
}

void ProcessesCollector::reconcile_with(const Roots& roots) {
  impl_->host_check = std::make_unique<HostCheck>(roots, impl_->clock.ticks_per_second);
}

void ProcessesCollector::watch_oom(OomSources sources) {
  impl_->oom = std::make_unique<OomAccount>(std::move(sources));
}

void ProcessesCollector::feed(std::shared_ptr<PssInbox> pss) { impl_->pss = std::move(pss); }

void ProcessesCollector::watch_runs(RunWatchSettings settings, std::shared_ptr<RunInbox> inbox) {
  if (impl_->runs) {
    impl_->runs->configure(std::move(settings));
  } else {
    auto host = make_run_watch_host(settings.roots, impl_->clock.ticks_per_second);
    impl_->runs = std::make_unique<RunWatch>(
        std::move(settings), std::move(host), std::move(inbox),
        [my = impl_.get()](const ProcessRecord& process) {
          return std::string(my->reader->identify(process, {.cmdline = true}).cmdline);
        });
  }
  impl_->reader->expect_jobs(impl_->runs->signs());
}

void ProcessesCollector::set_rules(GroupRules rules, Settings settings) {
  impl_->sort_by(std::move(rules));
  impl_->ledger.reclassify(settings.group_limit);
}

}  // namespace perfwatch
