// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <boost/asio/signal_set.hpp>
#include <cstdlib>
#include <memory>
#include <string_view>
#include <utility>
#include <vector>

#include "core/account/processes.h"
#include "daemon/accounting_watch.h"
#include "daemon/alert_journal.h"
#include "daemon/alerting.h"
#include "daemon/app.h"
#include "daemon/asio.h"
#include "daemon/baseline_server.h"
#include "daemon/bottleneck_keeper.h"
#include "daemon/budget_keeper.h"
#include "daemon/http_server.h"
#include "daemon/log.h"
#include "daemon/oom_journal.h"
#include "daemon/own_metrics.h"
#include "daemon/own_process.h"
#include "daemon/resolver.h"
#include "daemon/routes.h"
#include "daemon/run_journal.h"
#include "daemon/run_registration.h"
#include "daemon/sampler.h"
#include "daemon/service_manager.h"
#include "daemon/wake_sources.h"
#include "daemon/web_access.h"
#include "daemon/workers.h"

namespace perfwatch {

// Who we are; in app.cpp.
[[nodiscard]] DaemonInfo describe_daemon();

// What the daemon is made of. app.cpp makes, starts and stops it; app_sampling.cpp is about
// collectors and frames, app_reload.cpp about the configuration.
struct App::Parts {
  Parts(Options o, Config c);

  Result<void> open_journals();
  Result<void> restore_alerts();
  Result<void> add_collectors();
  Result<void> listen();
  void set_external_url(const std::string& first_address);
  HttpEvents events();
  [[nodiscard]] RunWatchSettings run_watch_settings() const;
  [[nodiscard]] Cadence cadence_of(std::string_view collector) const;
  void finish(Frame& frame);
  void publish(std::shared_ptr<const Frame> frame);
  void watch_accounting(const Frame& frame);
  void watch_intervals();
  void refresh_access();
  Result<void> reload();
  Result<void> load_all();
  void apply(Config fresh);
  void await_signal();
  void stop();

  asio::io_context loop{1};
  Options options;
  Config config;
  Board board{describe_daemon(), nullptr, nullptr, {}, nullptr, nullptr, nullptr};
  OwnMetrics own;
  OwnProcess own_process;
  Workers workers;
  Resolver resolver;
  Alerting alerting;
  BaselineServer baseline_server;
  Routes routes;
  HttpServer server;
  std::unique_ptr<WebAccess> access;  // null without --web.config.file
  Sampler sampler;
  WakeSources wake_sources;
  BottleneckKeeper bottlenecks;
  BudgetKeeper budget;
  AccountingWatch accounting_watch;
  ServiceManager service_manager;
  asio::signal_set signals;
  std::shared_ptr<ProcessesCollector> processes;
  std::shared_ptr<RunInbox> run_inbox = std::make_shared<RunInbox>();
  std::unique_ptr<OomJournal> oom_journal;
  std::unique_ptr<AlertJournal> alert_journal;
  std::unique_ptr<RunJournal> run_journal;
  std::unique_ptr<RunRegistration> run_registration;
  std::vector<std::string_view> collectors;  // names
};

// In app_reload.cpp.
[[nodiscard]] HttpLimits limits_of(const Config::Web& web);
[[nodiscard]] RunRetention retention_of(const Config::KeptRuns& runs);
void warn_of_unknown_metrics(const std::vector<Rule>& rules);

// For a configuration that was checked when it was read.
template <class T>
T checked(Result<T> result) {
  if (result) return std::move(*result);
  log_error("internal error: a checked configuration is refused", {{"error", result.error().text}});
  std::abort();
}

// Another try will not mend it, see exit_code() in main.cpp.
[[nodiscard]] inline tl::unexpected<Error> wrong_flag(Error error) {
  error.kind = ErrorKind::malformed;
  return tl::unexpected(std::move(error));
}

}  // namespace perfwatch
