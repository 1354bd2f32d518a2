// SPDX-License-Identifier: Apache-2.0
#include <sys/resource.h>

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "daemon/app_parts.h"
#include "daemon/rule_metrics.h"

namespace perfwatch {
namespace {

// Strangers may not take the descriptors that the collectors need.
std::size_t affordable_connections(std::size_t wanted) {
  constexpr rlim_t kOurs = 384;  // each cgroup that is compared with has two
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur == RLIM_INFINITY) return wanted;
  const rlim_t most = limit.rlim_cur > 2 * kOurs ? limit.rlim_cur - kOurs : limit.rlim_cur / 2;
  if (wanted <= most) return wanted;
  log_warning("web.max_connections is more than the limit of open files allows, taking fewer",
              {{"connections", std::to_string(most)}});
  return most;
}

}  // namespace

HttpLimits limits_of(const Config::Web& web) {
  HttpLimits limits;
  limits.max_connections = affordable_connections(web.max_connections);
  limits.max_in_flight = web.max_requests_in_flight;
  limits.idle_timeout = web.idle_timeout;
  limits.request_timeout = web.request_timeout;
  return limits;
}

RunRetention retention_of(const Config::KeptRuns& runs) {
  return {std::chrono::duration_cast<std::chrono::hours>(runs.retention), runs.limit};
}

void warn_of_unknown_metrics(const std::vector<Rule>& rules) {
  for (const auto& [rule, metric, nearest] : unknown_metrics(rules)) {
    log_warning(
        "a rule watches a metric that does not exist",
        {{"rule", rule}, {"metric", metric}, {"nearest", nearest.empty() ? "none" : nearest}});
  }
}

// Whole or not at all: what is open (connections, counters, alerts) goes on.
Result<void> App::Parts::reload() {
  service_manager.reloading();
  auto done = load_all();
  own.reloaded(done.has_value(), std::chrono::system_clock::now());
  if (done) {
    log_info("configuration reloaded", {{"file", options.config_file}});
  } else {
    std::string problems = done.error().text;  // a line each
    while (problems.ends_with('\n')) problems.pop_back();
    for (auto at = problems.find('\n'); at != std::string::npos; at = problems.find('\n', at)) {
      problems.replace(at, 1, "; ");
    }
    log_error("configuration not reloaded, keeping the old one", {{"error", problems}});
  }
  if (board.frame) service_manager.ready("sampling");
  return done;
}

Result<void> App::Parts::load_all() {
  auto fresh = load_config(options.config_file, process_environment());
  if (!fresh) return tl::unexpected(std::move(fresh.error()));
  if (access) {
    if (auto loaded = access->load(); !loaded) return loaded;
  }
  apply(std::move(*fresh));
  return {};
}

void App::Parts::apply(Config fresh) {
  if (fresh.accounting.tier != config.accounting.tier ||
      fresh.accounting.ring_bytes != config.accounting.ring_bytes) {
    log_warning("accounting.tier and accounting.ring_bytes are taken at start: restart to change");
  }
  config = std::move(fresh);
  warn_of_unknown_metrics(config.rules);
  alerting.reconfigure(checked(RuleSet::make(config.rules)), config);
  board.alerts = alerting.alerts();
  server.set_limits(limits_of(config.web));
  budget.set_limits(config.budget);
  run_journal->set_retention(retention_of(config.kept_runs));
  baseline_server.set(config.baseline);
  for (const auto name : collectors) sampler.set_cadence(name, cadence_of(name));
  watch_intervals();
  sampler.when_idle("processes", [this] {
    processes->set_rules(checked(GroupRules::make(config.groups.rules)),
                         ProcessesCollector::Settings{config.groups.limit});
    processes->watch_runs(run_watch_settings(), run_inbox);
  });
}

}  // namespace perfwatch
