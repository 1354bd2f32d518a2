// SPDX-License-Identifier: Apache-2.0
#include "daemon/cli/cells.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace perfwatch {
namespace {

class Cells : public testing::Test {
 protected:
  void SetUp() override { use_utf8_locale(); }
};

TEST_F(Cells, WidthCountsColumnsNotBytes) {
  EXPECT_EQ(display_width("größe"), 5U);
  EXPECT_EQ(display_width("日本"), 4U);
  EXPECT_EQ(display_width("e\u0301"), 1U) << "a combining accent";
  EXPECT_EQ(display_width(""), 0U);
}

TEST_F(Cells, FitFillsAndCuts) {
  EXPECT_EQ(fit("ab", 4), "ab  ");
  EXPECT_EQ(fit("ab", 4, true), "  ab");
  EXPECT_EQ(fit("abcdef", 4), "abc…");
  EXPECT_EQ(fit("日本語", 4), "日… ") << "half a wide character is a blank";
  EXPECT_EQ(fit("abc", 0), "");
}

TEST_F(Cells, SafeTextLeavesNothingThatATerminalObeys) {
  EXPECT_EQ(safe_text("a\x1b]0;x\x07"), "a\\x1B]0;x\\x07");
  EXPECT_EQ(safe_text("gpj\u202e.exe"), "gpj\uFFFD.exe") << "right-to-left override";
  EXPECT_EQ(safe_text("\u2028"), "\uFFFD") << "a line separator has no width";
  EXPECT_EQ(safe_text("\xff größe"), "\\xFF größe");
}

TEST_F(Cells, WrapBreaksAtBlanksAndLongWordsAnywhere) {
  EXPECT_THAT(wrap("the host is well", 8), testing::ElementsAre("the host", "is well"));
  EXPECT_THAT(wrap("abcdefgh ij", 4), testing::ElementsAre("abcd", "efgh", "ij"));
  EXPECT_THAT(wrap("  ", 4), testing::IsEmpty());
  EXPECT_THAT(wrap("日本", 1), testing::ElementsAre("日", "本")) << "never without end";
}

}  // namespace
}  // namespace perfwatch
