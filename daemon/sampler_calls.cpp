// SPDX-License-Identifier: Apache-2.0
// The calls into collectors: started on a worker, given up, back.
#include <algorithm>
#include <string>
#include <utility>

#include "daemon/log.h"
#include "daemon/sampler_source.h"

namespace perfwatch {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::size_t index_of(ErrorKind kind) { return static_cast<std::size_t>(kind); }

}  // namespace

void Sampler::start_call(Source& source, Call call, Time now) {
  source.call = call;
  source.overlaps = false;
  source.deadline = now + source.cadence.deadline;
  auto outcome = std::make_shared<Outcome>();
  outcome->call = call;
  source.ticket = workers_.start(
      [collector = source.collector, outcome] {
        outcome->taken = Instant::now();
        if (outcome->call == Call::catch_up) {
          outcome->in_hurry = collector->catch_up();
        } else {
          outcome->result = collector->collect(outcome->taken);
        }
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
  const bool withdrawn = outcome == Workers::GivenUp::withdrawn;  // every worker was taken
  const Call call = source.call;
  if (withdrawn) {
    source.call = Call::none;
    source.rested = source.deadline + kCatchUpRest;
    if (call == Call::catch_up) return;  // its next round comes anyway
  }
  source.block.reset();
  if (!grace_ends_) grace_ends_ = Clock::now();  // say so at once
  const std::string limit = std::to_string(Seconds(source.cadence.deadline).count()) + " s";
  source.state.stuck = !withdrawn;
  note(source,
       fail(ErrorKind::io, (withdrawn ? "no worker was free for " : "no answer for ") + limit));
}

void Sampler::finished(Source& source, Outcome& outcome) {
  source.call = Call::none;
  source.in_round = false;
  if (outcome.call == Call::catch_up) {
    ++source.state.catch_ups;
    source.state.catch_up_time += outcome.duration;
  } else {
    source.state.duration = outcome.duration;
  }
  const bool stuck = std::exchange(source.state.stuck, false);
  if (stuck) {
    came_back(source, outcome);
  } else if (outcome.call == Call::collect) {
    take(source, outcome);
  }
  for (auto& change : std::exchange(source.changes, {})) change();
  if (!running_) return;
  const auto now = Clock::now();
  source.rested = now + kCatchUpRest * static_cast<int>(pace_.stretch);
  if (outcome.in_hurry) source.wanted = true;
  if (outcome.call == Call::catch_up && !stuck) return turn();  // its round may have begun
  if (!grace_ends_) grace_ends_ = now;  // late for its round: show it at once
  publish_when_complete(now);
  arm();
}

// What it brings is as old as its call: only its return is news. It runs again at once.
void Sampler::came_back(Source& source, const Outcome& outcome) {
  log_info("collector came back", {{"collector", std::string(source.state.name)},
                                   {"after_seconds", std::to_string(outcome.duration.count())}});
  source.wanted = true;
}

void Sampler::take(Source& source, Outcome& outcome) {
  note(source, outcome.result);
  if (!outcome.result) source.block.reset();  // what is old is not shown as new
  if (!outcome.result) return;
  source.state.last_success = outcome.taken.wall;
  if (source.state.paused) return;
  source.processes = std::move(outcome.result->processes);
  source.block = std::make_shared<const Block>(
      Block{source.state.name, outcome.taken, std::move(*outcome.result)});
}

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
  source.trouble.note(state, result, Clock::now());
}

}  // namespace perfwatch
