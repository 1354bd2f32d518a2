// SPDX-License-Identifier: Apache-2.0
#include "daemon/app.h"

#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <boost/asio/signal_set.hpp>
#include <csignal>
#include <cstdlib>
#include <utility>
#include <vector>

#include "core/account/processes.h"
#include "core/base/text.h"
#include "core/collect/catalogue.h"
#include "core/collect/cpu.h"
#include "daemon/alerting.h"
#include "daemon/asio.h"
#include "daemon/guarded_stat.h"
#include "daemon/host.h"
#include "daemon/http_server.h"
#include "daemon/log.h"
#include "daemon/oom_journal.h"
#include "daemon/own_metrics.h"
#include "daemon/own_process.h"
#include "daemon/reference.h"
#include "daemon/resolver.h"
#include "daemon/routes.h"
#include "daemon/sampler.h"
#include "daemon/service_manager.h"
#include "daemon/storage.h"
#include "daemon/version.h"
#include "daemon/web_access.h"
#include "daemon/workers.h"

namespace perfwatch {
namespace {

constexpr std::size_t kWorkers = 2;
// How long requests that are being answered may take at the end.
constexpr std::chrono::milliseconds kStopPatience{800};
// A mount that has not answered by then is left out; well below the deadline of the whole
// collector.
constexpr std::chrono::milliseconds kMountDeadline{500};

DaemonInfo describe_daemon() {
  DaemonInfo daemon;
  daemon.version = kVersion;
  daemon.revision = kRevision;
  daemon.hostname = host_name();
  daemon.kernel = kernel_release();
  daemon.tier = "poll";
  daemon.tier_note =
      "Processes are sampled: what a process uses between its last sample and its end is not "
      "seen, nor is a process that lives between two samples.";
  daemon.started = std::chrono::system_clock::now();
  daemon.pid = ::getpid();
  return daemon;
}

// Strangers may not take the descriptors that the collectors need.
std::size_t affordable_connections(std::size_t wanted) {
  constexpr rlim_t kOurs = 256;
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur == RLIM_INFINITY) return wanted;
  const rlim_t most = limit.rlim_cur > 2 * kOurs ? limit.rlim_cur - kOurs : limit.rlim_cur / 2;
  if (wanted <= most) return wanted;
  log_warning("web.max_connections is more than the limit of open files allows, taking fewer",
              {{"connections", std::to_string(most)}});
  return most;
}

HttpLimits limits_of(const Config::Web& web) {
  HttpLimits limits;
  limits.max_connections = affordable_connections(web.max_connections);
  limits.max_in_flight = web.max_requests_in_flight;
  limits.idle_timeout = web.idle_timeout;
  limits.request_timeout = web.request_timeout;
  return limits;
}

// Another try will not mend it, see exit_code() in main.cpp.
tl::unexpected<Error> wrong_flag(Error error) {
  error.kind = ErrorKind::malformed;
  return tl::unexpected(std::move(error));
}

const Block* block_of(const Frame& frame, std::string_view collector) {
  for (const auto& block : frame.blocks) {
    if (block->collector == collector) return block.get();
  }
  return nullptr;
}

// A rule over a metric that nobody fills would be silent for ever.
void warn_of_unknown_metrics(const std::vector<ThresholdRule>& rules) {
  const auto known = metric_names();
  const auto check = [&](const std::string& rule, const std::string& metric) {
    if (std::find(known.begin(), known.end(), metric) != known.end()) return;
    const auto close = nearest(metric, known);
    log_warning(
        "a rule watches a metric that does not exist",
        {{"rule", rule}, {"metric", metric}, {"nearest", std::string(close.value_or("none"))}});
  };
  for (const auto& rule : rules) {
    check(rule.name, rule.metric);
    if (rule.divided_by) check(rule.name, *rule.divided_by);
  }
}

// For a configuration that was checked when it was read.
template <class T>
T checked(Result<T> result) {
  if (result) return std::move(*result);
  log_error("internal error: a checked configuration is refused", {{"error", result.error().text}});
  std::abort();
}

}  // namespace

struct App::Parts {
  Parts(Options o, Config c);

