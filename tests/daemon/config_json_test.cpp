// SPDX-License-Identifier: Apache-2.0
#include "daemon/config_json.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "daemon/config.h"

namespace perfwatch {
namespace {

// What is wrong with `text`; "" when it was read without a word.
std::string problems_of(std::string_view text) {
  Problems problems;
  const auto document = read_json(text, Place(problems, "f"));
  EXPECT_TRUE(document.has_value() || problems.count() > 0);
  return problems.text();
}

TEST(ReadJson, ReadsCommentsAndEveryType) {
  Problems problems;
  const auto document = read_json(
      "// head\n{\"a\": [1, -2, 2.5, true, null, \"x\"], /* and */ \"b\": {\"c\": []}} // tail",
      Place(problems, "f"));
  ASSERT_TRUE(document) << problems.text();
  EXPECT_EQ(document->dump(), R"({"a":[1,-2,2.5,true,null,"x"],"b":{"c":[]}})");
}

TEST(ReadJson, NamesLineAndColumnAndWhatWasExpected) {
  EXPECT_EQ(problems_of("{\n  \"a\": 1,\n}"),
            "f:3:1: unexpected '}'; expected a key in double quotes (remove the comma before it)");
  EXPECT_EQ(problems_of("[1, 2,]"),
            "f:1:7: unexpected ']'; expected a value (remove the comma before it)");
  EXPECT_EQ(
      problems_of("{\"a\": 1\n \"b\": 2}"),
      "f:2:4: unexpected string literal; expected ',' or '}' (is a comma missing before it?)");
  EXPECT_EQ(problems_of("[1 2]"), "f:1:4: unexpected number literal; expected ',' or ']'");
  EXPECT_EQ(problems_of("{\"a\": 1"), "f:1:8: the text ends too early; expected ',' or '}'");
  EXPECT_EQ(problems_of("{\"a\" 1}"), "f:1:6: unexpected number literal; expected ':'");
  EXPECT_EQ(problems_of("{'a': 1}"),
            "f:1:2: this is not JSON; expected a key in double quotes (use double quotes)");
  EXPECT_EQ(
      problems_of("{a: 1}"),
      "f:1:2: this is not JSON; expected a key in double quotes (keys stand in double quotes)");
  EXPECT_EQ(problems_of("{\"a\": info}"), "f:1:7: this is not JSON (text stands in double quotes)");
  EXPECT_EQ(problems_of("{\"a\": \"x\n\"}").substr(0, 7), "f:1:9: ");
  EXPECT_EQ(problems_of("[1e999]"), "f:1:6: the number is too large");
}

TEST(ReadJson, RefusesTrailingGarbage) {
  EXPECT_EQ(problems_of("{}\n{}"), "f:2:1: unexpected '{'; expected end of input");
}

TEST(ReadJson, RefusesInvalidUtf8) { EXPECT_EQ(problems_of("[\"\xFF\"]").substr(0, 7), "f:1:3: "); }

TEST(ReadJson, FindsEveryRepeatedKey) {
  EXPECT_EQ(problems_of(R"({"a": 1, "b": [0, {"c~/d": 1, "c~/d": 2}], "a": 3})"),
            "f: /b/1/c~0~1d: this key is given twice\n"
            "f: /a: this key is given twice");
}

TEST(ReadJson, BoundsDepthAndSize) {
  EXPECT_EQ(problems_of(std::string(32, '[') + std::string(32, ']')), "");
  const auto deep = problems_of(std::string(100000, '['));
  EXPECT_TRUE(deep.ends_with("/0/0: nested more than 32 levels deep")) << deep;
  EXPECT_EQ(problems_of(std::string(kConfigFileLimit + 1, ' ')), "f: larger than 1048576 bytes");
}

TEST(ReadJson, SaysWhatToWriteIntoAnEmptyFile) {
  EXPECT_EQ(problems_of(""), "f: is empty (write {} to take every default)");
  EXPECT_EQ(problems_of(" \n"), "f: is empty (write {} to take every default)");
}

TEST(Quote, CutsAtACharacterAndHidesControls) {
  EXPECT_EQ(quote("a\x1b[31m"), "\"a\\x1B[31m\"");
  EXPECT_EQ(quote(std::string(59, 'a') + "€"), "\"" + std::string(59, 'a') + "...\"");
}

TEST(Problems, KeepTwentyAndCountTheRest) {
  Problems problems;
  for (int i = 0; i < 21; ++i) problems.add("x");
  EXPECT_TRUE(problems.text().ends_with("x\n... and 1 more problem"));
  problems.add("x");
  EXPECT_TRUE(problems.text().ends_with("x\n... and 2 more problems"));
}

TEST(Suggestion, NamesTheNearestElseAll) {
  EXPECT_EQ(suggestion("intervall", {"interval", "deadline"}), ", did you mean \"interval\"?");
  EXPECT_EQ(suggestion("zzzzzzzzzz", {"interval", "deadline"}), "; known here: interval, deadline");
  EXPECT_EQ(suggestion(std::string(1000000, 'i'), {"interval"}), "; known here: interval");
}

}  // namespace
}  // namespace perfwatch
