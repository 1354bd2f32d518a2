// SPDX-License-Identifier: Apache-2.0
#include "core/base/text.h"

#include <gtest/gtest.h>

namespace perfwatch {
namespace {

TEST(NextLine, TakesTheLastLineWithoutItsNewline) {
  std::string_view text = "a\n\nb";
  std::string_view line;
  ASSERT_TRUE(next_line(text, line));
  EXPECT_EQ(line, "a");
  ASSERT_TRUE(next_line(text, line));
  EXPECT_EQ(line, "");
  ASSERT_TRUE(next_line(text, line));
  EXPECT_EQ(line, "b");
  EXPECT_FALSE(next_line(text, line));
}

TEST(NextWord, SkipsSpacesAndTabs) {
  std::string_view line = " \tcpu0  12 ";
  EXPECT_EQ(next_word(line), "cpu0");
  EXPECT_EQ(next_word(line), "12");
  EXPECT_EQ(next_word(line), "");
  EXPECT_EQ(next_word(line), "");
}

TEST(ToNumber, RefusesWhatIsNotWhollyANumber) {
  EXPECT_EQ(to_number<std::uint64_t>("18446744073709551615"), UINT64_MAX);
  EXPECT_FALSE(to_number<std::uint64_t>("18446744073709551616"));
  EXPECT_FALSE(to_number<std::uint64_t>("-1"));
  EXPECT_FALSE(to_number<std::uint64_t>("1 "));
  EXPECT_FALSE(to_number<std::uint64_t>("1x"));
  EXPECT_FALSE(to_number<std::uint64_t>(""));
}

TEST(PrintableUtf8, KeepsGoodTextAndEscapesTheRest) {
  EXPECT_EQ(printable_utf8("größe €\xF0\x9F\x98\x80"), "größe €\xF0\x9F\x98\x80");
  EXPECT_EQ(printable_utf8("a\xFF"), "a\\xFF");
  EXPECT_EQ(printable_utf8("\x1b[31m\n"), "\\x1B[31m\\x0A");
  EXPECT_EQ(printable_utf8("\xC2\x9B"), "\\xC2\\x9B") << "a C1 control that terminals obey";
  EXPECT_EQ(printable_utf8("\xC0\x80"), "\\xC0\\x80") << "overlong";
  EXPECT_EQ(printable_utf8("\xED\xA0\x80"), "\\xED\\xA0\\x80") << "a surrogate";
  EXPECT_EQ(printable_utf8("\xE2\x82"), "\\xE2\\x82") << "cut short";
}

TEST(Nearest, FindsTheTypoAndNothingFarFetched) {
  const std::string_view keys[] = {"interval", "deadline", "listen"};
  EXPECT_EQ(nearest("intervall", keys), "interval");
  EXPECT_EQ(nearest("dedline", keys), "deadline");
  EXPECT_FALSE(nearest("zzzzzzzzzz", keys));
}

TEST(CutUtf8, CutsBetweenCharacters) {
  EXPECT_EQ(cut_utf8("short", 5), "short");
  EXPECT_EQ(cut_utf8("longer", 5), "longe");
  EXPECT_EQ(cut_utf8("\u00e4\u00e4", 3), "\u00e4");
  EXPECT_EQ(cut_utf8("\x80\x80\x80", 2), "") << "not UTF-8 at all";
  EXPECT_EQ(cut_utf8("x", 0), "");
}

TEST(Names, OfLabelsHaveNoColonsAndNoneStartsWithADigit) {
  for (const auto* good : {"a", "_", "A9_z"}) {
    EXPECT_TRUE(is_label_name(good)) << good;
    EXPECT_TRUE(is_metric_name(good)) << good;
  }
  for (const auto* bad : {"", "9a", "a-b", "a b", "\u00e4"}) {
    EXPECT_FALSE(is_label_name(bad)) << bad;
    EXPECT_FALSE(is_metric_name(bad)) << bad;
  }
  EXPECT_FALSE(is_label_name("job:rate"));
  EXPECT_TRUE(is_metric_name("job:rate"));
}

}  // namespace
}  // namespace perfwatch