  Result<void> open_journal();
  Result<void> add_collectors();
  Result<void> listen();
  void set_external_url(const std::string& first_address);
  HttpEvents events();
  [[nodiscard]] Cadence cadence_of(std::string_view collector) const;
  void finish(Frame& frame);
  void publish(std::shared_ptr<const Frame> frame);
  void refresh_access();
  Result<void> reload();
  Result<void> load_all();
  void apply(Config fresh);
  void await_signal();
  void stop();

  asio::io_context loop{1};
  Options options;
  Config config;
  Board board{describe_daemon(), nullptr, nullptr, {}};
  OwnMetrics own;
  OwnProcess own_process;
  Workers workers;
  Resolver resolver;
  Alerting alerting;
  Routes routes;
  HttpServer server;
  std::unique_ptr<WebAccess> access;  // null without --web.config.file
  Sampler sampler;
  ServiceManager service_manager;
  asio::signal_set signals;
  std::shared_ptr<ProcessesCollector> processes;
  std::unique_ptr<OomJournal> oom_journal;
  std::vector<std::string_view> collectors;  // names
};

App::Parts::Parts(Options o, Config c)
    : options(std::move(o)),
      config(std::move(c)),
      own(board.daemon),
      own_process(board.daemon.started),
      workers(loop.get_executor(), kWorkers),
      resolver(loop),
      alerting(loop, resolver, checked(RuleSet::make(config.rules)), config, board.daemon.hostname),
      routes(board, options.enable_lifecycle, [this] { return reload(); }),
      server(
          loop, limits_of(config.web), [this](const HttpRequest& r) { return routes.handle(r); },
          events()),
      sampler(
          loop, workers, [this](Frame& frame) { finish(frame); },
          [this](std::shared_ptr<const Frame> frame) { publish(std::move(frame)); }),
      service_manager(loop),
      signals(loop, SIGTERM, SIGINT, SIGHUP) {
  own.reloaded(true, board.daemon.started);
  warn_of_unknown_metrics(config.rules);
}

App::App(Options options, Config config)
    : parts_(std::make_unique<Parts>(std::move(options), std::move(config))) {}

App::~App() = default;

Result<void> App::start() {
  if (auto opened = parts_->open_journal(); !opened) return opened;
  if (auto added = parts_->add_collectors(); !added) return added;
  if (auto listening = parts_->listen(); !listening) return listening;
  parts_->await_signal();
  parts_->service_manager.feed_watchdog();
  parts_->sampler.start();
  return {};
}

bool App::run() {
  parts_->loop.run();
  // All three, not the first that hangs.
  const bool collected = parts_->workers.close();
  const bool resolved = parts_->resolver.close();
  const bool checked_passwords = !parts_->access || parts_->access->close();
  return collected && resolved && checked_passwords;
}

HttpEvents App::Parts::events() {
  HttpEvents events;
  events.answered = [this](const HttpResponse& response, std::chrono::nanoseconds duration) {
    own.answered(response.route, response.status, duration);
  };
  events.rejected = [this](std::string_view reason) { own.rejected(reason); };
  return events;
}

Cadence App::Parts::cadence_of(std::string_view collector) const {
  const auto& sampling = config.sampling;
  const bool sweep = collector == "processes";
  return {sweep ? sampling.processes_interval : sampling.interval, sampling.deadline};
}

Result<void> App::Parts::open_journal() {
  auto storage = open_storage(options.storage_path, options.storage_given);
  if (!storage) return tl::unexpected(within("--storage.path", std::move(storage.error())));
  oom_journal = std::make_unique<OomJournal>(workers, std::move(*storage));
  auto loaded = oom_journal->load();
  if (loaded || options.storage_given) return loaded;
  log_warning("the kills of earlier boots are not shown", {{"error", loaded.error().text}});
  return {};
}

Result<void> App::Parts::add_collectors() {
  CollectSettings settings;
  settings.roots = options.roots;
  settings.stat = guard(stat_filesystem, kMountDeadline);
  auto all = make_collectors(settings);
  auto reader = make_process_reader(options.roots);
  if (!reader) return wrong_flag(within("--path.procfs", std::move(reader.error())));
  processes = std::make_shared<ProcessesCollector>(
      std::move(*reader), checked(GroupRules::make(config.groups.rules)),
      ProcessesCollector::Settings{config.groups.limit}, boot_time(options.roots.procfs),
      static_cast<double>(::sysconf(_SC_CLK_TCK)));
  processes->watch_oom(oom_sources(options.roots));
  all.push_back(processes);
  for (auto& collector : all) {
    collectors.push_back(collector->name());
    const Cadence cadence = cadence_of(collector->name());
    sampler.add(std::move(collector), cadence);
  }
  return {};
}

