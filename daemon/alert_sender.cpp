// SPDX-License-Identifier: Apache-2.0
#include "daemon/alert_sender.h"

#include <algorithm>
#include <random>
#include <utility>

#include "daemon/asio.h"
#include "daemon/http_calls.h"
#include "daemon/log.h"
#include "exporters/alertmanager/payload.h"

namespace perfwatch {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::size_t kBatch = 64;  // alerts in one request

// Alertmanager wants a firing alert to end by itself when its sender falls silent; Prometheus takes
// four intervals.
constexpr int kEndsAfterRepeats = 4;

}  // namespace

// Kept alive by its coroutine, which ends at the next wake-up after `ended`.
struct AlertSender::State : std::enable_shared_from_this<AlertSender::State> {
  State(asio::io_context& io, Resolver& r, Kind k, AlertTarget t, AlertQueue::Settings s,
        std::string external)
      : wake(io), resolver(r), kind(k), external_url(std::move(external)), queue(s) {
    set(std::move(t), s);
  }

  asio::steady_timer wake;  // expires when there is something to do; changes cancel it
  Resolver& resolver;
  Kind kind;
  std::string external_url;
  AlertTarget target;
  HttpUrl url;
  AlertQueue::Settings settings;
  AlertQueue queue;
  Counts counts;
  unsigned failures = 0;           // in a row
  std::size_t singly = 0;          // so many go one by one, to find the one that the target refuses
  Clock::time_point not_before{};  // back-off
  std::mt19937_64 random{std::random_device{}()};
  bool ended = false;
  std::function<void()> tell_taken;

  void set(AlertTarget t, AlertQueue::Settings s);
  asio::awaitable<void> run();
  asio::awaitable<void> send_due();
  [[nodiscard]] std::vector<Alert> next_batch() const;
  [[nodiscard]] std::string body(const std::vector<Alert>& alerts) const;
  void judge(const Result<HttpReply>& reply, const std::vector<Alert>& alerts);
  void failed(const std::string& why);
};

AlertSender::AlertSender(asio::io_context& loop, Resolver& resolver, Kind kind, AlertTarget target,
                         AlertQueue::Settings settings, std::string external_url)
    : state_(std::make_shared<State>(loop, resolver, kind, std::move(target), settings,
                                     std::move(external_url))) {
  asio::co_spawn(loop, state_->run(), kMustNotThrow);
}

AlertSender::~AlertSender() {
  state_->ended = true;
  state_->wake.cancel();
}

const AlertTarget& AlertSender::target() const { return state_->target; }
AlertSender::Kind AlertSender::kind() const { return state_->kind; }

void AlertSender::set(AlertTarget target, AlertQueue::Settings settings) {
  state_->set(std::move(target), settings);
  state_->wake.cancel();
}

void AlertSender::set_external_url(std::string url) { state_->external_url = std::move(url); }

void AlertSender::restore(const Alert& alert, bool taken) {
  state_->queue.restore(alert, taken, Clock::now());
  state_->wake.cancel();
}

void AlertSender::each(const std::function<void(const Alert&, bool)>& take) const {
  state_->queue.each(take);
}

void AlertSender::when_taken(std::function<void()> tell) { state_->tell_taken = std::move(tell); }

void AlertSender::change(const Alert& alert) {
  state_->queue.change(alert, Clock::now());
  state_->wake.cancel();
}

void AlertSender::refresh(const Alert& alert) {
  const auto before = state_->queue.next_due();
  state_->queue.refresh(alert, Clock::now());
  if (state_->queue.next_due() != before) state_->wake.cancel();
}

AlertSender::Counts AlertSender::counts() const {
  Counts counts = state_->counts;
  counts.dropped += state_->queue.dropped();
  return counts;
}

std::size_t AlertSender::queue_length() const { return state_->queue.undelivered(); }

void AlertSender::State::set(AlertTarget t, AlertQueue::Settings s) {
  target = std::move(t);
  settings = s;
  queue.set(s);
  // The configuration was checked: a URL that it lets through can be taken apart.
  if (auto parsed = parse_http_url(target.url)) url = std::move(*parsed);
  if (kind == Kind::alertmanager) {
    while (url.target.ends_with('/')) url.target.pop_back();
    url.target += "/api/v2/alerts";
  }
}

asio::awaitable<void> AlertSender::State::run() {
  const auto self = shared_from_this();
  while (!ended) {
    auto next = queue.next_due().value_or(Clock::time_point::max());
    if (next != Clock::time_point::max()) next = std::max(next, not_before);
    if (next <= Clock::now()) {
      co_await send_due();
      continue;
    }
    wake.expires_at(next);
    co_await wake.async_wait(kNoThrow);
  }
}

asio::awaitable<void> AlertSender::State::send_due() {
  const auto alerts = next_batch();
  const std::string text = body(alerts);
  const HttpUrl to = url;  // a reload may change it meanwhile
  const auto reply = co_await http_post(resolver, to, text, target.timeout);
  if (!ended) judge(reply, alerts);
}

// A webhook gets one rule and one state a request: its format has one status for the whole group.
std::vector<Alert> AlertSender::State::next_batch() const {
  auto alerts = queue.due(Clock::now(), singly > 0 ? 1 : kBatch);
  if (kind == Kind::webhook && !alerts.empty()) {
    const Alert first = alerts.front();
    std::erase_if(alerts, [&](const Alert& alert) {
      return alert.rule != first.rule || alert.state != first.state;
    });
  }
  return alerts;
}

std::string AlertSender::State::body(const std::vector<Alert>& alerts) const {
  if (kind == Kind::webhook) return webhook_body(alerts, target.name, external_url);
  return alertmanager_body(alerts, external_url, std::chrono::system_clock::now(),
                           settings.repeat * kEndsAfterRepeats);
}

void AlertSender::State::judge(const Result<HttpReply>& reply, const std::vector<Alert>& alerts) {
  if (!reply) return failed(reply.error().text);
  const unsigned status = reply->status;
  if (status >= 200 && status < 300) {
    if (failures > 0) log_info("alerts are delivered again", {{"target", target.name}});
    failures = 0;
    not_before = {};
    singly -= std::min(singly, alerts.size());
    counts.sent += alerts.size();
    queue.delivered(alerts, Clock::now());
    if (tell_taken) tell_taken();
    return;
  }
  const std::string answer = "HTTP " + std::to_string(status) + " " + reply->body;
  // These say that the request is wrong. One wrong alert must not hold up the rest: they go one by
  // one, and those that are refused wait.
  if (status == 400 || status == 413 || status == 422) {
    ++counts.failed;
    if (alerts.size() > 1) {
      singly = alerts.size();
      return;
    }
    singly -= std::min<std::size_t>(singly, 1);
    queue.refuse(alerts, Clock::now());
    log_error("target refuses an alert, trying again later",
              {{"target", target.name}, {"alert", alerts.front().rule}, {"answer", answer}});
    return;
  }
  failed(answer);
}

void AlertSender::State::failed(const std::string& why) {
  ++counts.failed;
  ++failures;
  const double share = std::uniform_real_distribution<double>(0.0, 1.0)(random);
  not_before = Clock::now() + retry_delay(failures, share);
  if (failures == 1) {
    log_warning("alerts could not be delivered, trying again until they are",
                {{"target", target.name}, {"error", why}});
  }
}

}  // namespace perfwatch
