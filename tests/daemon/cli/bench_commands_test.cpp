// SPDX-License-Identifier: Apache-2.0
#include "daemon/cli/bench_commands.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace perfwatch {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using Words = std::vector<std::string>;

Words words(std::string_view text) {
  const auto split = split_words(text);
  EXPECT_TRUE(split) << split.error().text;
  return split.value_or(Words{});
}

std::string refusal(std::string_view text) {
  const auto split = split_words(text);
  return split ? "taken" : split.error().text;
}

TEST(SplitWords, SplitsAtBlanks) {
  EXPECT_EQ(words("make -j4 all"), (Words{"make", "-j4", "all"}));
  EXPECT_EQ(words("  make\t-j4\nall  "), (Words{"make", "-j4", "all"}));
}

TEST(SplitWords, KnowsQuotesAndBackslashes) {
  EXPECT_EQ(words(R"(sh -c 'sleep 1; echo "$HOME"')"),
            (Words{"sh", "-c", R"(sleep 1; echo "$HOME")"}));
  EXPECT_EQ(words(R"(a "b c" d\ e 'f'"g"h)"), (Words{"a", "b c", "d e", "fgh"}));
  EXPECT_EQ(words(R"("\"\\\$\n" '\n')"), (Words{R"("\$\n)", R"(\n)"}));
  EXPECT_EQ(words(R"(a '' "")"), (Words{"a", "", ""}));
  EXPECT_EQ(words(R"(a\)"), (Words{R"(a\)"})) << "at the end there is nothing to escape";
}

TEST(SplitWords, ExpandsNothing) {
  EXPECT_EQ(words("echo $HOME * ~ `id` {a,b} #x"),
            (Words{"echo", "$HOME", "*", "~", "`id`", "{a,b}", "#x"}));
}

TEST(SplitWords, RefusesWhatOnlyAShellUnderstands) {
  EXPECT_THAT(refusal("cat x | wc"), HasSubstr("no shell runs it, and \"|\" would be an argument"));
  EXPECT_THAT(refusal("a && b"), HasSubstr("sh -c"));
  EXPECT_THAT(refusal("a 2>&1"), HasSubstr("sh -c"));
  EXPECT_EQ(words(R"(expr 1 '|' 2 \> 3)"), (Words{"expr", "1", "|", "2", ">", "3"}));
}

TEST(SplitWords, RefusesOpenQuotesAndNothing) {
  EXPECT_THAT(refusal("echo 'a"), HasSubstr("a quote (') does not close"));
  EXPECT_THAT(refusal("echo \"a\\"), HasSubstr("a quote (\") does not close"));
  EXPECT_THAT(refusal("  "), HasSubstr("is no command"));
  EXPECT_THAT(refusal("\x1b[2J '"), HasSubstr("\\x1B")) << "a terminal obeys nothing of it";
}

Words values(std::string_view list) {
  const auto parameter = parse_parameter("n", list);
  EXPECT_TRUE(parameter) << parameter.error().text;
  return parameter ? parameter->values : Words{};
}

TEST(ParseParameter, SplitsListsAndRanges) {
  EXPECT_EQ(values("gcc,clang"), (Words{"gcc", "clang"}));
  EXPECT_EQ(values("1..4,8"), (Words{"1", "2", "3", "4", "8"}));
  EXPECT_EQ(values("0..10..5"), (Words{"0", "5", "10"}));
  EXPECT_EQ(values("-1..1"), (Words{"-1", "0", "1"}));
  EXPECT_EQ(values(",-O2"), (Words{"", "-O2"}));
  EXPECT_EQ(values("a\\,b,c\\d"), (Words{"a,b", "c\\d"}));
  EXPECT_EQ(values("../x,1..b,1..2..0,.."), (Words{"../x", "1..b", "1..2..0", ".."}));
}

TEST(ParseParameter, RefusesNonsense) {
  for (const auto& [name, list, what] : {std::tuple{"a b", "1", "is no name"},
                                         {"", "1", "is no name"},
                                         {"n", "", "has no values"},
                                         {"n", "1..1000000000", "at most 1000 values"},
                                         {"n", "8..1", "has no values"}}) {
    const auto parameter = parse_parameter(name, list);
    ASSERT_FALSE(parameter) << list;
    EXPECT_THAT(parameter.error().text, HasSubstr(what));
  }
}

