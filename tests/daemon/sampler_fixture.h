// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <gtest/gtest.h>

#include <atomic>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <utility>
#include <vector>

#include "daemon/sampler.h"

namespace perfwatch::test {

using namespace std::chrono_literals;

inline constexpr Metric kValue{"perfwatch_test_value", MetricType::gauge, "A value."};
inline constexpr const Metric* kMetrics[] = {&kValue};

// A door that a collector can be made to wait at.
class Gate {
 public:
  void open() {
    const std::lock_guard lock(mutex_);
    open_ = true;
    changed_.notify_all();
  }
  void close() {
    const std::lock_guard lock(mutex_);
    open_ = false;
  }
  void pass() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return open_; });
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  bool open_ = true;
};

class FakeCollector : public Collector {
 public:
  explicit FakeCollector(std::string_view name) : name_(name) {}
  std::string_view name() const override { return name_; }
  MetricList metrics() const override { return kMetrics; }
  Result<Samples> collect(Instant) override {
    ++calls;
    gate.pass();
    if (fails) return fail(ErrorKind::denied, "no right");
    SampleWriter out(nullptr);
    out.add(kValue, static_cast<double>(calls));
    return std::move(out).finish();
  }

  bool optional() const override { return is_optional; }
  int wake_descriptor() const override { return descriptor; }
  [[nodiscard]] bool catch_up() override {
    ++catch_ups;
    catch_up_gate.pass();
    if (drain) drain();
    return in_hurry;
  }

  std::atomic<int> calls{0};
  std::atomic<int> catch_ups{0};
  std::atomic<bool> fails{false};
  bool is_optional = false;
  std::atomic<bool> in_hurry{false};
  int descriptor = -1;
  std::function<void()> drain;  // takes what made `descriptor` readable; collect() does not
  Gate gate;
  Gate catch_up_gate;

 private:
  std::string_view name_;
};

class SamplerTest : public ::testing::Test {
 protected:
  // Lets the loop turn until `done` is true; gives up after `patience`.
  template <class Condition>
  bool turn_until(Condition done, std::chrono::nanoseconds patience = 10s) {
    const auto deadline = std::chrono::steady_clock::now() + patience;
    while (!done() && std::chrono::steady_clock::now() < deadline) {
      loop.restart();
      loop.run_one_for(20ms);
    }
    return done();
  }
  const CollectorState& state(std::size_t i) const { return frames.back()->collectors[i]; }
  static bool has_block(const Frame& frame, std::string_view collector) {
    for (const auto& block : frame.blocks) {
      if (block->collector == collector) return true;
    }
    return false;
  }

  boost::asio::io_context loop;
  Workers workers{loop.get_executor(), 2};
  std::vector<std::shared_ptr<const Frame>> frames;
  Sampler sampler{
      loop, workers, [](Frame&) {},
      [this](std::shared_ptr<const Frame> frame) { frames.push_back(std::move(frame)); }};
  std::shared_ptr<FakeCollector> one = std::make_shared<FakeCollector>("one");
  std::shared_ptr<FakeCollector> two = std::make_shared<FakeCollector>("two");
};

}  // namespace perfwatch::test
