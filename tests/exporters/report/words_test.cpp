// SPDX-License-Identifier: Apache-2.0
#include "exporters/report/words.h"

#include <gtest/gtest.h>

#include <limits>

namespace perfwatch {
namespace {

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
constexpr double kInfinity = std::numeric_limits<double>::infinity();

TEST(SecondsWords, HasAsManyDigitsAsSaySomething) {
  EXPECT_EQ(seconds_words(0), "0 s");
  EXPECT_EQ(seconds_words(0.00082), "820 µs");
  EXPECT_EQ(seconds_words(0.0123), "12.3 ms");
  EXPECT_EQ(seconds_words(9.876), "9.88 s");
  EXPECT_EQ(seconds_words(59.99), "60.0 s");
  EXPECT_EQ(seconds_words(59.999), "1 min 0 s");
  EXPECT_EQ(seconds_words(-192), "-3 min 12 s");
  EXPECT_EQ(seconds_words(3599.9), "1 h 0 min");
  EXPECT_EQ(seconds_words(200000), "2 d 8 h");
  EXPECT_EQ(seconds_words(kNan), kNotKnown);
  EXPECT_EQ(seconds_words(kInfinity), kNotKnown);
}

TEST(BytesAndCountWords, ChangeTheUnit) {
  EXPECT_EQ(bytes_words(0), "0 B");
  EXPECT_EQ(bytes_words(1536.0 * (1 << 20)), "1.50 GiB");
  EXPECT_EQ(bytes_words(-1 << 20), "-1.00 MiB");
  EXPECT_EQ(bytes_words(kNan), kNotKnown);
  EXPECT_EQ(count_words(4213), "4213");
  EXPECT_EQ(count_words(5.61), "5.61");
  EXPECT_EQ(count_words(12345678), "12.3 M");
  EXPECT_EQ(count_words(kNan), kNotKnown);
}

TEST(RatioAndChangeWords, ArePerCent) {
  EXPECT_EQ(ratio_words(0.042), "4.2 %");
  EXPECT_EQ(change_words(1.25), "+25 %");
  EXPECT_EQ(change_words(0.9), "-10 %");
  EXPECT_EQ(change_words(kInfinity), kNotKnown);
}

TEST(OutcomeWords, SayHowItEnded) {
  perfwatch::Run run;
  run.outcome = RunOutcome::failed;
  run.exit_code = 2;
  EXPECT_EQ(outcome_words(run), "failed (exit code 2)");
  run.outcome = RunOutcome::killed;
  run.exit_code = 9;
  EXPECT_EQ(outcome_words(run), "killed by signal 9");
}

TEST(CommandWords, QuoteAsAShellWouldTakeIt) {
  EXPECT_EQ(command_words({"make", "-j8", "CC=ccache gcc", "it's", ""}, 100),
            "make -j8 'CC=ccache gcc' 'it'\\''s' ''");
  EXPECT_EQ(command_words(std::vector<std::string>(1000000, "ab"), 11), "ab ab ab...");
}

TEST(AsMarkdown, HasNoMarkup) {
  EXPECT_EQ(as_markdown("*a* `b` <c> [d](e) | #f\n"),
            "\\*a\\* \\`b\\` \\<c\\> \\[d\\](e) \\| \\#f\\\\x0A");
}

TEST(AsMarkdownCode, HasAFenceLongerThanAnyInside) {
  EXPECT_EQ(as_markdown_code("make -j8"), "`make -j8`");
  EXPECT_EQ(as_markdown_code("a``b"), "```a``b```");
  EXPECT_EQ(as_markdown_code("`"), "`` ` ``");
  EXPECT_EQ(as_markdown_code(" a"), "`  a `");
  EXPECT_EQ(as_markdown_code(""), kNotKnown);
  EXPECT_EQ(as_markdown_cell("a b"), "`a b`");
  EXPECT_EQ(as_markdown_cell("a\\|b"), "a\\\\\\|b");
}

}  // namespace
}  // namespace perfwatch
