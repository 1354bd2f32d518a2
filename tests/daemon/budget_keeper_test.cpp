// SPDX-License-Identifier: Apache-2.0
#include "daemon/budget_keeper.h"

#include <gtest/gtest.h>

#include "tests/daemon/sampler_fixture.h"

namespace perfwatch {
namespace {

using namespace std::chrono_literals;

class BudgetKeeperTest : public test::SamplerTest {
 protected:
  void use(std::chrono::seconds passed, double cpu_seconds, double resident) {
    now.monotonic += passed;
    cpu += cpu_seconds;
    keeper.feed(now, {cpu, resident});
  }
  double value(std::string_view metric, std::string_view resource = {}) {
    Frame frame;
    frame.blocks = {std::make_shared<const Block>(Block{"budget", now, keeper.describe()})};
    const auto found = resource.empty() ? frame.value(metric) : frame.value(metric, {resource});
    return found.value_or(-1);
  }

  BudgetKeeper keeper{sampler, workers, {0.01, 32U << 20U}};
  Instant now = Instant::now();
  double cpu = 3;
};

TEST_F(BudgetKeeperTest, SlowsTheSamplerDownAndSpeedsItUpAgain) {
  two->is_optional = true;
  sampler.add(one, {2s, 5s});
  sampler.add(two, {2s, 5s});
  sampler.start();
  ASSERT_TRUE(turn_until([&] { return !frames.empty(); }));
  use(0s, 0, 1e6);
  for (int i = 0; i < 4; ++i) use(2s, 1, 1e6);
  sampler.set_cadence("one", {20ms, 5s});  // soon a frame
  ASSERT_TRUE(turn_until([&] { return frames.size() > 2; }));
  EXPECT_EQ(state(0).interval, 160ms);
  EXPECT_EQ(state(1).interval, 16s);
  EXPECT_TRUE(state(1).paused);
  EXPECT_FALSE(state(0).paused);
  EXPECT_EQ(value("perfwatch_budget_level", "cpu"), 4);
  keeper.set_limits({1, 32U << 20U});
  ASSERT_TRUE(turn_until([&] { return state(0).interval == 20ms && !state(1).paused; }));
}

TEST_F(BudgetKeeperTest, SaysWhatTheBudgetIsAndHowItIsKept) {
  use(0s, 0, 40e6);
  EXPECT_EQ(value("perfwatch_budget_cpu_ratio"), -1) << "not known at first, and not 0";
  EXPECT_EQ(value("perfwatch_budget_cpu_limit_ratio"), 0.01);
  EXPECT_EQ(value("perfwatch_budget_memory_limit_bytes"), 32 << 20);
  use(10s, 1, 40e6);
  EXPECT_DOUBLE_EQ(value("perfwatch_budget_cpu_ratio"), 0.1);
  EXPECT_EQ(value("perfwatch_budget_level", "cpu"), 1);
  EXPECT_EQ(value("perfwatch_budget_level", "memory"), 0);
  EXPECT_EQ(value("perfwatch_budget_exceeded_seconds_total", "cpu"), 10);
  EXPECT_EQ(value("perfwatch_budget_exceeded_seconds_total", "memory"), 10);
  EXPECT_EQ(value("perfwatch_budget_memory_trims_total"), 1);
}

}  // namespace
}  // namespace perfwatch
