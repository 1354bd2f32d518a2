// SPDX-License-Identifier: Apache-2.0
#include "daemon/sampler.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <utility>

#include "daemon/log.h"

namespace perfwatch {
namespace {

using Clock = std::chrono::steady_clock;

constexpr Metric kDuration{"perfwatch_collector_duration_seconds",
                           MetricType::gauge,
                           "Time that the last finished round of the collector took.",
                           {"collector"}};
constexpr Metric kSuccess{"perfwatch_collector_success",
                          MetricType::gauge,
                          "1 if the last finished round of the collector brought data.",
                          {"collector"}};
constexpr Metric kLastSuccess{"perfwatch_collector_last_success_timestamp_seconds",
                              MetricType::gauge,
                              "When the collector last brought data, in seconds since 1970.",
                              {"collector"}};
constexpr Metric kStuck{"perfwatch_collector_stuck",
                        MetricType::gauge,
                        "1 while a call of the collector hangs past its deadline.",
                        {"collector"}};
constexpr Metric kInterval{"perfwatch_collector_interval_seconds",
                           MetricType::gauge,
                           "Interval at which the collector runs now.",
                           {"collector"}};
constexpr Metric kErrors{"perfwatch_collector_errors_total",
                         MetricType::counter,
                         "What the collector could not read, by reason; single items included.",
                         {"collector", "reason"}};
constexpr const Metric* kMetrics[] = {&kDuration, &kSuccess,  &kLastSuccess,
                                      &kStuck,    &kInterval, &kErrors};

// So long nothing may go wrong before the log says that it is over: what comes and goes is said
// once.
constexpr std::chrono::minutes kCalm{1};

constexpr std::size_t index_of(ErrorKind kind) { return static_cast<std::size_t>(kind); }

void say_trouble(const CollectorState& state, const Result<Samples>& result) {
  const std::string name(state.name);
  if (result) {
    log_warning("collector could not read an item, ignoring it",
                {{"collector", name}, {"error", state.last_error}});
  } else if (result.error().kind == ErrorKind::unsupported) {
    log_info("collector has no source on this host",
             {{"collector", name}, {"error", state.last_error}});
  } else {
    log_warning("collector failed, going on without it",
                {{"collector", name}, {"error", state.last_error}});
  }
}

}  // namespace

// What the log has heard of a collector, from good to bad.
enum class Trouble : std::uint8_t { none, items, failed };

struct Sampler::Source {
  std::shared_ptr<Collector> collector;
  Cadence cadence;
  CollectorState state;
  Clock::time_point due;
  std::shared_ptr<const Block> block;
  Trouble said = Trouble::none;
  Clock::time_point calm_since;
  std::vector<std::function<void()>> changes;  // wait for the call to return

