// SPDX-License-Identifier: Apache-2.0
#include <unistd.h>

#include <algorithm>
#include <string>
#include <utility>

#include "core/account/host_class.h"
#include "core/collect/catalogue.h"
#include "daemon/app_parts.h"
#include "daemon/guarded_stat.h"
#include "daemon/host.h"
#include "daemon/storage.h"

namespace perfwatch {
namespace {

// A mount that has not answered by then is left out; well below the deadline of the whole
// collector.
constexpr std::chrono::milliseconds kMountDeadline{500};

const Block* block_of(const Frame& frame, std::string_view collector) {
  for (const auto& block : frame.blocks) {
    if (block->collector == collector) return block.get();
  }
  return nullptr;
}

// For rates, to which the table of thousands of processes adds nothing.
std::shared_ptr<const Frame> without_processes(const std::shared_ptr<const Frame>& frame) {
  if (!frame) return frame;
  auto slim = std::make_shared<Frame>(*frame);
  slim->processes.reset();
  return slim;
}

}  // namespace

Cadence App::Parts::cadence_of(std::string_view collector) const {
  const auto& sampling = config.sampling;
  const auto& bounds = collector == "processes" ? sampling.processes : sampling.host;
  if (!sampling.adaptive) return {bounds.base, sampling.deadline};
  const auto maximum =
      std::min(bounds.maximum,
               std::max(longest_interval(config.rules).value_or(bounds.maximum), bounds.base));
  return {bounds.base, sampling.deadline, bounds.minimum, maximum};
}

// At the start, and with another configuration.
void App::Parts::watch_intervals() {
  const LoadBounds bounds = load_bounds(config.rules);
  sampler.set_load_bounds(bounds);
  if (config.sampling.adaptive) {
    wake_sources.start(bounds);
  } else {
    wake_sources.stop();
  }
}

// Earlier records that cannot be read are an error where the storage was asked for.
Result<void> App::Parts::open_journals() {
  auto storage = open_storage(options.storage_path, options.storage_given);
  if (!storage) return tl::unexpected(within("--storage.path", std::move(storage.error())));
  oom_journal = std::make_unique<OomJournal>(workers, *storage);
  alert_journal =
      std::make_unique<AlertJournal>(workers, *storage, alerting.book(), alerting.senders());
  if (auto loaded = oom_journal->load(); !loaded) {
    if (options.storage_given) return loaded;
    log_warning("the kills of earlier boots are not shown", {{"error", loaded.error().text}});
  }
  run_journal = std::make_unique<RunJournal>(workers, *storage, retention_of(config.kept_runs));
  if (auto loaded = run_journal->load(); !loaded) {
    if (options.storage_given) return loaded;
    log_warning("earlier runs are not shown", {{"error", loaded.error().text}});
  }
  run_journal->ask(baseline_server);
  run_registration = std::make_unique<RunRegistration>(
      loop, workers, *run_journal, run_inbox, [this] { sampler.want("processes"); },
      read_host_class(options.roots));
  board.registration = run_registration.get();
  return restore_alerts();
}

Result<void> App::Parts::restore_alerts() {
  auto kept = alert_journal->load();
  if (kept) {
    alerting.restore(std::move(*kept), Instant::now());
  } else if (options.storage_given) {
    return tl::unexpected(std::move(kept.error()));
  } else {
    log_warning("the alerts of the daemon before are not known", {{"error", kept.error().text}});
  }
  alerting.when_taken([this] { alert_journal->take(Instant::now()); });
  return {};
}

RunWatchSettings App::Parts::run_watch_settings() const {
  RunWatchSettings settings = config.runs;
  settings.roots = options.roots;
  return settings;
}

Result<void> App::Parts::add_collectors() {
  CollectSettings settings;
  settings.roots = options.roots;
  settings.stat = guard(stat_filesystem, kMountDeadline);
  auto all = make_collectors(settings);
  auto reader = make_process_reader(options.roots, config.accounting);
  if (!reader) return wrong_flag(within("--path.procfs", std::move(reader.error())));
  processes = std::make_shared<ProcessesCollector>(
      std::move(*reader), checked(GroupRules::make(config.groups.rules)),
      ProcessesCollector::Settings{config.groups.limit}, boot_time(options.roots.procfs),
      static_cast<double>(::sysconf(_SC_CLK_TCK)));
  processes->reconcile_with(options.roots);
  processes->watch_oom(oom_sources(options.roots));
  processes->watch_runs(run_watch_settings(), run_inbox);
  const auto pss = std::make_shared<PssInbox>();
  processes->feed(pss);
  all.push_back(processes);
  all.push_back(std::make_shared<PssCollector>(options.roots, pss));
  for (auto& collector : all) {
    collectors.push_back(collector->name());
    const Cadence cadence = cadence_of(collector->name());
    sampler.add(std::move(collector), cadence);
  }
  return {};
}

// Our own series join the frame, then it is judged, then it tells what fires.
void App::Parts::finish(Frame& frame) {
  oom_journal->take(frame);
  run_journal->take(frame);
  own.set_connections(server.connections());
  const auto add = [&](std::string_view origin, Samples samples) {
    frame.blocks.push_back(
        std::make_shared<const Block>(Block{origin, frame.at, std::move(samples)}));
  };
  add("process", own_process.collect());
  budget.feed(frame.at, own_process.use());
  frame.budget = budget.state();
  add("budget", budget.describe());
  add("wake_ups", wake_sources.describe());
  add("own", own.collect());
  add("senders", own.describe(alerting.senders()));
  add("runs", run_journal->describe());
  frame.bottlenecks = bottlenecks.judge(frame);
  add("bottlenecks", bottlenecks.describe());
  alerting.judge(frame);
  alert_journal->take(frame.at);
  add("alerts", alerting.describe());
}

void App::Parts::publish(std::shared_ptr<const Frame> frame) {
  const bool first = board.frame == nullptr;
  refresh_access();
  // Rates on the page span a whole round: a frame that only adds a late collector is no new
  // "before".
  const auto old = std::exchange(board.frame, std::move(frame));
  const bool same_round = old && block_of(*old, "cpu") == block_of(*board.frame, "cpu");
  if (!same_round) board.before = without_processes(old);
  board.alerts = alerting.alerts();
  wake_sources.see(*board.frame, pending_alerts(board.alerts, config.rules, board.frame->at));
  watch_accounting(*board.frame);
  if (!first) return;
  const Accounting* accounting = board.frame->accounting();
  log_info("ready", {{"tier", std::string(accounting ? to_string(accounting->tier) : "unknown")},
                     {"collectors", std::to_string(collectors.size())},
                     {"rules", std::to_string(config.rules.size())}});
  service_manager.ready("sampling");
}

void App::Parts::watch_accounting(const Frame& frame) {
  const Accounting* accounting = frame.accounting();
  if (accounting == nullptr) return;
  for (const auto& remark : accounting_watch.see(*accounting, frame.at.monotonic)) {
    const auto log = remark.warning ? log_warning : log_info;
    log(remark.message, {{"detail", remark.detail}});
  }
}

}  // namespace perfwatch
