// SPDX-License-Identifier: Apache-2.0
// Between the rounds of a collector that has something to catch up with.
#include <fcntl.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <chrono>
#include <utility>

#include "core/base/unique_fd.h"
#include "tests/daemon/sampler_fixture.h"

namespace perfwatch {
namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

class CatchUpTest : public test::SamplerTest {
 protected:
  CatchUpTest() {
    one->descriptor = events->get();
    // A catch-up may outlive the test.
    one->drain = [shared = events] { drain(*shared); };
  }
  void ring() const { ASSERT_EQ(::eventfd_write(events->get(), 1), 0); }
  static void drain(const UniqueFd& descriptor) {
    eventfd_t count = 0;
    static_cast<void>(::eventfd_read(descriptor.get(), &count));
  }
  // Its first round is over, and the rest after it.
  void start(Cadence cadence) {
    sampler.add(one, cadence);
    sampler.start();
    ASSERT_TRUE(turn_until([&] { return !frames.empty(); }));
  }
  double value(std::string_view metric) const {
    return frames.back()->value(metric, {"one"}).value_or(-1);
  }

  std::shared_ptr<UniqueFd> events =
      std::make_shared<UniqueFd>(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
};

TEST_F(CatchUpTest, CatchesUpWhenTheDescriptorIsReadableAndNotBefore) {
  start({1h, 5s});
  EXPECT_FALSE(turn_until([&] { return one->catch_ups > 0; }, 200ms));
  ring();
  ASSERT_TRUE(turn_until([&] { return one->catch_ups == 1; }));
  EXPECT_FALSE(turn_until([&] { return one->catch_ups > 1; }, 200ms)) << "it is drained";
  EXPECT_EQ(one->calls, 1) << "no round was due";
}

// 20,000 ends a second, kept until a sweep whose interval the budget had stretched to 16 s, took
// 80 MiB.
TEST_F(CatchUpTest, BringsTheRoundForwardWhenMemoryFills) {
  start({1h, 5s});
  one->in_hurry = true;
  ring();
  ASSERT_TRUE(turn_until([&] { return one->calls == 2; }));
  one->in_hurry = false;
  ring();
  ASSERT_TRUE(turn_until([&] { return one->catch_ups == 2; }));
  EXPECT_EQ(one->calls, 2);
}

// A job that lived 2 s on a quiet host, whose hook had said `perfwatch run begin`, was never met.
TEST_F(CatchUpTest, BringsTheRoundForwardForWhatItIsTold) {
  start({1h, 5s});
  ASSERT_TRUE(turn_until([&] { return one->calls == 1; }));
  sampler.want("one");
  sampler.want("one");
  ASSERT_TRUE(turn_until([&] { return one->calls == 2; }));
  EXPECT_FALSE(turn_until([&] { return one->calls > 2; }, 200ms)) << "twice is once";
  sampler.want("nobody");
}

TEST_F(CatchUpTest, SeesWhatCameWhileItWasNotListening) {
  ring();  // before the first round
  start({1h, 5s});
  ASSERT_TRUE(turn_until([&] { return one->catch_ups == 1; }));
}

TEST_F(CatchUpTest, RestsBetweenTwoInAStorm) {
  one->drain = nullptr;  // readable for ever
  start({1h, 5s});
  ring();
  const auto begin = Clock::now();
  ASSERT_TRUE(turn_until([&] { return one->catch_ups == 5; }));
  EXPECT_GE(Clock::now() - begin, 4 * Sampler::kCatchUpRest);
}

TEST_F(CatchUpTest, RestsLongerAtASlowerPace) {
  one->drain = nullptr;
  sampler.set_pace({8, false});
  start({1h, 5s});
  ring();
  const auto begin = Clock::now();
  ASSERT_TRUE(turn_until([&] { return one->catch_ups == 2; }));
  EXPECT_GE(Clock::now() - begin, 8 * Sampler::kCatchUpRest);
}

TEST_F(CatchUpTest, NeverRunsBesideARound) {
  one->gate.close();
  sampler.add(one, {1h, 1h});
  sampler.start();
  ASSERT_TRUE(turn_until([&] { return one->calls == 1; }));
  ring();
  EXPECT_FALSE(turn_until([&] { return one->catch_ups > 0; }, 200ms))
      << "collect() drains by itself";
  one->gate.open();
  ASSERT_TRUE(turn_until([&] { return one->catch_ups == 1; }))
      << "what came since is not forgotten";
}

TEST_F(CatchUpTest, ARoundThatBecomesDueMeanwhileStartsRightAfter) {
  start({100ms, 10s});
  one->catch_up_gate.close();
  ring();
  ASSERT_TRUE(turn_until([&] { return one->catch_ups == 1; }));
  const int calls = one->calls;
  EXPECT_FALSE(turn_until([&] { return one->calls > calls; }, 300ms)) << "never beside it";
  one->catch_up_gate.open();
  const auto begin = Clock::now();
  ASSERT_TRUE(turn_until([&] { return one->calls > calls; }));
  EXPECT_LT(Clock::now() - begin, 90ms);
}

TEST_F(CatchUpTest, TheFrameWaitsForTheRoundAfterIt) {
  two->descriptor = -1;
  sampler.add(two, {200ms, 10s});
  start({200ms, 10s});
  one->catch_up_gate.close();
  ring();
  ASSERT_TRUE(turn_until([&] { return one->catch_ups == 1; }));
  const int others = two->calls;
  const int mine = one->calls;
  ASSERT_TRUE(turn_until([&] { return two->calls > others; })) << "others go on";
  const auto published = frames.size();
  one->catch_up_gate.open();
  ASSERT_TRUE(turn_until([&] { return frames.size() > published; }));
  EXPECT_GT(one->calls, mine) << "one frame with both, not one each";
}

TEST_F(CatchUpTest, ACatchUpThatHangsIsStuckAndComesBack) {
  one->catch_up_gate.close();
  sampler.add(two, {10ms, 5s});
  start({300ms, 100ms});
  ring();
  ASSERT_TRUE(turn_until([&] { return state(1).stuck; }));
  const int calls = one->calls;
  const int others = two->calls;
  ASSERT_TRUE(turn_until([&] { return two->calls > others + 5; })) << "others go on";
  EXPECT_EQ(one->calls, calls) << "never a second call";
  EXPECT_FALSE(has_block(*frames.back(), "one"));
  EXPECT_EQ(value("perfwatch_collector_stuck"), 1);
  one->catch_up_gate.open();
  ASSERT_TRUE(turn_until([&] { return !state(1).stuck && has_block(*frames.back(), "one"); }));
  EXPECT_GT(one->calls, calls);
}

TEST_F(CatchUpTest, CountsHowOftenAndHowLong) {
  start({100ms, 5s});
  EXPECT_EQ(value("perfwatch_collector_catch_ups_total"), 0);
  ring();
  ASSERT_TRUE(turn_until([&] { return value("perfwatch_collector_catch_ups_total") == 1; }));
  EXPECT_GT(value("perfwatch_collector_catch_up_seconds_total"), 0);
  EXPECT_LT(value("perfwatch_collector_catch_up_seconds_total"), 1);
  EXPECT_EQ(frames.back()->value("perfwatch_collector_catch_ups_total", {"two"}), std::nullopt);
}

TEST_F(CatchUpTest, StopsListeningAtTheEnd) {
  start({1h, 5s});
  EXPECT_FALSE(turn_until([&] { return one->catch_ups > 0; }, 100ms));
  sampler.stop();
  ring();
  EXPECT_FALSE(turn_until([&] { return one->catch_ups > 0; }, 100ms));
  loop.restart();
  loop.run_for(1s);
  EXPECT_TRUE(loop.stopped()) << "nothing keeps the loop alive";
}

TEST_F(CatchUpTest, ACatchUpThatReturnsAfterTheEndTouchesNothing) {
  one->catch_up_gate.close();
  {
    Sampler gone(
        loop, workers, [](Frame&) {}, [](const std::shared_ptr<const Frame>&) {});
    gone.add(one, {1h, 1h});
    gone.start();
    ring();
    ASSERT_TRUE(turn_until([&] { return one->catch_ups == 1; }));
  }
  one->catch_up_gate.open();
  ring();
  loop.restart();
  loop.run_for(50ms);  // under a sanitizer a touch would be found here
}

TEST_F(CatchUpTest, DoesNotCloseNorChangeTheDescriptor) {
  UniqueFd blocking(::eventfd(0, EFD_CLOEXEC));
  {
    Sampler gone(
        loop, workers, [](Frame&) {}, [](const std::shared_ptr<const Frame>&) {});
    one->descriptor = blocking.get();
    gone.add(one, {1h, 1h});
    gone.start();
    EXPECT_FALSE(turn_until([&] { return one->catch_ups > 0; }, 100ms));
  }
  EXPECT_EQ(::fcntl(blocking.get(), F_GETFL) & O_NONBLOCK, 0);
}

TEST_F(CatchUpTest, GoesOnWithoutADescriptorThatCannotBeWaitedFor) {
  UniqueFd regular(::open("/proc/self/exe", O_RDONLY | O_CLOEXEC));
  one->descriptor = regular.get();
  start({10ms, 5s});
  EXPECT_TRUE(turn_until([&] { return one->calls > 3; }));
  EXPECT_EQ(one->catch_ups, 0);
  EXPECT_EQ(value("perfwatch_collector_catch_ups_total"), -1) << "no such series";
}

TEST_F(CatchUpTest, TakesTheEndOfAPipeForReadable) {
  int ends[2];
  ASSERT_EQ(::pipe2(ends, O_CLOEXEC), 0);
  UniqueFd reader(ends[0]);
  UniqueFd writer(ends[1]);
  one->descriptor = reader.get();
  start({1h, 5s});
  writer.reset();
  EXPECT_TRUE(turn_until([&] { return one->catch_ups >= 1; }));
}

TEST_F(CatchUpTest, APausedCollectorIsNotWoken) {
  one->is_optional = true;
  start({1h, 5s});
  EXPECT_FALSE(turn_until([&] { return one->catch_ups > 0; }, 100ms));
  sampler.set_pace({1, true});
  ring();
  EXPECT_FALSE(turn_until([&] { return one->catch_ups > 0; }, 200ms));
  sampler.set_pace({1, false});
  EXPECT_TRUE(turn_until([&] { return one->catch_ups == 1; }));
}

}  // namespace
}  // namespace perfwatch
