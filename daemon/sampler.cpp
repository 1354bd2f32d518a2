// SPDX-License-Identifier: Apache-2.0
#include "daemon/sampler.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <utility>

#include "daemon/collector_series.h"
#include "daemon/log.h"
#include "daemon/sampler_source.h"

namespace perfwatch {
namespace {

using Clock = std::chrono::steady_clock;

}  // namespace

Sampler::Sampler(boost::asio::io_context& loop, Workers& workers, Finish finish, Publish publish)
    : loop_(loop),
      timer_(loop),
      workers_(workers),
      finish_(std::move(finish)),
      publish_(std::move(publish)),
      self_(std::make_shared<Sampler*>(this)) {}

Sampler::~Sampler() { *self_ = nullptr; }

void Sampler::add(std::shared_ptr<Collector> collector, Cadence cadence) {
  auto source = std::make_unique<Source>();
  source->state.name = collector->name();
  source->cadence = cadence;
  source->rhythm = join_rhythm(cadence, {});
  show_interval(*source);
  if (const int descriptor = collector->wake_descriptor(); descriptor >= 0) {
    auto wake_up = WakeUp::make(loop_, descriptor);
    if (wake_up) {
      source->wake_up = std::move(*wake_up);
      source->state.catches_up = true;
    } else {
      log_warning("collector cannot be woken between its rounds, going on without",
                  {{"collector", std::string(collector->name())}, {"error", wake_up.error().text}});
    }
  }
  source->collector = std::move(collector);
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
  source->rhythm = join_rhythm(cadence, source->rhythm->due);
  leave_empty_rhythms();
  show_interval(*source);
  if (running_) arm();
}

void Sampler::set_pace(Pace pace) {
  pace_ = pace;
  const auto now = Clock::now();
  for (const auto& rhythm : rhythms_) {
    rhythm->interval.set_stretch(pace.stretch);
    rhythm->due = std::min(rhythm->due, now + rhythm->interval.interval());
  }
  for (const auto& source : sources_) {
    show_interval(*source);
    source->state.paused = pace.pause_optional && source->collector->optional();
    if (!source->state.paused) continue;
    source->block.reset();  // what is old is not shown as new
    if (source->wake_up) source->wake_up->stop();
  }
  if (running_) arm();
}

void Sampler::want(std::string_view collector) {
  Source* source = find(collector);
  if (source == nullptr || std::exchange(source->wanted, true)) return;
  boost::asio::post(loop_, [self = self_] {
    if (*self != nullptr) (*self)->turn();
  });
}

void Sampler::when_idle(std::string_view collector, std::function<void()> change) {
  Source* source = find(collector);
  if (source == nullptr) return;
  if (source->call != Call::none) {
    source->changes.push_back(std::move(change));
  } else {
    change();
  }
}

void Sampler::start() {
  running_ = true;
  const auto now = Clock::now();
  for (const auto& rhythm : rhythms_) rhythm->due = now;
  turn();
}

void Sampler::stop() {
  running_ = false;
  timer_.cancel();
  for (const auto& source : sources_) {
    if (source->wake_up) source->wake_up->stop();
  }
}

void Sampler::turn() {
  if (!running_) return;
  const auto now = Clock::now();
  for (const auto& rhythm : rhythms_) {
    if (now >= rhythm->due) begin_round(*rhythm, now);
  }
  for (const auto& source : sources_) turn(*source, now);
  publish_when_complete(now);
  arm();
}

void Sampler::turn(Source& source, Time now) {
  if (source.state.stuck) return;
  if (source.call != Call::none && now >= source.deadline) {
    declare_stuck(source);
  } else if (source.call == Call::catch_up && source.wanted) {
    wait_for_catch_up(source, now);
  } else if (source.call == Call::none && source.wanted) {
    run(source, now);
  } else if (source.call == Call::none) {
    listen(source, now);
  }
}

void Sampler::run(Source& source, Time now) {
  source.wanted = false;
  if (source.state.paused) return;
  source.in_round = true;
  if (!grace_ends_) grace_ends_ = now + kGrace;
  start_call(source, Call::collect, now);
}

// Its round starts when catch_up() returns; the frame waits for it as it does for a round, once.
void Sampler::wait_for_catch_up(Source& source, Time now) {
  if (std::exchange(source.overlaps, true)) return;
  source.in_round = true;
  if (!grace_ends_) grace_ends_ = now + kGrace;
}

void Sampler::listen(Source& source, Time now) {
  if (!source.wake_up || source.wake_up->listening() || source.state.paused) return;
  if (now < source.rested) return;
  source.wake_up->listen([self = self_, &source] {
    // A call under way drains by itself, or listens again when it ends.
    if (*self == nullptr || !(*self)->running_ || source.call != Call::none) return;
    (*self)->start_call(source, Call::catch_up, Clock::now());
    (*self)->arm();
  });
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
  frame->blocks.reserve(sources_.size() + 5);
  for (const auto& source : sources_) {
    if (!source->block) continue;
    frame->blocks.push_back(source->block);
    if (source->processes) frame->processes = source->processes;
  }
  decide_intervals(*frame);
  for (const auto& source : sources_) {
    show_interval(*source);
    frame->collectors.push_back(source->state);
  }
  Samples state = describe_collectors(frame->collectors, state_schema_);
  frame->blocks.push_back(
      std::make_shared<const Block>(Block{"sampler", frame->at, std::move(state)}));
  finish_(*frame);
  publish_(std::move(frame));
}

void Sampler::arm() {
  auto next = Clock::time_point::max();
  if (grace_ends_) next = *grace_ends_;
  for (const auto& rhythm : rhythms_) next = std::min(next, rhythm->due);
  for (const auto& source : sources_) {
    if (source->state.stuck) continue;  // finished() tells us
    if (source->call != Call::none) next = std::min(next, source->deadline);
    if (source->call == Call::none && source->wanted) next = Clock::now();
    const bool rests = source->call == Call::none && source->wake_up && !source->state.paused &&
                       !source->wake_up->listening();
    if (rests) next = std::min(next, source->rested);
  }
  if (next == Clock::time_point::max()) return;  // no collector at all
  timer_.expires_at(next);
  timer_.async_wait([this](const boost::system::error_code& error) {
    if (!error) turn();
  });
}

}  // namespace perfwatch
