// SPDX-License-Identifier: Apache-2.0
#include "daemon/baseline_server.h"

#include <algorithm>
#include <deque>
#include <optional>
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
  unsigned tries = 0;
  std::uint64_t source = 0;  // the State::source that was asked
};
struct Asked {
  BaselineKey key;
  Clock::time_point at;
};

}  // namespace

// Kept alive by its coroutine, which ends at the next wake-up after `ended`.
struct BaselineServer::State : std::enable_shared_from_this<BaselineServer::State> {
  State(asio::io_context& io, Resolver& r, Pace p) : wake(io), resolver(r), pace(p) {}

  asio::steady_timer wake;  // expires when there is something to do; changes cancel it
  Resolver& resolver;
  Pace pace;
  Config::SharedBaseline settings;
  HttpUrl url;
  std::uint64_t source = 0;         // grows when the settings change
  std::deque<Wanted> wanted;        // oldest first
  std::optional<Wanted> under_way;  // asked, and what became of it is not known yet
  std::deque<Asked> asked;          // oldest first
  unsigned failures = 0;            // in a row
  std::string trouble;              // of the last question; empty: it was answered
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
  void answer(const HttpUrl& from, HttpReply reply);
  void took(const Result<SharedImport>& done);
  [[nodiscard]] Wanted finish();
  void ask_who_is_there_now();
  void ask_later(const Error& why);
};

BaselineServer::BaselineServer(asio::io_context& loop, Resolver& resolver,
                               Config::SharedBaseline settings, Pace pace)
    : state_(std::make_shared<State>(loop, resolver, pace)) {
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

void BaselineServer::took(const Result<SharedImport>& done) {
  state_->took(done);
  state_->wake.cancel();
}

SharedCounts BaselineServer::counts() const { return state_->counts; }

const std::string& BaselineServer::trouble() const { return state_->trouble; }

void BaselineServer::State::set(Config::SharedBaseline fresh) {
  if (fresh == settings) return;
  settings = std::move(fresh);
  ++source;
  url = {};
  asked.clear();
  failures = 0;
  trouble.clear();
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
  } else if (under_way && under_way->key == key) {
    under_way->run = run;
  } else if (wanted.size() < kKeys && !was_asked(key, Clock::now())) {
    wanted.push_back({key, run});
  }
}

bool BaselineServer::State::was_asked(const BaselineKey& key, Clock::time_point now) {
  while (!asked.empty() && (now - asked.front().at >= kAskAgain || asked.size() > kRemembered)) {
    asked.pop_front();
  }
  return std::any_of(asked.begin(), asked.end(), [&](const Asked& one) { return one.key == key; });
}

Clock::time_point BaselineServer::State::next() const {
  const bool waits = wanted.empty() || under_way || url.host.empty();
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
  under_way = std::move(wanted.front());
  wanted.pop_front();
  under_way->source = source;
  const HttpUrl from = url;  // a reload may change it meanwhile
  HttpUrl to = from;
  SharedWindow window;
  window.range = std::chrono::duration_cast<std::chrono::milliseconds>(settings.range);
  to.target += server_query(shared_runs_query(under_way->key, window), kServersPatience);
  ++counts.asked;
  not_before = Clock::now() + pace.between;
  auto reply = co_await http_get(resolver, to, kAnswerBytes, kPatience);
  if (ended) co_return;
  if (under_way->source != source) {
    ask_who_is_there_now();
  } else if (!reply && reply.error().kind == ErrorKind::malformed) {
    ask_later(
        {ErrorKind::malformed, reply.error().text + "; a shorter baseline.range makes it less"});
  } else if (!reply) {
    ask_later(reply.error());
  } else {
    answer(from, std::move(*reply));
  }
}

void BaselineServer::State::answer(const HttpUrl& from, HttpReply reply) {
  if (!told) {
    (void)finish();
    return;
  }
  const std::string where = (from.tls ? "https://" : "http://") + from.host_and_port();
  told({under_way->key, {where, from.host_and_port()}, reply.status, std::move(reply.body)},
       under_way->run);
}

void BaselineServer::State::took(const Result<SharedImport>& done) {
  if (!under_way) return;
  if (under_way->source != source) {
    ask_who_is_there_now();
    return;
  }
  if (!done && done.error().kind != ErrorKind::gone) {
    ask_later(done.error());
    return;
  }
  const Wanted one = finish();
  asked.push_back({one.key, Clock::now()});
  failures = 0;
  trouble.clear();
  log_info(done ? "other hosts have measured this operation" : "no other host has measured this",
           {{"component", one.key.component},
            {"operation", one.key.operation},
            {"host_class", one.key.host_class},
            {"runs", std::to_string(done ? done->runs : 0)}});
}

Wanted BaselineServer::State::finish() {
  Wanted one = std::move(*under_way);
  under_way.reset();
  return one;
}

// The one that was asked is not the one to ask any more.
void BaselineServer::State::ask_who_is_there_now() {
  if (auto one = finish(); !url.host.empty()) wanted.push_back(std::move(one));
}

// An answer that is none will be none the next time; it is asked for as if it had been one.
void BaselineServer::State::ask_later(const Error& why) {
  Wanted one = finish();
  ++one.tries;
  if (one.tries < kTries && why.kind != ErrorKind::malformed) {
    wanted.push_back(std::move(one));
  } else {
    asked.push_back({one.key, Clock::now()});
  }
  ++counts.failed;
  const auto delay = pace.after_failure * (1U << std::min(failures, kMostDoublings));
  not_before = Clock::now() + std::min<std::chrono::nanoseconds>(delay, kAskAgain);
  ++failures;
  if (std::exchange(trouble, why.text) == why.text) return;  // the log has it
  log_warning("what other hosts have measured is not known, asking again later",
              {{"key", "baseline.source"}, {"error", why.text}});
}

}  // namespace perfwatch
