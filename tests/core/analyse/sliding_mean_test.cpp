// SPDX-License-Identifier: Apache-2.0
#include "core/analyse/sliding_mean.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <random>
#include <vector>

namespace perfwatch {
namespace {

using std::chrono::milliseconds;

SlidingMean::Time at(int milli) { return SlidingMean::Time(milliseconds(milli)); }

TEST(SlidingMean, WeighsAGaugeByTheTimeItStandsFor) {
  SlidingMean mean;
  mean.add_gauge(at(0), 100);
  EXPECT_EQ(mean.over(1), std::nullopt) << "it stood for no time yet";
  mean.add_gauge(at(1000), 1);
  mean.add_gauge(at(4000), 5);
  EXPECT_DOUBLE_EQ(*mean.over(1), (1 * 1 + 5 * 3) / 4.0);
}

TEST(SlidingMean, TakesTheRateOfACounterOverTime) {
  SlidingMean mean;
  mean.add_counter(at(0), 1e9);
  mean.add_counter(at(500), 1e9 + 10);
  mean.add_counter(at(2000), 1e9 + 10);
  EXPECT_DOUBLE_EQ(*mean.over(1), 5);
}

TEST(SlidingMean, CountsARoundOnce) {
  SlidingMean mean;
  mean.add_counter(at(0), 0);
  mean.add_counter(at(1000), 4);
  mean.add_counter(at(1000), 400);
  mean.add_counter(at(500), 400);
  EXPECT_DOUBLE_EQ(*mean.over(1), 4);
}

TEST(SlidingMean, LeavesAHoleWhereAGaugeIsAbsent) {
  SlidingMean mean;
  mean.add_gauge(at(0), 2);
  mean.add_gauge(at(1000), 2);
  mean.add_gauge(at(2000), std::nan(""));
  mean.add_gauge(at(9000), 50);
  mean.add_gauge(at(10000), 4);
  EXPECT_DOUBLE_EQ(*mean.over(1), 3) << "nobody knows what it was for seven seconds";
}

TEST(SlidingMean, SpansTheHoleOfACounterAndStartsAnewWhenItWentBack) {
  SlidingMean mean;
  mean.add_counter(at(0), 0);
  mean.add_counter(at(1000), std::numeric_limits<double>::infinity());
  mean.add_counter(at(2000), 8);
  EXPECT_DOUBLE_EQ(*mean.over(1), 4);
  mean.add_counter(at(3000), 1);
  EXPECT_DOUBLE_EQ(*mean.over(1), 4) << "reset";
  mean.add_counter(at(5000), 9);
  EXPECT_DOUBLE_EQ(*mean.over(1), 4);
}

TEST(SlidingMean, ForgetsWhatIsOlderThanItsSlots) {
  SlidingMean mean;
  mean.add_gauge(at(0), 7);
  mean.add_gauge(at(1000), 7);
  for (std::size_t slot = 1; slot < SlidingMean::kSlots; ++slot) mean.next_slot();
  EXPECT_EQ(mean.over(SlidingMean::kSlots - 1), std::nullopt);
  EXPECT_DOUBLE_EQ(*mean.over(SlidingMean::kSlots), 7);
  mean.next_slot();
  EXPECT_EQ(mean.over(SlidingMean::kSlots), std::nullopt);
}

TEST(SlidingMean, AgreesWithTheSumOverAllRounds) {
  std::mt19937 random(5);
  for (int round = 0; round < 200; ++round) {
    SlidingMean gauge;
    SlidingMean counter;
    double sum = 0;
    double seconds = 0;
    double total = 0;
    int now = 0;
    gauge.add_gauge(at(0), 1);
    counter.add_counter(at(0), 0);
    for (int i = 0; i < 40; ++i) {
      const int step = 1 + static_cast<int>(random() % 15000);
      const double value = static_cast<double>(random() % 1000);
      if (i % 3 == 0 && i < 36) {
        gauge.next_slot();
        counter.next_slot();
      }
      now += step;
      gauge.add_gauge(at(now), value);
      counter.add_counter(at(now), total += value * step / 1000.0);
      sum += value * step / 1000.0;
      seconds += step / 1000.0;
    }
    EXPECT_NEAR(*gauge.over(SlidingMean::kSlots), sum / seconds, 1e-3);
    EXPECT_NEAR(*counter.over(SlidingMean::kSlots), sum / seconds, 1e-3);
  }
}

}  // namespace
}  // namespace perfwatch
