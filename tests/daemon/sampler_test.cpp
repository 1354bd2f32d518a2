// SPDX-License-Identifier: Apache-2.0
#include "daemon/sampler.h"

#include <gtest/gtest.h>

#include <utility>

#include "tests/daemon/sampler_fixture.h"

namespace perfwatch {
namespace {

using namespace std::chrono_literals;
using test::FakeCollector;
using test::SamplerTest;

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

TEST_F(SamplerTest, StretchesTheIntervalsAndTakesThemBack) {
  sampler.add(one, {20ms, 5s});
  sampler.start();
  ASSERT_TRUE(turn_until([&] { return one->calls >= 2; }));
  sampler.set_pace({500, false});
  const int before = one->calls;
  EXPECT_FALSE(turn_until([&] { return one->calls > before + 1; }, 300ms)) << "10 s now";
  EXPECT_EQ(state(0).interval, 10s) << "the frame says the true one";
  sampler.set_pace({1, false});
  EXPECT_TRUE(turn_until([&] { return one->calls > before + 5; }));
  EXPECT_EQ(frames.back()->value("perfwatch_collector_interval_seconds", {"one"}), 0.02);
}

TEST_F(SamplerTest, StretchesNoIntervalBeyondAMinuteUnlessItIsLonger) {
  sampler.add(one, {30s, 5s});
  sampler.add(two, {1h, 5s});
  sampler.set_pace({8, false});
  sampler.start();
  ASSERT_TRUE(turn_until([&] { return !frames.empty(); }));
  EXPECT_EQ(state(0).interval, 60s);
  EXPECT_EQ(state(1).interval, 1h);
}

TEST_F(SamplerTest, PausesWhatIsOptionalAndNothingElse) {
  two->is_optional = true;
  sampler.add(one, {10ms, 5s});
  sampler.add(two, {10ms, 5s});
  sampler.start();
  ASSERT_TRUE(turn_until([&] { return !frames.empty() && has_block(*frames.back(), "two"); }));
  sampler.set_pace({1, true});
  ASSERT_TRUE(turn_until([&] { return state(1).paused && !has_block(*frames.back(), "two"); }));
  const int calls = two->calls;
  const int others = one->calls;
  ASSERT_TRUE(turn_until([&] { return one->calls > others + 5; }));
  EXPECT_EQ(two->calls, calls);
  EXPECT_EQ(frames.back()->value("perfwatch_collector_paused", {"two"}), 1);
  EXPECT_EQ(frames.back()->value("perfwatch_collector_paused", {"one"}), 0);
  sampler.set_pace({1, false});
  EXPECT_TRUE(turn_until([&] { return !state(1).paused && has_block(*frames.back(), "two"); }));
}

TEST_F(SamplerTest, ShowsNoRoundThatEndsAfterThePauseBegan) {
  two->is_optional = true;
  two->gate.close();
  sampler.add(one, {10ms, 5s});
  sampler.add(two, {10ms, 5s});
  sampler.start();
  ASSERT_TRUE(turn_until([&] { return two->calls == 1; }));
  sampler.set_pace({1, true});
  two->gate.open();
  const int others = one->calls;
  ASSERT_TRUE(turn_until([&] { return one->calls > others + 5; }));
  EXPECT_FALSE(has_block(*frames.back(), "two"));
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
