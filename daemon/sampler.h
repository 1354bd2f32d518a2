// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string_view>
#include <vector>

#include "core/analyse/interval.h"
#include "core/analyse/load_bounds.h"
#include "core/collect/collector.h"
#include "core/model/frame.h"
#include "daemon/workers.h"

namespace perfwatch {

// The cadence of one collector: fixed, or between two bounds.
struct Cadence {
  std::chrono::nanoseconds interval = std::chrono::seconds(2);  // the base
  std::chrono::nanoseconds deadline = std::chrono::seconds(5);  // past it the collector is stuck
  std::chrono::nanoseconds minimum = interval;
  std::chrono::nanoseconds maximum = interval;
};

// How much less than configured the host is looked at, for the daemon's budget.
struct Pace {
  unsigned stretch = 1;  // intervals are so many times as long, up to AdaptiveInterval::kLongest
  bool pause_optional = false;  // collectors that say optional() do not run
  bool operator==(const Pace&) const = default;
};

// Decides when collectors run, and makes frames of what they bring. Lives on the loop.
//
// Collectors of the same bounds share one rhythm: they are started together, and when they are back
// (or after kGrace, so that a slow one does not make the quick ones old) one frame is published. It
// also says how long until the next round, when the rhythm has bounds: AdaptiveInterval, from the
// start of this one. A fixed interval is a raster: a late round does not shift the next one. Who is
// still at work when a round begins leaves it out. A collector past its deadline is stuck: its
// block leaves the frame and it is not started again before its call returned.
//
// Between two rounds of a collector with a wake_descriptor() that is readable a worker runs its
// catch_up(), under the same deadline; then it is left alone for kCatchUpRest times the stretch.
// A round that becomes due meanwhile starts right after.
class Sampler {
 public:
  // Gets each frame before it is frozen and may add blocks to it (the daemon's own metrics,
  // alerts).
  using Finish = std::function<void(Frame& frame)>;
  // Gets each frame after that.
  using Publish = std::function<void(std::shared_ptr<const Frame> frame)>;

  static constexpr std::chrono::milliseconds kGrace{250};
  static constexpr std::chrono::milliseconds kCatchUpRest{50};

  Sampler(boost::asio::io_context& loop, Workers& workers, Finish finish, Publish publish);
  ~Sampler();
  Sampler(const Sampler&) = delete;
  Sampler& operator=(const Sampler&) = delete;

  void add(std::shared_ptr<Collector> collector, Cadence cadence);
  void set_cadence(std::string_view collector, Cadence cadence);
  void set_pace(Pace pace);
  [[nodiscard]] const Pace& pace() const { return pace_; }
  // What rules call too much, for rhythms that have bounds.
  void set_load_bounds(const LoadBounds& bounds);
  // Something goes on that may not wait for the next round: it comes as early as the bounds of its
  // rhythm allow. True when that is news to one. Fixed rhythms do not listen.
  bool wake_up(WakeSource source);
  // Somebody watches: the next round is no later than a base interval after the latest one. To be
  // said as long as somebody does.
  void watched();
  // The next round begins by then, if the bounds of its rhythm allow that.
  void not_later_than(std::chrono::steady_clock::time_point then);
  // This collector was told something that cannot wait, by who may be gone soon: a round of it
  // comes as soon as it is in no call. Returns before that.
  void want(std::string_view collector);
  // Runs `change` on the loop when this collector is in no call: at once, or when the call that is
  // under way returns.
  void when_idle(std::string_view collector, std::function<void()> change);

  void start();
  void stop();

 private:
  struct Rhythm;
  struct Source;
  struct Outcome;

  using Time = std::chrono::steady_clock::time_point;
  enum class Call : std::uint8_t { none, collect, catch_up };

  // In sampler_rhythm.cpp.
  [[nodiscard]] Rhythm* join_rhythm(const Cadence& cadence, Time due);
  void leave_empty_rhythms();
  void begin_round(Rhythm& rhythm, Time now);
  void decide_intervals(const Frame& frame);
  void show_interval(Source& source) const;

  void turn();
  void turn(Source& source, Time now);
  void run(Source& source, Time now);
  void wait_for_catch_up(Source& source, Time now);
  void listen(Source& source, Time now);
  void start_call(Source& source, Call call, Time now);
  void finished(Source& source, Outcome& outcome);
  void came_back(Source& source, const Outcome& outcome);
  void declare_stuck(Source& source);
  void take(Source& source, Outcome& outcome);
  void note(Source& source, const Result<Samples>& result);
  void publish_when_complete(Time now);
  void publish();
  void arm();
  [[nodiscard]] Source* find(std::string_view collector);

  boost::asio::io_context& loop_;
  boost::asio::steady_timer timer_;
  Workers& workers_;
  Finish finish_;
  Publish publish_;
  std::vector<std::unique_ptr<Rhythm>> rhythms_;
  std::vector<std::unique_ptr<Source>> sources_;
  std::shared_ptr<Sampler*> self_;  // results that come after our end find nullptr in it
  std::shared_ptr<const Schema> state_schema_;
  std::optional<Time> grace_ends_;  // a round is under way
  Pace pace_;
  LoadBounds load_bounds_;
  bool running_ = false;
};

}  // namespace perfwatch
