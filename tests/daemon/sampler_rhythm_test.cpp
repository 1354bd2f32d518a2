// SPDX-License-Identifier: Apache-2.0
// When the sampler begins its rounds, with intervals that adapt.
#include <algorithm>
#include <chrono>
#include <thread>

#include "tests/daemon/sampler_fixture.h"

namespace perfwatch {
namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;
using test::FakeCollector;

// What tells of memory: `used` of 1000 bytes.
class FakeMemory final : public FakeCollector {
 public:
  FakeMemory() : FakeCollector("memory") {}
  Result<Samples> collect(Instant now) override {
    if (auto called = FakeCollector::collect(now); !called) return called;
    static constexpr Metric kTotal{"perfwatch_memory_total_bytes", MetricType::gauge, "Total."};
    static constexpr Metric kAvailable{"perfwatch_memory_available_bytes", MetricType::gauge,
                                       "Available."};
    SampleWriter out(nullptr);
    out.add(kTotal, 1000);
    out.add(kAvailable, 1000.0 - used);
    return std::move(out).finish();
  }
  std::atomic<int> used{100};
};

class RhythmTest : public test::SamplerTest {
 protected:
  static constexpr Cadence kAdaptive{100ms, 5s, 20ms, 10s};

  double interval(std::string_view collector) const {
    return frames.back()->value("perfwatch_collector_interval_seconds", {collector}).value_or(-1);
  }
  // Nothing changes until the interval is at least that.
  void calm_down(double seconds) {
    ASSERT_TRUE(turn_until([&] { return !frames.empty() && interval("memory") >= seconds; }));
  }
  void start(Cadence cadence) {
    sampler.add(memory, cadence);
    sampler.add(two, cadence);
    sampler.start();
  }

