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

#include "core/collect/collector.h"
#include "core/model/frame.h"
#include "daemon/workers.h"

namespace perfwatch {

// The cadence of one collector.
struct Cadence {
  std::chrono::nanoseconds interval = std::chrono::seconds(2);
  std::chrono::nanoseconds deadline = std::chrono::seconds(5);  // past it the collector is stuck
};

// How much less than configured the host is looked at, for the daemon's budget.
struct Pace {
  unsigned stretch = 1;         // intervals are so many times as long, up to Sampler::kLongest
  bool pause_optional = false;  // collectors that say optional() do not run
  bool operator==(const Pace&) const = default;
};

// Decides when collectors run, and makes frames of what they bring. Lives on the loop.
//
// All that are due are started together; when they are back (or after kGrace, so that a slow one
// does not make the quick ones old) a frame is published. Due times are absolute: a late round does
// not shift the next one. A collector past its deadline is stuck: its block leaves the frame and it
// is not started again before its call returned.
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
  static constexpr std::chrono::minutes kLongest{1};  // no interval is stretched beyond it

  Sampler(boost::asio::io_context& loop, Workers& workers, Finish finish, Publish publish);
  ~Sampler();
  Sampler(const Sampler&) = delete;
  Sampler& operator=(const Sampler&) = delete;

  void add(std::shared_ptr<Collector> collector, Cadence cadence);
  void set_cadence(std::string_view collector, Cadence cadence);
  void set_pace(Pace pace);
  // Runs `change` on the loop when this collector is in no call: at once, or when the call that is
  // under way returns.
  void when_idle(std::string_view collector, std::function<void()> change);

  void start();
  void stop();

 private:
  struct Source;
  struct Outcome;

  using Time = std::chrono::steady_clock::time_point;
  enum class Call : std::uint8_t { none, collect, catch_up };

  void wake();
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
  [[nodiscard]] std::chrono::nanoseconds interval_of(const Source& source) const;
  [[nodiscard]] Source* find(std::string_view collector);

  boost::asio::io_context& loop_;
  boost::asio::steady_timer timer_;
  Workers& workers_;
  Finish finish_;
  Publish publish_;
  std::vector<std::unique_ptr<Source>> sources_;
  std::shared_ptr<Sampler*> self_;  // results that come after our end find nullptr in it
  std::shared_ptr<const Schema> state_schema_;
  std::optional<Time> grace_ends_;  // a round is under way
  Pace pace_;
  bool running_ = false;
};

}  // namespace perfwatch
