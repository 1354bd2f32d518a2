// SPDX-License-Identifier: Apache-2.0
#include "core/account/reconciliation.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <ctime>
#include <string>

#include "tests/core/collect/value_of.h"
#include "tests/support/temp_tree.h"

namespace perfwatch {
namespace {

using test::item_errors;
using test::TempTree;
using test::value_of;

constexpr double kTicksPerSecond = 100;

TEST(ParseBusyTicks, SumsWhatIsNeitherIdleNorStolenNorGuest) {
  EXPECT_EQ(parse_busy_ticks("cpu  1000 200 30 99999 8888 4 5 777 600 100\ncpu0 1 1 1 1 1 1 1\n"),
            1239U);
}

TEST(ParseBusyTicks, RefusesALineThatIsNotWhole) {
  for (const char* text : {"", "cpu", "cpu 1 2 3", "cpu 1 2 3 4 5 6", "cpu 1 2 x 4 5 6 7",
                           "cpu 1 2 -3 4 5 6 7", "cpu0 1 2 3 4 5 6 7\n", "ctxt 7\n"}) {
    EXPECT_FALSE(parse_busy_ticks(text)) << text;
  }
  EXPECT_EQ(parse_busy_ticks("cpu 1 2 3 4 5 6 7"), 19U) << "2.6.10 had no steal";
}

class Reconciling : public testing::Test {
 protected:
  // One round at `seconds`, with `ticks` of user time and what the ledger spent.
  const Reconciliation::State& round(double seconds, std::uint64_t ticks, double spent) {
    tree.write("stat", "cpu  " + std::to_string(ticks) + " 0 0 70 80 0 0 90 0 0\n");
    return round(seconds, spent);
  }
  const Reconciliation::State& round(double seconds, double spent) {
    const auto moment = std::chrono::milliseconds(static_cast<std::int64_t>(seconds * 1000));
    reconciliation.update({std::chrono::steady_clock::time_point(moment), {}}, spent);
    return reconciliation.state();
  }
  Samples samples() const {
    SampleWriter out(nullptr);
    reconciliation.write(out);
    return std::move(out).finish();
  }
  TempTree tree;
  Reconciliation reconciliation{{.procfs = tree.path()}, kTicksPerSecond};
};

TEST_F(Reconciling, CountsBothSidesFromTheFirstRound) {
  (void)round(0, 50'000, 1234);
  const auto first = samples();
  EXPECT_EQ(value_of(first, "perfwatch_accounting_host_cpu_seconds_total"), 0);
  EXPECT_EQ(value_of(first, "perfwatch_accounting_attributed_cpu_seconds_total"), 0);
  EXPECT_EQ(value_of(first, "perfwatch_accounting_unattributed_cpu_seconds"), 0);
  EXPECT_EQ(value_of(first, "perfwatch_accounting_attributed_ratio"), std::nullopt);
  (void)round(2, 50'400, 3);
  const auto second = samples();
  EXPECT_EQ(value_of(second, "perfwatch_accounting_host_cpu_seconds_total"), 4);
  EXPECT_EQ(value_of(second, "perfwatch_accounting_attributed_cpu_seconds_total"), 3);
  EXPECT_EQ(value_of(second, "perfwatch_accounting_unattributed_cpu_seconds"), 1);
  EXPECT_EQ(value_of(second, "perfwatch_accounting_attributed_ratio"), 0.75);
}

TEST_F(Reconciling, HasNoRatioBeforeTheHostSpentEnough) {
  (void)round(0, 0, 0);
  EXPECT_TRUE(is_absent(round(2, 99, 0.5).ratio));
  EXPECT_EQ(round(4, 100, 0.5).ratio, 1);
}

TEST_F(Reconciling, ForgetsInTheRatioWhatIsOlderThanTheWindow) {
  (void)round(0, 0, 0);
  (void)round(2, 1000, 0);  // 10 s that nobody had
  double at = 2;
  std::uint64_t ticks = 1000;
  while (at < 61) (void)round(at += 2, ticks += 10, 0.1);
  EXPECT_EQ(ticks, 1300U);
  EXPECT_NEAR(reconciliation.state().ratio, 1, 1e-9);
  EXPECT_NEAR(reconciliation.state().unattributed_seconds, 10, 1e-9) << "which never forgets";
}

TEST_F(Reconciling, LooksAtOneMinuteHoweverShortTheRounds) {
  (void)round(0, 0, 0);
  for (int i = 1; i <= 900; ++i) {
    (void)round(i * 0.1, static_cast<std::uint64_t>(i * 10), i <= 300 ? 0.05 : 0.1);
  }
  EXPECT_NEAR(reconciliation.state().ratio, 1, 0.02);
}

TEST_F(Reconciling, GoesBelowZeroWhereTheTicksMissedWhatTheTasksHad) {
  (void)round(0, 0, 0);
  EXPECT_NEAR(round(2, 200, 2.5).unattributed_seconds, -0.5, 1e-9);
  EXPECT_NEAR(reconciliation.state().ratio, 1.25, 1e-9);
}

TEST_F(Reconciling, NeverCountsBackwards) {
  (void)round(0, 1000, 0);
  (void)round(2, 1100, 1);
  EXPECT_EQ(round(4, 1050, -1).host_seconds, 1);
  EXPECT_EQ(reconciliation.state().attributed_seconds, 1);
  EXPECT_EQ(round(6, 1200, kAbsent).host_seconds, 2) << "not what it went back by a second time";
  EXPECT_EQ(reconciliation.state().attributed_seconds, 1);
  EXPECT_EQ(round(8, 10, 1).host_seconds, 2) << "a reset";
  EXPECT_EQ(round(10, 110, 1).host_seconds, 3);
}

TEST_F(Reconciling, LosesNothingWhileTheHostCannotBeRead) {
  (void)round(0, 0, 0);
  (void)round(2, 200, 2);
  tree.write("stat", "garbage\n");
  (void)round(4, 2);
  const auto blind = samples();
  EXPECT_EQ(value_of(blind, "perfwatch_accounting_host_cpu_seconds_total"), std::nullopt);
  EXPECT_EQ(value_of(blind, "perfwatch_accounting_unattributed_cpu_seconds"), std::nullopt);
  EXPECT_EQ(value_of(blind, "perfwatch_accounting_attributed_cpu_seconds_total"), 4);
  EXPECT_EQ(item_errors(blind, ErrorKind::malformed), 1U);
  EXPECT_NE(blind.item_error_text.find(tree.path() + "/stat"), std::string::npos);
  EXPECT_EQ(round(6, 600, 2).host_seconds, 6);
  EXPECT_EQ(reconciliation.state().unattributed_seconds, 0);
}

TEST_F(Reconciling, ComparesFromWhenBothSidesAreThere) {
  (void)round(0, 0);
  EXPECT_TRUE(is_absent(round(2, 5.0).host_seconds)) << "no /proc/stat yet";
  (void)round(4, 1000, 1);
  EXPECT_EQ(round(6, 1300, 2).unattributed_seconds, 1);
  EXPECT_EQ(reconciliation.state().attributed_seconds, 8);
}

TEST_F(Reconciling, DeclaresWhatItWrites) {
  (void)round(0, 0, 0);
  const auto written = samples();
  ASSERT_EQ(written.schema->series.size(), Reconciliation::metrics().size());
  for (std::size_t i = 0; i < written.schema->series.size(); ++i) {
    const auto* metric = Reconciliation::metrics()[i];
    EXPECT_EQ(written.schema->series[i].metric, metric);
    EXPECT_EQ(metric->born_at_zero, metric->type == MetricType::counter);
  }
}

// Our own time must be in the host's: nothing else on it can be foreseen.
TEST(ReconcilingThisHost, SeesWhatIsSpent) {
  const auto ticks = static_cast<double>(::sysconf(_SC_CLK_TCK));
  Reconciliation reconciliation({}, ticks);
  reconciliation.update(Instant::now(), 0);
  const auto own = [] {
    timespec now{};
    ::clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) / 1e9;
  };
  const double start = own();
  while (own() - start < 0.5) continue;
  reconciliation.update(Instant::now(), own() - start);
  EXPECT_GT(reconciliation.state().host_seconds, 0.4);
  EXPECT_GE(reconciliation.state().attributed_seconds, 0.5);
}

}  // namespace
}  // namespace perfwatch