  std::shared_ptr<FakeMemory> memory = std::make_shared<FakeMemory>();
};

TEST_F(RhythmTest, TheIntervalGrowsWhileNothingChanges) {
  start(kAdaptive);
  ASSERT_TRUE(turn_until([&] { return !frames.empty(); }));
  EXPECT_EQ(interval("memory"), 0.1) << "the base at first";
  calm_down(0.8);
  EXPECT_LE(memory->calls, 6);
  EXPECT_EQ(interval("two"), interval("memory")) << "one interval for all of the same bounds";
}

TEST_F(RhythmTest, AChangeShortensItAtOnce) {
  start({100ms, 5s, 20ms, 400ms});
  calm_down(0.2);
  memory->used = 600;
  ASSERT_TRUE(turn_until([&] { return interval("memory") == 0.02; }));
  const int calls = memory->calls;
  ASSERT_TRUE(turn_until([&] { return interval("memory") >= 0.2; })) << "and it grows again";
  EXPECT_GT(memory->calls, calls + 1);
}

TEST_F(RhythmTest, AllOfTheSameBoundsAreInOneFrame) {
  start(kAdaptive);
  ASSERT_TRUE(turn_until([&] { return memory->calls >= 4; }));
  ASSERT_TRUE(turn_until([&] { return frames.size() >= static_cast<std::size_t>(memory->calls); }));
  EXPECT_EQ(memory->calls, two->calls);
  EXPECT_LT(frames.size(), 2 * static_cast<std::size_t>(memory->calls)) << "not one for each";
}

TEST_F(RhythmTest, OthersHaveARhythmOfTheirOwn) {
  sampler.add(one, {1h, 5s});
  start(kAdaptive);
  ASSERT_TRUE(turn_until([&] { return memory->calls >= 4; }));
  EXPECT_EQ(one->calls, 1);
  EXPECT_EQ(interval("one"), 3600);
}

TEST_F(RhythmTest, AWakeUpBringsARoundAtOnce) {
  start({100ms, 5s, 20ms, 1h});
  calm_down(2);
  const int calls = memory->calls;
  const auto begin = Clock::now();
  EXPECT_TRUE(sampler.wake_up(WakeSource::execs));
  EXPECT_FALSE(sampler.wake_up(WakeSource::execs)) << "it goes on, no news";
  ASSERT_TRUE(turn_until([&] { return memory->calls > calls && two->calls == memory->calls; }));
  EXPECT_LT(Clock::now() - begin, 2s);
  ASSERT_TRUE(turn_until([&] { return memory->calls > calls + 1; })) << "and one more";
}

TEST_F(RhythmTest, AWakeUpKeepsTheMinimumSinceTheRoundBefore) {
  start({400ms, 5s, 300ms, 1h});
  ASSERT_TRUE(turn_until([&] { return !frames.empty(); }));
  const auto first = frames.back()->at.monotonic;
  EXPECT_TRUE(sampler.wake_up(WakeSource::look));
  ASSERT_TRUE(turn_until([&] { return memory->calls == 2 && frames.size() > 1; }));
  EXPECT_GE(frames.back()->at.monotonic - first, 290ms);
}

TEST_F(RhythmTest, FixedRhythmsAreNotWoken) {
  start({1h, 5s});
  ASSERT_TRUE(turn_until([&] { return !frames.empty(); }));
  EXPECT_FALSE(sampler.wake_up(WakeSource::execs));
  sampler.not_later_than(Clock::now());
  EXPECT_FALSE(turn_until([&] { return memory->calls > 1; }, 200ms));
}

// A loop that was held up for more than a round: the next one comes at the raster's time, sooner
// than an interval later.
TEST_F(RhythmTest, AFixedRhythmIsARaster) {
  sampler.add(one, {100ms, 5s});
  sampler.start();
  std::chrono::nanoseconds least = 1h;
  for (int attempt = 0; attempt < 20 && least >= 80ms; ++attempt) {
    const auto seen = frames.size();
    std::this_thread::sleep_for(150ms);
    ASSERT_TRUE(turn_until([&] { return frames.size() >= seen + 2; }));
    least = std::min(least, std::chrono::nanoseconds(frames[seen + 1]->at.monotonic -
                                                     frames[seen]->at.monotonic));
  }
  EXPECT_LT(least, 80ms);
}

TEST_F(RhythmTest, WhoWatchesGetsRoundsAtTheBase) {
  start({300ms, 5s, 20ms, 1h});
  calm_down(2);
  const int calls = memory->calls;
  const auto begin = Clock::now();
  while (memory->calls < calls + 3 && Clock::now() - begin < 10s) {
    sampler.watched();
    turn_until([] { return false; }, 50ms);
  }
  EXPECT_EQ(memory->calls, calls + 3);
  EXPECT_GE(Clock::now() - begin, 590ms) << "not each time that it is said";
  EXPECT_FALSE(turn_until([&] { return memory->calls > calls + 3; }, 700ms)) << "nobody does now";
}

TEST_F(RhythmTest, WhatIsDueByThenIsNotLater) {
  start({1h, 5s, 20ms, 1h});
  ASSERT_TRUE(turn_until([&] { return !frames.empty(); }));
  const auto then = Clock::now() + 300ms;
  sampler.not_later_than(then + 1h);
  sampler.not_later_than(then);
  ASSERT_TRUE(turn_until([&] { return memory->calls == 2; }));
  EXPECT_GE(Clock::now(), then);
  EXPECT_LT(Clock::now(), then + 2s);
}

TEST_F(RhythmTest, TheBudgetStretchesAllOfIt) {
  start({100ms, 5s, 20ms, 1h});
  sampler.set_pace({8, false});
  ASSERT_TRUE(turn_until([&] { return !frames.empty(); }));
  EXPECT_EQ(interval("memory"), 0.8) << "the base";
  EXPECT_TRUE(sampler.wake_up(WakeSource::execs));
  ASSERT_TRUE(turn_until([&] { return frames.size() > 1; }));
  EXPECT_EQ(interval("memory"), 0.16) << "the minimum";
  sampler.set_pace({1, false});
  ASSERT_TRUE(turn_until([&] { return interval("memory") < 0.16; }));
}

TEST_F(RhythmTest, ANewCadenceIsANewRhythm) {
  start(kAdaptive);
  calm_down(0.8);
  for (const auto* name : {"memory", "two"}) sampler.set_cadence(name, {30ms, 5s});
  const int calls = memory->calls;
  ASSERT_TRUE(turn_until([&] { return memory->calls >= calls + 5 && interval("two") == 0.03; }));
  EXPECT_TRUE(turn_until([&] { return memory->calls == two->calls; })) << "in step";
}

TEST_F(RhythmTest, TheSameCadenceAgainChangesNothing) {
  start(kAdaptive);
  calm_down(0.8);
  const double before = interval("memory");
  for (const auto* name : {"memory", "two"}) sampler.set_cadence(name, kAdaptive);
  const auto seen = frames.size();
  ASSERT_TRUE(turn_until([&] { return frames.size() > seen; }));
  EXPECT_GE(interval("memory"), before);
}

TEST_F(RhythmTest, WhoIsStillAtWorkLeavesTheRoundOut) {
  memory->gate.close();
  sampler.add(memory, {50ms, 5s});
  sampler.add(two, {50ms, 5s});
  sampler.start();
  ASSERT_TRUE(turn_until([&] { return two->calls > 4; }));
  EXPECT_EQ(memory->calls, 1);
  memory->gate.open();
  ASSERT_TRUE(turn_until([&] { return memory->calls > 2; }));
}

// One that hangs, comes back and hangs again must not hold back those that it shares a rhythm with.
TEST_F(RhythmTest, WhoComesBackRunsAloneAndMovesNobody) {
  memory->gate.close();
  sampler.add(memory, {2s, 50ms});
  sampler.add(two, {2s, 5s});
  sampler.start();
  ASSERT_TRUE(turn_until([&] { return !frames.empty() && state(0).stuck; }));
  memory->gate.open();
  ASSERT_TRUE(turn_until([&] { return memory->calls == 2; }));
  EXPECT_EQ(two->calls, 1) << "not before its time";
  ASSERT_TRUE(turn_until([&] { return two->calls == 2; }));
}

}  // namespace
}  // namespace perfwatch
