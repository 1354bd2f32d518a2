// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
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

// Decides when collectors run, and makes frames of what they bring. Lives on the loop.
//
// All that are due are started together; when they are back (or after kGrace, so that a slow one
// does not make the quick ones old) a frame is published. Due times are absolute: a late round does
// not shift the next one. A collector past its deadline is stuck: its block leaves the frame and it
// is not started again before its call returned.
class Sampler {
 public:
  // Gets each frame before it is frozen and may add blocks to it (the daemon's own metrics,
  // alerts).
  using Finish = std::function<void(Frame& frame)>;
  // Gets each frame after that.
  using Publish = std::function<void(std::shared_ptr<const Frame> frame)>;

  static constexpr std::chrono::milliseconds kGrace{250};

  Sampler(boost::asio::io_context& loop, Workers& workers, Finish finish, Publish publish);
  ~Sampler();
  Sampler(const Sampler&) = delete;
  Sampler& operator=(const Sampler&) = delete;

  void add(std::shared_ptr<Collector> collector, Cadence cadence);
  void set_cadence(std::string_view collector, Cadence cadence);
  // Runs `change` on the loop when this collector is in no call: at once, or when the call that is
  // under way returns.
  void when_idle(std::string_view collector, std::function<void()> change);

  void start();
  void stop();

  // perfwatch_collector_*, for docs and tests.
  [[nodiscard]] static MetricList metrics();

 private:
  struct Source;
  struct Outcome;

  void wake();
  void run(Source& source, std::chrono::steady_clock::time_point now);
  void finished(Source& source, Outcome& outcome);
  void declare_stuck(Source& source);
  void take(Source& source, Outcome& outcome);
  void note(Source& source, const Result<Samples>& result);
  void publish_when_complete(std::chrono::steady_clock::time_point now);
  void publish();
  void arm();
  [[nodiscard]] Samples describe_collectors() const;
  [[nodiscard]] Source* find(std::string_view collector);

  boost::asio::steady_timer timer_;
  Workers& workers_;
  Finish finish_;
  Publish publish_;
  std::vector<std::unique_ptr<Source>> sources_;
  std::shared_ptr<Sampler*> self_;  // results that come after our end find nullptr in it
  std::shared_ptr<const Schema> state_schema_;
  std::optional<std::chrono::steady_clock::time_point> grace_ends_;  // a round is under way
  bool running_ = false;
};

}  // namespace perfwatch
