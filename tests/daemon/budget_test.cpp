// SPDX-License-Identifier: Apache-2.0
#include "daemon/budget.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <functional>

#include "core/analyse/rule_set.h"
#include "core/collect/catalogue.h"

namespace perfwatch {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;

constexpr double kMiB = 1024.0 * 1024.0;

// A daemon that lives in synthetic time: `load` says what it uses of a core at a pace.
class Life {
 public:
  explicit Life(BudgetLimits limits = {}) : governor(limits) {
    static_cast<void>(governor.feed(now, {cpu, resident}));
  }

  void live(std::chrono::nanoseconds time, const std::function<double()>& load,
            std::chrono::nanoseconds step = 2s) {
    for (const auto end = now + time; now < end;) {
      now += step;
      cpu += load() * std::chrono::duration<double>(step).count();
      const auto verdict = governor.feed(now, {cpu, resident});
      changes += verdict.changed ? 1 : 0;
      given_back += verdict.give_back ? 1 : 0;
      cpu_exceeded += verdict.cpu_exceeded;
      memory_exceeded += verdict.memory_exceeded;
    }
  }
  void live(std::chrono::nanoseconds time, double load, std::chrono::nanoseconds step = 2s) {
    live(
        time, [load] { return load; }, step);
  }
  // What `load` becomes when the intervals are stretched, `fixed` of it not.
  std::function<double()> stretched(double load, double fixed = 0) const {
    return [this, load, fixed] { return fixed + load / governor.stretch(); };
  }
  unsigned level() const { return governor.state().cpu_level; }

