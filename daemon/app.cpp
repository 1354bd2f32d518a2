// SPDX-License-Identifier: Apache-2.0
#include "daemon/app.h"

#include <unistd.h>

#include <csignal>
#include <utility>

#include "daemon/app_parts.h"
#include "daemon/host.h"
#include "daemon/version.h"

namespace perfwatch {
namespace {

constexpr std::size_t kWorkers = 2;
// How long requests that are being answered may take at the end.
constexpr std::chrono::milliseconds kStopPatience{800};

}  // namespace

DaemonInfo describe_daemon() {
  DaemonInfo daemon;
  daemon.version = kVersion;
  daemon.revision = kRevision;
  daemon.hostname = host_name();
  daemon.kernel = kernel_release();
  daemon.started = std::chrono::system_clock::now();
  daemon.pid = ::getpid();
  return daemon;
}

App::Parts::Parts(Options o, Config c)
    : options(std::move(o)),
      config(std::move(c)),
      own(board.daemon),
      own_process(board.daemon.started),
      workers(loop.get_executor(), kWorkers),
      resolver(loop),
      alerting(loop, resolver, checked(RuleSet::make(config.rules)), config, board.daemon.hostname),
      baseline_server(loop, resolver, config.baseline, BaselineServer::Pace{}),
      routes(board, options.enable_lifecycle, [this] { return reload(); }),
      server(
          loop, limits_of(config.web), [this](const HttpRequest& r) { return routes.handle(r); },
          events()),
      sampler(
          loop, workers, [this](Frame& frame) { finish(frame); },
          [this](std::shared_ptr<const Frame> frame) { publish(std::move(frame)); }),
      wake_sources(loop, sampler, options.roots),
      budget(sampler, workers, config.budget),
      accounting_watch(config.accounting.tier),
      service_manager(loop),
      signals(loop, SIGTERM, SIGINT, SIGHUP) {
  server.set_body_limit(Routes::body_limit);
  board.history = &alerting.history();
  board.rules = &alerting.rules();
  own.reloaded(true, board.daemon.started);
  warn_of_unknown_metrics(config.rules);
}

App::App(Options options, Config config)
    : parts_(std::make_unique<Parts>(std::move(options), std::move(config))) {}

App::~App() = default;

Result<void> App::start() {
  if (auto opened = parts_->open_journals(); !opened) return opened;
  if (auto added = parts_->add_collectors(); !added) return added;
  if (auto listening = parts_->listen(); !listening) return listening;
  parts_->await_signal();
  parts_->service_manager.feed_watchdog();
  parts_->watch_intervals();
  parts_->sampler.start();
  return {};
}

bool App::run() {
  parts_->loop.run();
  parts_->alert_journal->finish(Instant::now());
  parts_->run_journal->finish();
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
    // What `perfwatch top` asks for, again and again.
    if (response.route == "/api/v1/groups" || response.route == "/api/v1/processes") {
      sampler.watched();
    }
  };
  events.rejected = [this](std::string_view reason) { own.rejected(reason); };
  return events;
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

// Certificates are renewed while we run.
void App::Parts::refresh_access() {
  if (!access) return;
  if (auto fresh = access->refresh(); !fresh) {
    log_error("web configuration not reloaded, keeping the old one",
              {{"error", fresh.error().text}});
  }
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
  wake_sources.stop();
  sampler.stop();
  server.stop(kStopPatience, [this] { loop.stop(); });
}

}  // namespace perfwatch
