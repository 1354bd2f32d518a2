// SPDX-License-Identifier: Apache-2.0
#include "core/account/taskstats/event_loss.h"

#include <gtest/gtest.h>

namespace perfwatch {
namespace {

TEST(SequenceGaps, CountsWhatIsMissingOnEachCpu) {
  SequenceGaps gaps;
  EXPECT_EQ(gaps.missing(0, 100), 0U);  // the first says nothing
  EXPECT_EQ(gaps.missing(1, 5), 0U);
  EXPECT_EQ(gaps.missing(0, 101), 0U);
  EXPECT_EQ(gaps.missing(0, 105), 3U);
  EXPECT_EQ(gaps.missing(1, 6), 0U);
}

TEST(SequenceGaps, GoesOverTheEndOfTheNumbers) {
  SequenceGaps gaps;
  EXPECT_EQ(gaps.missing(0, 0xfffffffe), 0U);
  EXPECT_EQ(gaps.missing(0, 0xffffffff), 0U);
  EXPECT_EQ(gaps.missing(0, 0), 0U);
  EXPECT_EQ(gaps.missing(0, 2), 1U);
}

TEST(SequenceGaps, TakesAStepBackForANewCount) {
  SequenceGaps gaps;
  EXPECT_EQ(gaps.missing(0, 1000), 0U);
  EXPECT_EQ(gaps.missing(0, 3), 0U);
  EXPECT_EQ(gaps.missing(0, 4), 0U);
}

TEST(SequenceGaps, IgnoresACpuThatCannotBe) {
  SequenceGaps gaps;
  EXPECT_EQ(gaps.missing(0xffffffff, 3), 0U);
  EXPECT_EQ(gaps.missing(0xffffffff, 300), 0U);
}

}  // namespace
}  // namespace perfwatch