  BudgetGovernor governor;
  BudgetGovernor::Time now{1000s};
  double cpu = 5;
  std::optional<double> resident = 10 * kMiB;
  int changes = 0;
  int given_back = 0;
  double cpu_exceeded = 0;
  double memory_exceeded = 0;
};

TEST(BudgetGovernor, LeavesAloneWhatKeepsTheBudget) {
  Life life;
  life.live(1h, 0.009);
  EXPECT_EQ(life.changes, 0);
  EXPECT_EQ(life.governor.stretch(), 1U);
  EXPECT_FALSE(life.governor.pauses());
  EXPECT_NEAR(life.governor.state().cpu_ratio.value(), 0.009, 1e-6);
  EXPECT_EQ(life.cpu_exceeded, 0);
  EXPECT_EQ(life.governor.state().reason, "");
}

TEST(BudgetGovernor, DoesNotCountWhatTheStartHasCost) {
  Life life;  // 5 s of CPU before the first frame
  life.live(10min, 0.005);
  EXPECT_EQ(life.changes, 0);
}

TEST(BudgetGovernor, ForgivesAShortBurstAfterTheStart) {
  Life life;
  life.live(4s, 0.1);  // 0.4 s of the 0.6 s that a minute may cost
  life.live(56s, 0.003);
  life.live(10min, 0.003);
  EXPECT_EQ(life.changes, 0);
}

TEST(BudgetGovernor, LengthensTheIntervalsUntilTheCostFits) {
  Life life;
  life.live(5min, life.stretched(0.018));
  EXPECT_EQ(life.level(), 1U);
  EXPECT_EQ(life.governor.stretch(), 2U);
  EXPECT_EQ(life.changes, 1);
  EXPECT_FALSE(life.governor.pauses());
  EXPECT_THAT(life.governor.state().reason, HasSubstr("more than 1 % of a core"));
  EXPECT_THAT(life.governor.state().reason, HasSubstr("intervals are 2 times as long"));
}

TEST(BudgetGovernor, ActsAsSoonAsTheMinuteIsUsedUp) {
  Life life;
  life.live(8s, 0.1);  // 0.8 s at once
  EXPECT_EQ(life.level(), 1U);
}

TEST(BudgetGovernor, PausesOptionalCollectorsLast) {
  Life life;
  life.live(10min, life.stretched(0.01, 0.02));
  EXPECT_EQ(life.level(), BudgetGovernor::kPaused);
  EXPECT_EQ(life.governor.stretch(), 8U) << "never more";
  EXPECT_TRUE(life.governor.pauses());
  EXPECT_THAT(life.governor.state().reason, HasSubstr("optional collectors are paused"));
  const int changes = life.changes;
  life.live(1h, life.stretched(0.01, 0.02));
  EXPECT_EQ(life.changes, changes) << "nothing is left to be given up, and nothing to be said";
}

TEST(BudgetGovernor, CountsTheTimeOverTheBudget) {
  Life life;
  life.live(10min, 0.05);
  EXPECT_GT(life.cpu_exceeded, 9 * 60);
  EXPECT_LE(life.cpu_exceeded, 10 * 60);
}

TEST(BudgetGovernor, GoesBackStepByStepWhenTheLoadIsOver) {
  Life life;
  life.live(10min, life.stretched(0.01, 0.02));
  ASSERT_EQ(life.level(), 4U);
  for (unsigned level = 4; level > 0; --level) {
    EXPECT_EQ(life.level(), level);
    life.live(62s, 0.0005);
  }
  EXPECT_EQ(life.level(), 0U);
  EXPECT_FALSE(life.governor.pauses());
  EXPECT_EQ(life.governor.state().reason, "");
}

TEST(BudgetGovernor, StaysWhereTwiceAsOftenWouldNotFit) {
  Life life;
  life.live(5min, life.stretched(0.018));
  life.live(2h, life.stretched(0.018));  // 0.9 % at level 1
  EXPECT_EQ(life.level(), 1U);
  life.live(2h, life.stretched(0.012));  // 0.6 %: would be 1.2 % again
  EXPECT_EQ(life.level(), 1U);
  EXPECT_EQ(life.changes, 1);
  life.live(5min, life.stretched(0.007));  // 0.35 %: 0.7 % fits
  EXPECT_EQ(life.level(), 0U);
}

TEST(BudgetGovernor, FlapsLessAndLess) {
  Life life;
  bool heavy = true;
  // Heavy as long as it is at level 0, as light as can be else: the worst there is.
  life.live(6h, [&] {
    heavy = life.level() == 0;
    return heavy ? 0.1 : 0.0001;
  });
  // A minute of patience would give 300 changes or more; doubled each time it is a dozen in the
  // first two hours, then two an hour.
  EXPECT_LE(life.changes, 24);
  EXPECT_GE(life.changes, 4) << "it does try again";
}

TEST(BudgetGovernor, IsPatientNoLongerThanItHasToBe) {
  Life life;
  life.live(2min, 0.1);
  life.live(10min, 0.0001);
  ASSERT_EQ(life.level(), 0U);
  life.live(1h, 0.0001);
  life.live(8s, 0.1);  // an hour later this is no relapse
  const unsigned level = life.level();
  ASSERT_GT(level, 0U);
  life.live(62s, 0.0001);
  EXPECT_EQ(life.level(), level - 1);
}

TEST(BudgetGovernor, WorksWithRoundsThatAreFarApart) {
  Life life;
  life.live(20min, 0.05, 2min);
  EXPECT_EQ(life.level(), 4U);
  life.live(20min, 0.0001, 2min);
  EXPECT_EQ(life.level(), 0U);
}

TEST(BudgetGovernor, WorksWithRoundsThatAreClose) {
  Life life;
  life.live(5min, life.stretched(0.018), 100ms);
  EXPECT_EQ(life.level(), 1U);
  EXPECT_NEAR(life.governor.state().cpu_ratio.value(), 0.009, 0.0005);
}

TEST(BudgetGovernor, AfterAPauseOfTheHostOneMinuteIsJudgedAsOne) {
  Life life;
  life.live(5min, 0.005);
  life.live(8h, 0.0, 8h);
  EXPECT_EQ(life.changes, 0);
  life.live(5min, 0.005);
  EXPECT_EQ(life.changes, 0);
}

TEST(BudgetGovernor, GivesMemoryBackOnceAMinuteAndPausesWhenThatDoesNotHelp) {
  Life life;
  life.resident = 40 * kMiB;
  life.live(30s, 0.001);
  EXPECT_EQ(life.given_back, 1);
  EXPECT_FALSE(life.governor.pauses());
  life.live(40s, 0.001);
  EXPECT_TRUE(life.governor.pauses());
  EXPECT_EQ(life.governor.stretch(), 1U) << "longer intervals take no less memory";
  EXPECT_EQ(life.governor.state().memory_level, 1U);
  EXPECT_THAT(life.governor.state().reason, HasSubstr("more than 32 MiB"));
  life.live(230s, 0.001);
  EXPECT_EQ(life.given_back, 5);
  EXPECT_NEAR(life.memory_exceeded, 300, 3);
}

TEST(BudgetGovernor, ForgivesMemoryThatIsGivenBack) {
  Life life;
  for (int i = 0; i < 20; ++i) {
    life.resident = 40 * kMiB;
    life.live(50s, 0.001);
    life.resident = 20 * kMiB;
    life.live(10s, 0.001);
  }
  EXPECT_EQ(life.changes, 0);
}

TEST(BudgetGovernor, ResumesWhenMemoryIsWellBelow) {
  Life life;
  life.resident = 40 * kMiB;
  life.live(2min, 0.001);
  ASSERT_TRUE(life.governor.pauses());
  life.resident = 31 * kMiB;
  life.live(10min, 0.001);
  EXPECT_TRUE(life.governor.pauses()) << "below, not well below";
  life.resident = 20 * kMiB;
  life.live(1min, 0.001);
  EXPECT_FALSE(life.governor.pauses());
}

TEST(BudgetGovernor, TakesUnreadableMemoryForNeitherMuchNorLittle) {
  Life life;
  life.resident = 40 * kMiB;
  life.live(2min, 0.001);
  ASSERT_TRUE(life.governor.pauses());
  life.resident.reset();
  life.live(10min, 0.001);
  EXPECT_TRUE(life.governor.pauses());
  EXPECT_EQ(life.governor.state().resident_bytes, std::nullopt);
}

TEST(BudgetGovernor, BeginsAfreshWithOtherLimitsAndOnlyThen) {
  Life life;
  life.live(5min, 0.05);
  ASSERT_EQ(life.level(), 4U);
  life.governor.set_limits(BudgetLimits{});
  EXPECT_EQ(life.level(), 4U);
  life.governor.set_limits({0.1, 1U << 30U});
  EXPECT_EQ(life.level(), 0U);
  life.live(1h, 0.05);
  EXPECT_EQ(life.level(), 0U);
}

TEST(OptionalCollectors, AreNoneThatARuleThatShipsWatches) {
  int optional = 0;
  for (const auto& collector : make_collectors(CollectSettings{})) {
    if (!collector->optional()) continue;
    ++optional;
    for (const Metric* metric : collector->metrics()) {
      for (const auto& rule : default_rules()) {
        EXPECT_NE(rule.metric, metric->name) << collector->name();
        EXPECT_NE(rule.divided_by.value_or(""), metric->name) << collector->name();
      }
    }
  }
  EXPECT_GT(optional, 0) << "something can be paused";
}

}  // namespace
}  // namespace perfwatch
