// SPDX-License-Identifier: Apache-2.0
#include "daemon/baseline_server.h"

#include <algorithm>
#include <deque>
#include <utility>

#include "daemon/asio.h"
#include "daemon/http_calls.h"
#include "daemon/log.h"
#include "daemon/shared_runs.h"

namespace perfwatch {
namespace {

using Clock = std::chrono::steady_clock;

constexpr unsigned kMostDoublings = 10;

struct Wanted {
  BaselineKey key;
  std::string run;
};
struct Asked {
  BaselineKey key;
  Clock::time_point at;
};

}  // namespace

// Kept alive by its coroutine, which ends at the next wake-up after `ended`.
struct BaselineServer::State : std::enable_shared_from_this<BaselineServer::State> {
  State(asio::io_context& io, Resolver& r, std::chrono::nanoseconds again)
      : wake(io), resolver(r), try_again(again) {}

  asio::steady_timer wake;  // expires when there is something to do; changes cancel it
  Resolver& resolver;
  std::chrono::nanoseconds try_again;
  Config::SharedBaseline settings;
  HttpUrl url;
  std::deque<Wanted> wanted;  // oldest first
  std::deque<Asked> asked;    // oldest first
  bool answered = false;      // and not taken yet
  unsigned failures = 0;      // in a row
  Clock::time_point not_before{};
  SharedCounts counts;
  Told told;
  bool ended = false;

  void set(Config::SharedBaseline fresh);
  void want(const BaselineKey& key, const std::string& run);
  [[nodiscard]] bool was_asked(const BaselineKey& key, Clock::time_point now);
  [[nodiscard]] Clock::time_point next() const;
  asio::awaitable<void> run();
  asio::awaitable<void> ask();
  void failed(const std::string& why);
};

BaselineServer::BaselineServer(asio::io_context& loop, Resolver& resolver,
                               Config::SharedBaseline settings, std::chrono::nanoseconds try_again)
    : state_(std::make_shared<State>(loop, resolver, try_again)) {
  state_->set(std::move(settings));
  asio::co_spawn(loop, state_->run(), kMustNotThrow);
}

BaselineServer::~BaselineServer() {
  state_->ended = true;
  state_->wake.cancel();
}

void BaselineServer::set(Config::SharedBaseline settings) {
  state_->set(std::move(settings));
  state_->wake.cancel();
}

bool BaselineServer::is_there() const { return !state_->url.host.empty(); }

void BaselineServer::when_told(Told told) { state_->told = std::move(told); }

void BaselineServer::want(const BaselineKey& key, const std::string& run) {
  if (!is_there()) return;
  state_->want(key, run);
  state_->wake.cancel();
}

void BaselineServer::took(const Result<void>& done) {
  state_->answered = false;
  const bool useful = done || done.error().kind == ErrorKind::gone;
  if (!useful) state_->failed(done.error().text);
  if (useful && std::exchange(state_->failures, 0) > 0) {
    log_info("baselines are told again", {{"server", state_->url.host_and_port()}});
  }
  state_->wake.cancel();
}

SharedCounts BaselineServer::counts() const { return state_->counts; }

void BaselineServer::State::set(Config::SharedBaseline fresh) {
  if (fresh == settings) return;
  settings = std::move(fresh);
  url = {};
  asked.clear();
  failures = 0;
  not_before = {};
  // The configuration was checked: a URL that it lets through can be taken apart.
  if (auto parsed = parse_http_url(settings.source)) url = std::move(*parsed);
  if (url.host.empty()) wanted.clear();
  while (url.target.ends_with('/')) url.target.pop_back();
}

void BaselineServer::State::want(const BaselineKey& key, const std::string& run) {
  const auto same = [&](const auto& one) { return one.key == key; };
  const auto waits = std::find_if(wanted.begin(), wanted.end(), same);
  if (waits != wanted.end()) {
    waits->run = run;
    return;
  }
  if (wanted.size() < kKeys && !was_asked(key, Clock::now())) wanted.push_back({key, run});
}

bool BaselineServer::State::was_asked(const BaselineKey& key, Clock::time_point now) {
  while (!asked.empty() && (now - asked.front().at >= kAskAgain || asked.size() > kRemembered)) {
    asked.pop_front();
  }
  return std::any_of(asked.begin(), asked.end(), [&](const Asked& one) { return one.key == key; });
}

Clock::time_point BaselineServer::State::next() const {
  const bool waits = wanted.empty() || answered || url.host.empty();
  return waits ? Clock::time_point::max() : not_before;
}

asio::awaitable<void> BaselineServer::State::run() {
  const auto self = shared_from_this();
  while (!ended) {
    if (next() <= Clock::now()) {
      co_await ask();
      continue;
    }
    wake.expires_at(next());
    co_await wake.async_wait(kNoThrow);
  }
}

asio::awaitable<void> BaselineServer::State::ask() {
  const Wanted one = std::move(wanted.front());
  wanted.pop_front();
  HttpUrl to = url;  // a reload may change it meanwhile
  SharedWindow window;
  window.range = std::chrono::duration_cast<std::chrono::milliseconds>(settings.range);
  to.target += server_query(shared_runs_query(one.key, window), kPatience);
  ++counts.asked;
  auto reply = co_await http_get(resolver, to, kAnswerBytes, kPatience);
  if (ended) co_return;
  // Of these a later one may be answered.
  const bool overloaded = reply && (reply->status >= 500 || reply->status == 429);
  if (!reply || overloaded) {
    failed(reply ? "status " + std::to_string(reply->status) : reply.error().text);
    wanted.push_front(one);
    co_return;
  }
  asked.push_back({one.key, Clock::now()});
  if (!told) co_return;
  answered = true;
  const std::string where = (to.tls ? "https://" : "http://") + to.host_and_port();
  told({one.key, {where, to.host_and_port()}, reply->status, std::move(reply->body)}, one.run);
}

void BaselineServer::State::failed(const std::string& why) {
  ++counts.failed;
  const auto delay = try_again * (1U << std::min(failures, kMostDoublings));
  not_before = Clock::now() + std::min<std::chrono::nanoseconds>(delay, kAskAgain);
  if (failures++ > 0) return;
  log_warning("what other hosts have measured is not known, asking again later",
              {{"key", "baseline.source"}, {"server", url.host_and_port()}, {"error", why}});
}

}  // namespace perfwatch
