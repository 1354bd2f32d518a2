// SPDX-License-Identifier: Apache-2.0
// When rounds begin.
#include <algorithm>

#include "daemon/sampler_source.h"

namespace perfwatch {
namespace {

using Clock = std::chrono::steady_clock;

AdaptiveInterval::Time since_epoch(Clock::time_point time) { return time.time_since_epoch(); }

}  // namespace

// A new rhythm has its first round by `due`.
Sampler::Rhythm* Sampler::join_rhythm(const Cadence& cadence, Time due) {
  auto fresh = std::make_unique<Rhythm>(cadence, due);
  for (const auto& rhythm : rhythms_) {
    if (rhythm->bounds == fresh->bounds) return rhythm.get();
  }
  fresh->interval.set_stretch(pace_.stretch);
  fresh->activity.set_bounds(load_bounds_);
  fresh->began = Clock::now();
  fresh->due = std::min(due, fresh->began + fresh->interval.interval());
  rhythms_.push_back(std::move(fresh));
  return rhythms_.back().get();
}

void Sampler::leave_empty_rhythms() {
  std::erase_if(rhythms_, [this](const auto& rhythm) {
    return std::none_of(sources_.begin(), sources_.end(),
                        [&](const auto& source) { return source->rhythm == rhythm.get(); });
  });
}

void Sampler::begin_round(Rhythm& rhythm, Time now) {
  const auto interval = rhythm.interval.interval();
  if (rhythm.adaptive()) {
    rhythm.due = now + interval;  // until decide_intervals() knows better
  } else {
    // On the same raster, in the future even after a pause (a suspended host).
    rhythm.due += ((now - rhythm.due) / interval + 1) * interval;
  }
  rhythm.began = now;
  rhythm.in_round = true;
  for (const auto& source : sources_) {
    if (source->rhythm != &rhythm || source->state.stuck) continue;
    if (source->call != Call::collect) source->wanted = true;
  }
}

void Sampler::decide_intervals(const Frame& frame) {
  for (const auto& rhythm : rhythms_) {
    if (!std::exchange(rhythm->in_round, false) || !rhythm->adaptive()) continue;
    rhythm->due = rhythm->began + rhythm->interval.next(rhythm->activity.see(frame));
  }
}

void Sampler::show_interval(Source& source) const {
  source.state.interval = source.rhythm->interval.interval();
}

void Sampler::set_load_bounds(const LoadBounds& bounds) {
  load_bounds_ = bounds;
  for (const auto& rhythm : rhythms_) rhythm->activity.set_bounds(bounds);
}

bool Sampler::wake_up(WakeSource source) {
  bool news = false;
  const auto now = Clock::now();
  for (const auto& rhythm : rhythms_) {
    if (!rhythm->adaptive() || !rhythm->interval.wake(source, since_epoch(now))) continue;
    rhythm->due = std::min(rhythm->due, rhythm->began + rhythm->interval.interval());
    news = true;
  }
  if (news && running_) arm();
  return news;
}

void Sampler::watched() {
  for (const auto& rhythm : rhythms_) {
    if (!rhythm->adaptive()) continue;
    const auto base = rhythm->bounds.base * static_cast<int>(pace_.stretch);
    rhythm->due = std::min(rhythm->due, rhythm->began + base);
  }
  if (running_) arm();
}

void Sampler::not_later_than(Time then) {
  for (const auto& rhythm : rhythms_) {
    if (!rhythm->adaptive()) continue;
    const auto earliest = rhythm->began + rhythm->bounds.minimum * static_cast<int>(pace_.stretch);
    rhythm->due = std::min(rhythm->due, std::max(then, earliest));
  }
  if (running_) arm();
}

}  // namespace perfwatch
