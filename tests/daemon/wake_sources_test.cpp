// SPDX-License-Identifier: Apache-2.0
#include "daemon/wake_sources.h"

#include <gtest/gtest.h>

#include <string>

#include "tests/daemon/sampler_fixture.h"
#include "tests/support/temp_tree.h"

namespace perfwatch {
namespace {

using namespace std::chrono_literals;

class WakeSourcesTest : public test::SamplerTest {
 protected:
  // Ticks since boot.
  void host(int busy, int idle, int forks, int available) const {
    tree.write("stat", "cpu  " + std::to_string(busy) + " 0 0 " + std::to_string(idle) +
                           " 0 0 0 0 0 0\nprocesses " + std::to_string(forks) + "\n");
    tree.write("meminfo",
               "MemTotal: 1000 kB\nMemAvailable: " + std::to_string(available) + " kB\n");
  }
  WakeSourcesTest() {
    host(100, 100, 100, 900);
    sampler.add(one, {1h, 5s, 20ms, 1h});
    sampler.start();
    EXPECT_TRUE(turn_until([&] { return one->calls == 1 && !frames.empty(); }));
  }
  double count(std::string_view source) {
    Frame frame;
    frame.blocks = {std::make_shared<const Block>(Block{"", {}, wakes.describe()})};
    return frame.value("perfwatch_wake_ups_total", {source}).value_or(-1);
  }
  static Frame frame_now() {
    Frame frame;
    frame.at = Instant::now();
    return frame;
  }
  void start() {
    LoadBounds bounds;
    bounds.memory_watched_ratio = 0.8;
    wakes.start(bounds);
    turn_until([] { return false; }, WakeSources::kLookEvery + 200ms);  // the first look
  }

  test::TempTree tree;
  WakeSources wakes{loop, sampler, Roots{tree.path(), "", ""}};
};

TEST_F(WakeSourcesTest, LeaveACalmHostAlone) {
  start();
  host(110, 190, 105, 900);
  EXPECT_FALSE(turn_until([&] { return one->calls > 1; }, 700ms));
  for (const auto* source :
       {"cpu_pressure", "memory_pressure", "io_pressure", "execs", "rule", "look"}) {
    EXPECT_EQ(count(source), 0) << source;
  }
}

TEST_F(WakeSourcesTest, SeeThatAllCpusAreBusy) {
  start();
  host(200, 100, 105, 900);
  EXPECT_TRUE(turn_until([&] { return one->calls > 1; }, 3s));
  EXPECT_EQ(count("look"), 1);
}

TEST_F(WakeSourcesTest, SeeThatMemoryRunsOut) {
  start();
  host(110, 190, 105, 150);
  EXPECT_TRUE(turn_until([&] { return one->calls > 1; }, 3s));
  EXPECT_EQ(count("look"), 1);
}

TEST_F(WakeSourcesTest, SeeABurstOfPrograms) {
  start();
  host(110, 190, 250, 900);
  EXPECT_TRUE(turn_until([&] { return one->calls > 1; }, 3s));
  EXPECT_EQ(count("execs"), 1);
}

TEST_F(WakeSourcesTest, WakeForARuleThatIsPendingAndWhenItsTimeIsUp) {
  wakes.start(LoadBounds{});
  const auto begin = std::chrono::steady_clock::now();
  wakes.see(frame_now(), {.fresh = true, .fires_in = 400ms});
  EXPECT_EQ(count("rule"), 1);
  ASSERT_TRUE(turn_until([&] { return one->calls >= 2; }, 3s));
  const int calls = one->calls;
  ASSERT_TRUE(turn_until(
      [&] { return one->calls > calls && std::chrono::steady_clock::now() - begin >= 400ms; }, 3s));
}

TEST_F(WakeSourcesTest, DoNothingBeforeTheStartAndAfterTheEnd) {
  wakes.see(frame_now(), {.fresh = true, .fires_in = 10ms});
  start();
  wakes.stop();
  host(300, 100, 500, 10);
  EXPECT_FALSE(turn_until([&] { return one->calls > 1; }, 700ms));
  EXPECT_EQ(count("rule"), 0);
}

TEST_F(WakeSourcesTest, LookLessOftenAtASlowerPace) {
  sampler.set_pace({8, false});
  start();
  host(300, 100, 500, 10);
  EXPECT_FALSE(turn_until([&] { return count("look") > 0; }, 1s)) << "every 4 s now";
}

TEST_F(WakeSourcesTest, GoOnWithoutTheFiles) {
  const test::TempTree empty;
  WakeSources blind(loop, sampler, Roots{empty.path(), "", ""});
  blind.start(LoadBounds{});
  EXPECT_FALSE(turn_until([&] { return one->calls > 1; }, 700ms));
}

}  // namespace
}  // namespace perfwatch
