// SPDX-License-Identifier: Apache-2.0
#include "daemon/sampler.h"

#include <gtest/gtest.h>

#include <atomic>
#include <condition_variable>
#include <mutex>
#include <utility>

namespace perfwatch {
namespace {

using namespace std::chrono_literals;

constexpr Metric kValue{"perfwatch_test_value", MetricType::gauge, "A value."};
constexpr const Metric* kMetrics[] = {&kValue};

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

  std::atomic<int> calls{0};
  std::atomic<bool> fails{false};
  Gate gate;

 private:
  std::string_view name_;
};

class SamplerTest : public ::testing::Test {
 protected:
  // Lets the loop turn until `done` is true; gives up after 10 s.
  template <class Condition>
  bool turn_until(Condition done) {
    const auto deadline = std::chrono::steady_clock::now() + 10s;
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

TEST_F(SamplerTest, PutsTheRoundsOfAllCollectorsInOneFrame) {
  sampler.add(one, {1h, 5s});
  sampler.add(two, {1h, 5s});
  sampler.start();
  ASSERT_TRUE(turn_until([&] { return !frames.empty(); }));
  EXPECT_TRUE(has_block(*frames[0], "one"));
  EXPECT_TRUE(has_block(*frames[0], "two"));
  EXPECT_TRUE(state(0).success);
  EXPECT_EQ(frames[0]->value("perfwatch_collector_success", {"one"}), 1);
}

TEST_F(SamplerTest, RunsEachCollectorAtItsOwnInterval) {
  sampler.add(one, {5ms, 5s});
  sampler.add(two, {1h, 5s});
  sampler.start();
  ASSERT_TRUE(turn_until([&] { return one->calls >= 5; }));
  EXPECT_EQ(two->calls, 1);
}

TEST_F(SamplerTest, GoesOnWithoutACollectorThatHangs) {
  one->gate.close();
  sampler.add(one, {10ms, 50ms});
  sampler.add(two, {10ms, 5s});
  sampler.start();
  ASSERT_TRUE(turn_until([&] { return !frames.empty() && state(0).stuck && two->calls > 5; }));
  EXPECT_EQ(one->calls, 1) << "never started twice";
  EXPECT_FALSE(has_block(*frames.back(), "one"));
  EXPECT_TRUE(has_block(*frames.back(), "two"));
  EXPECT_EQ(frames.back()->value("perfwatch_collector_stuck", {"one"}), 1);
  EXPECT_EQ(workers.hanging(), 1U);

  one->gate.open();
  ASSERT_TRUE(turn_until([&] { return !state(0).stuck && state(0).success; }));
  EXPECT_TRUE(has_block(*frames.back(), "one"));
  ASSERT_TRUE(turn_until([&] { return one->calls > 2; }));
}

TEST_F(SamplerTest, AllWorkersHangingDoNotStopTheRest) {
  auto three = std::make_shared<FakeCollector>("three");
  one->gate.close();
  two->gate.close();
  sampler.add(one, {10ms, 30ms});
  sampler.add(two, {10ms, 30ms});
  sampler.add(three, {10ms, 5s});
  sampler.start();
  EXPECT_TRUE(turn_until([&] { return three->calls > 5; }));
  one->gate.open();
  two->gate.open();
}

TEST_F(SamplerTest, LeavesTheBlockOfAFailedRoundOutAndCountsTheReason) {
  sampler.add(one, {10ms, 5s});
  sampler.start();
  ASSERT_TRUE(turn_until([&] { return !frames.empty() && has_block(*frames.back(), "one"); }));
  one->fails = true;
  ASSERT_TRUE(turn_until([&] { return !state(0).success; }));
  EXPECT_FALSE(has_block(*frames.back(), "one"));
  EXPECT_EQ(state(0).last_error, "no right");
  EXPECT_GE(*frames.back()->value("perfwatch_collector_errors_total", {"one", "denied"}), 1);
  EXPECT_TRUE(state(0).last_success.has_value()) << "when it last worked is still known";
}

TEST_F(SamplerTest, ASlowCollectorDoesNotHoldTheFrameBack) {
  one->gate.close();
  sampler.add(one, {1h, 1h});
  sampler.add(two, {1h, 5s});
  sampler.start();
  ASSERT_TRUE(turn_until([&] { return !frames.empty(); })) << "published after the grace";
  EXPECT_FALSE(has_block(*frames.back(), "one"));
  one->gate.open();
  ASSERT_TRUE(turn_until([&] { return has_block(*frames.back(), "one"); })) << "late, but shown";
}

TEST_F(SamplerTest, AChangeWaitsForTheCallUnderWay) {
  one->gate.close();
  sampler.add(one, {1h, 1h});
  bool changed = false;
  sampler.when_idle("one", [&] { changed = true; });
  EXPECT_TRUE(std::exchange(changed, false)) << "nothing runs yet";
  sampler.start();
  ASSERT_TRUE(turn_until([&] { return one->calls == 1; }));
  sampler.when_idle("one", [&] { changed = true; });
  EXPECT_FALSE(changed);
  one->gate.open();
  EXPECT_TRUE(turn_until([&] { return changed; }));
}

TEST_F(SamplerTest, AResultThatComesAfterTheEndTouchesNothing) {
  one->gate.close();
  {
    Sampler gone(
        loop, workers, [](Frame&) {}, [](const std::shared_ptr<const Frame>&) {});
    gone.add(one, {1h, 1h});
    gone.start();
    ASSERT_TRUE(turn_until([&] { return one->calls == 1; }));
  }
  one->gate.open();
  loop.restart();
  loop.run_for(50ms);  // under a sanitizer a touch would be found here
}

}  // namespace
}  // namespace perfwatch