std::vector<std::string> texts(const BenchWish& wish) {
  const auto tasks = plan_bench(wish);
  EXPECT_TRUE(tasks) << tasks.error().text;
  std::vector<std::string> all;
  if (tasks)
    for (const auto& task : *tasks) all.push_back(task.text);
  return all;
}

TEST(PlanBench, TakesEachCommandWithEachChoice) {
  BenchWish wish;
  wish.texts = {"make -j{jobs} CC={cc}"};
  wish.parameters = {{"jobs", {"1", "2"}}, {"cc", {"gcc", "clang"}}};
  EXPECT_THAT(texts(wish), ElementsAre("make -j1 CC=gcc", "make -j1 CC=clang", "make -j2 CC=gcc",
                                       "make -j2 CC=clang"));
  const auto tasks = plan_bench(wish);
  EXPECT_THAT((*tasks)[1].parameters,
              ElementsAre(std::pair<std::string, std::string>("jobs", "1"),
                          std::pair<std::string, std::string>("cc", "clang")));
}

TEST(PlanBench, RepeatsNoCommandForAParameterThatItHasNot) {
  BenchWish wish;
  wish.texts = {"make -j{jobs}", "ninja"};
  wish.parameters = {{"jobs", {"1", "2"}}};
  EXPECT_THAT(texts(wish), ElementsAre("make -j1", "make -j2", "ninja"));
  wish.prepare = "prepare {jobs}";
  EXPECT_THAT(texts(wish), ElementsAre("make -j1", "make -j2", "ninja", "ninja"));
}

TEST(PlanBench, SplitsValuesInTextsAndKeepsThemWholeInWords) {
  BenchWish wish;
  wish.texts = {"cc {flags} x.c"};
  wish.words = {"cc", "{flags}", "x.c"};
  wish.parameters = {{"flags", {"-O2 -g", ""}}};
  const auto tasks = plan_bench(wish);
  ASSERT_TRUE(tasks);
  ASSERT_EQ(tasks->size(), 4u);
  EXPECT_THAT((*tasks)[0].words, ElementsAre("cc", "-O2", "-g", "x.c"));
  EXPECT_THAT((*tasks)[1].words, ElementsAre("cc", "x.c"));
  EXPECT_THAT((*tasks)[2].words, ElementsAre("cc", "-O2 -g", "x.c"));
  EXPECT_EQ((*tasks)[2].text, "cc '-O2 -g' x.c");
  EXPECT_THAT((*tasks)[3].words, ElementsAre("cc", "", "x.c"));
}

TEST(PlanBench, ReplacesNothingInValues) {
  BenchWish wish;
  wish.texts = {"echo {a}{b}{c}"};
  wish.parameters = {{"a", {"{b}"}}, {"b", {"{a}"}}};
  EXPECT_THAT(texts(wish), ElementsAre("echo {b}{a}{c}"));
}

TEST(PlanBench, PutsParametersIntoWhatPrepares) {
  BenchWish wish;
  wish.words = {"true"};
  wish.prepare = "rm -f '{file}'";
  wish.parameters = {{"file", {"a b"}}};
  const auto tasks = plan_bench(wish);
  ASSERT_TRUE(tasks);
  EXPECT_THAT(tasks->front().prepare, ElementsAre("rm", "-f", "a b"));
}

TEST(PlanBench, RefusesWhatCannotBeMeant) {
  const auto refused = [](const BenchWish& wish) {
    const auto tasks = plan_bench(wish);
    return tasks ? "taken" : tasks.error().text;
  };
  EXPECT_THAT(refused({}), HasSubstr("the command is missing: perfwatch bench"));
  EXPECT_THAT(refused({{"make"}, {}, {}, {{"jobs", {"1"}}}}), HasSubstr("has {jobs} in it"));
  EXPECT_THAT(refused({{"make {j}"}, {}, {}, {{"j", {"1"}}, {"j", {"2"}}}}),
              HasSubstr("given twice"));
  EXPECT_THAT(refused({{"{program}"}, {}, {}, {{"program", {""}}}}), HasSubstr("is no command"));
  EXPECT_THAT(refused({{}, {"{program}"}, {}, {{"program", {""}}}}), HasSubstr("program is empty"));
  EXPECT_THAT(refused({{"make"}, {}, "echo '", {}}), HasSubstr("--prepare: "));
  const Words many(100, "x");
  EXPECT_THAT(refused({{"a {a} {b}"}, {}, {}, {{"a", many}, {"b", many}}}),
              HasSubstr("more than 1000 benchmarks"));
}

}  // namespace
}  // namespace perfwatch