Result<void> App::Parts::listen() {
  if (!options.web_config_file.empty()) {
    access = std::make_unique<WebAccess>(loop, server, options.web_config_file);
    if (auto loaded = access->load(); !loaded) return wrong_flag(std::move(loaded.error()));
  }
  for (const auto& address : options.listen_addresses) {
    auto bound = server.listen_tcp(address);
    if (!bound) return tl::unexpected(std::move(bound.error()));
    log_info("listening", {{"address", *bound}});
    if (&address == &options.listen_addresses.front()) set_external_url(*bound);
  }
  if (options.socket.empty()) return {};
  if (auto bound = server.listen_unix(options.socket); !bound) {
    if (options.socket_given) return bound;
    log_warning("no unix socket for the perfwatch command, it will use HTTP",
                {{"error", bound.error().text}});
  } else {
    log_info("listening", {{"socket", options.socket}});
  }
  return {};
}

void App::Parts::set_external_url(const std::string& first_address) {
  const auto port = first_address.substr(first_address.rfind(':'));
  const std::string scheme = access && access->tls() ? "https://" : "http://";
  alerting.set_external_url(options.external_url.empty()
                                ? scheme + board.daemon.hostname + port + "/"
                                : options.external_url);
}

// Our own series join the frame, then it is judged, then it tells what fires.
void App::Parts::finish(Frame& frame) {
  oom_journal->take(frame);
  own.set_connections(server.connections());
  const auto add = [&](std::string_view origin, Samples samples) {
    frame.blocks.push_back(
        std::make_shared<const Block>(Block{origin, frame.at, std::move(samples)}));
  };
  add("process", own_process.collect());
  add("own", own.collect());
  add("senders", own.describe(alerting.senders()));
  alerting.judge(frame);
  add("alerts", alerting.describe());
}

void App::Parts::publish(std::shared_ptr<const Frame> frame) {
  const bool first = board.frame == nullptr;
  refresh_access();
  // Rates on the page span a whole round: a frame that only adds a late collector is no new
  // "before".
  const auto old = std::exchange(board.frame, std::move(frame));
  const bool same_round = old && block_of(*old, "cpu") == block_of(*board.frame, "cpu");
  if (!same_round) board.before = old;
  board.alerts = alerting.alerts();
  if (!first) return;
  log_info("ready", {{"tier", board.daemon.tier},
                     {"collectors", std::to_string(collectors.size())},
                     {"rules", std::to_string(config.rules.size())}});
  service_manager.ready("sampling");
}

// Certificates are renewed while we run.
void App::Parts::refresh_access() {
  if (!access) return;
  if (auto fresh = access->refresh(); !fresh) {
    log_error("web configuration not reloaded, keeping the old one",
              {{"error", fresh.error().text}});
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
    log_error("configuration not reloaded, keeping the old one", {{"error", done.error().text}});
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
  config = std::move(fresh);
  warn_of_unknown_metrics(config.rules);
  alerting.reconfigure(checked(RuleSet::make(config.rules)), config);
  board.alerts = alerting.alerts();
  server.set_limits(limits_of(config.web));
  for (const auto name : collectors) sampler.set_cadence(name, cadence_of(name));
  sampler.when_idle("processes", [this] {
    processes->set_rules(checked(GroupRules::make(config.groups.rules)),
                         ProcessesCollector::Settings{config.groups.limit});
  });
}

void App::Parts::await_signal() {
  signals.async_wait([this](const boost::system::error_code& error, int signal) {
    if (error) return;
    if (signal != SIGHUP) return stop();
    // An error has been logged; who sent the signal looks there.
    [[maybe_unused]] const auto done = reload();
    await_signal();
  });
}

void App::Parts::stop() {
  log_info("stopping");
  service_manager.stopping();
  service_manager.cancel();
  sampler.stop();
  server.stop(kStopPatience, [this] { loop.stop(); });
}

}  // namespace perfwatch