  // Of the call under way:
  bool busy = false;
  bool in_round = false;  // the next frame waits for it
  Workers::Ticket ticket = 0;
  Clock::time_point deadline;
};

// Filled by the worker, read by the loop afterwards.
struct Sampler::Outcome {
  Instant taken;
  Seconds duration{};
  Result<Samples> result = fail(ErrorKind::io, "did not run");
};

Sampler::Sampler(boost::asio::io_context& loop, Workers& workers, Finish finish, Publish publish)
    : timer_(loop),
      workers_(workers),
      finish_(std::move(finish)),
      publish_(std::move(publish)),
      self_(std::make_shared<Sampler*>(this)) {}

Sampler::~Sampler() { *self_ = nullptr; }

MetricList Sampler::metrics() { return kMetrics; }

void Sampler::add(std::shared_ptr<Collector> collector, Cadence cadence) {
  auto source = std::make_unique<Source>();
  source->state.name = collector->name();
  source->state.interval = cadence.interval;
  source->collector = std::move(collector);
  source->cadence = cadence;
  sources_.push_back(std::move(source));
}

Sampler::Source* Sampler::find(std::string_view collector) {
  const auto at = std::find_if(sources_.begin(), sources_.end(),
                               [&](const auto& source) { return source->state.name == collector; });
  return at == sources_.end() ? nullptr : at->get();
}

void Sampler::set_cadence(std::string_view collector, Cadence cadence) {
  Source* source = find(collector);
  if (source == nullptr) return;
  source->cadence = cadence;
  source->state.interval = cadence.interval;
  source->due = std::min(source->due, Clock::now() + cadence.interval);
  if (running_) arm();
}

void Sampler::when_idle(std::string_view collector, std::function<void()> change) {
  Source* source = find(collector);
  if (source == nullptr) return;
  if (source->busy) {
    source->changes.push_back(std::move(change));
  } else {
    change();
  }
}

void Sampler::start() {
  running_ = true;
  const auto now = Clock::now();
  for (const auto& source : sources_) source->due = now;
  wake();
}

void Sampler::stop() {
  running_ = false;
  timer_.cancel();
}

void Sampler::wake() {
  if (!running_) return;
  const auto now = Clock::now();
  for (const auto& source : sources_) {
    if (source->busy) {
      if (!source->state.stuck && now >= source->deadline) declare_stuck(*source);
    } else if (now >= source->due) {
      run(*source, now);
    }
  }
  publish_when_complete(now);
  arm();
}

void Sampler::run(Source& source, Clock::time_point now) {
  source.busy = true;
  source.in_round = true;
  source.deadline = now + source.cadence.deadline;
  if (!grace_ends_) grace_ends_ = now + kGrace;
  // The next due time on the same raster, in the future even after a pause (a suspended host, a
  // stuck call).
  const auto behind = (now - source.due) / source.cadence.interval;
  source.due += (behind + 1) * source.cadence.interval;

  auto outcome = std::make_shared<Outcome>();
  source.ticket = workers_.start(
      [collector = source.collector, outcome] {
        outcome->taken = Instant::now();
        outcome->result = collector->collect(outcome->taken);
        outcome->duration = Clock::now() - outcome->taken.monotonic;
      },
      [self = self_, &source, outcome] {
        if (*self != nullptr) (*self)->finished(source, *outcome);
      });
}

void Sampler::declare_stuck(Source& source) {
  const auto outcome = workers_.give_up(source.ticket);
  if (outcome == Workers::GivenUp::finished) return;  // back at the last moment
  source.in_round = false;
  source.block.reset();
  if (!grace_ends_) grace_ends_ = Clock::now();  // say so at once
  const std::string limit = std::to_string(Seconds(source.cadence.deadline).count()) + " s";
  if (outcome ==
      Workers::GivenUp::withdrawn) {  // every worker was taken: it waits for its next turn
    source.busy = false;
    note(source, fail(ErrorKind::io, "no worker was free for " + limit));
    return;
  }
  source.state.stuck = true;
  note(source, fail(ErrorKind::io, "no answer for " + limit));
}

void Sampler::finished(Source& source, Outcome& outcome) {
  source.busy = false;
  source.in_round = false;
  source.state.duration = outcome.duration;
  if (std::exchange(source.state.stuck, false)) {
    // What it brings is as old as its call: only its return is news. It runs again at once.
    log_info("collector came back", {{"collector", std::string(source.state.name)},
                                     {"after_seconds", std::to_string(outcome.duration.count())}});
    source.due = Clock::now();
  } else {
    take(source, outcome);
  }
  for (auto& change : std::exchange(source.changes, {})) change();
  if (!running_) return;
  if (!grace_ends_) grace_ends_ = Clock::now();  // late for its round: show it at once
  publish_when_complete(Clock::now());
  arm();
}

void Sampler::take(Source& source, Outcome& outcome) {
  note(source, outcome.result);
  if (!outcome.result) {
    source.block.reset();  // what is old is not shown as new
    return;
  }
  source.state.last_success = outcome.taken.wall;
  source.block = std::make_shared<const Block>(
      Block{source.state.name, outcome.taken, std::move(*outcome.result)});
}

// Keeps the state; the log hears of it when it gets worse, and once when it has been good for a
// while.
void Sampler::note(Source& source, const Result<Samples>& result) {
  auto& state = source.state;
  state.success = result.has_value();
  state.last_error.clear();
  if (!result) {
    ++state.errors[index_of(result.error().kind)];
    state.last_error = result.error().text;
  } else {
    for (std::size_t i = 0; i < kErrorKinds; ++i) state.errors[i] += result->item_errors[i];
    state.last_error = result->item_error_text;
  }
  const Trouble trouble = !result                    ? Trouble::failed
                          : state.last_error.empty() ? Trouble::none
                                                     : Trouble::items;
  if (trouble > source.said) {
    say_trouble(state, result);
    source.said = trouble;
  }
  const auto now = Clock::now();
  if (trouble != Trouble::none) {
    source.calm_since = now;
  } else if (source.said != Trouble::none && now - source.calm_since >= kCalm) {
    source.said = Trouble::none;
    log_info("collector reads everything again", {{"collector", std::string(state.name)}});
  }
}

void Sampler::publish_when_complete(Clock::time_point now) {
  if (!grace_ends_) return;
  const bool waiting = std::any_of(sources_.begin(), sources_.end(),
                                   [](const auto& source) { return source->in_round; });
  if (waiting && now < *grace_ends_) return;
  grace_ends_.reset();
  for (const auto& source : sources_) source->in_round = false;
  publish();
}

void Sampler::publish() {
  auto frame = std::make_shared<Frame>();
  frame->at = Instant::now();
  frame->blocks.reserve(sources_.size() + 4);
  for (const auto& source : sources_) {
    frame->collectors.push_back(source->state);
    if (!source->block) continue;
    frame->blocks.push_back(source->block);
    if (source->block->samples.processes) frame->processes = source->block->samples.processes;
  }
  Samples state = describe_collectors();
  state_schema_ = state.schema;
  frame->blocks.push_back(
      std::make_shared<const Block>(Block{"sampler", frame->at, std::move(state)}));
  finish_(*frame);
  publish_(std::move(frame));
}

void Sampler::arm() {
  auto next = Clock::time_point::max();
  if (grace_ends_) next = *grace_ends_;
  for (const auto& source : sources_) {
    if (!source->busy) {
      next = std::min(next, source->due);
    } else if (!source->state.stuck) {
      next = std::min(next, source->deadline);
    }
  }
  if (next == Clock::time_point::max()) return;  // all are stuck: finished() wakes us
  timer_.expires_at(next);
  timer_.async_wait([this](const boost::system::error_code& error) {
    if (!error) wake();
  });
}

Samples Sampler::describe_collectors() const {
  SampleWriter out(state_schema_);
  const auto each = [&](const Metric& metric, auto value) {
    for (const auto& source : sources_) out.add(metric, value(source->state), {source->state.name});
  };
  // Before the first round has ended there is nothing to say.
  const auto ran = [](const CollectorState& s) { return s.last_success || !s.last_error.empty(); };
  each(kDuration, [&](const CollectorState& s) { return ran(s) ? s.duration.count() : kAbsent; });
  each(kSuccess,
       [&](const CollectorState& s) { return ran(s) ? static_cast<double>(s.success) : kAbsent; });
  each(kLastSuccess, [](const CollectorState& s) {
    return s.last_success ? unix_seconds(*s.last_success) : kAbsent;
  });
  each(kStuck, [](const CollectorState& s) { return s.stuck ? 1.0 : 0.0; });
  each(kInterval, [](const CollectorState& s) { return s.interval.count(); });
  for (const auto& source : sources_) {
    for (std::size_t i = 0; i < kErrorKinds; ++i) {
      out.add(kErrors, static_cast<double>(source->state.errors[i]),
              {source->state.name, to_string(static_cast<ErrorKind>(i))});
    }
  }
  return std::move(out).finish();
}

}  // namespace perfwatch
