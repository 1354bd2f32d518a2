// SPDX-License-Identifier: Apache-2.0
#include "core/base/csv.h"

#include <gtest/gtest.h>

#include <random>
#include <string>
#include <vector>

namespace perfwatch {
namespace {

std::vector<std::string> fields_of(std::string_view line) {
  CsvRow row;
  if (const auto cut = row.split(line); !cut) return {"error: " + cut.error().text};
  return {row.fields().begin(), row.fields().end()};
}

using Fields = std::vector<std::string>;

TEST(CsvRow, CutsAtCommas) {
  EXPECT_EQ(fields_of("a,b,c"), (Fields{"a", "b", "c"}));
  EXPECT_EQ(fields_of(""), (Fields{""}));
  EXPECT_EQ(fields_of(","), (Fields{"", ""}));
  EXPECT_EQ(fields_of("a,"), (Fields{"a", ""}));
  EXPECT_EQ(fields_of(" a , b "), (Fields{" a ", " b "}));
}

TEST(CsvRow, ReadsQuotes) {
  EXPECT_EQ(fields_of("\"a,b\",c"), (Fields{"a,b", "c"}));
  EXPECT_EQ(fields_of("\"say \"\"hi\"\"\",\"\""), (Fields{"say \"hi\"", ""}));
  EXPECT_EQ(fields_of("a\"b"), (Fields{"a\"b"})) << "a quote inside is a character";
}

TEST(CsvRow, SaysWhatIsWrong) {
  EXPECT_EQ(fields_of("a,\"b"), (Fields{"error: field 2: its quote is not closed"}));
  EXPECT_EQ(fields_of("\"a\"b"), (Fields{"error: field 1: text behind its closing quote"}));
  EXPECT_EQ(fields_of(std::string(1000, ',')), (Fields{"error: more than 1000 fields"}));
  EXPECT_EQ(fields_of(std::string(999, ',')).size(), 1000U);
}

TEST(CsvRow, ReadsBackWhatWasQuoted) {
  std::mt19937 dice(1);
  const std::string letters = "a,\"b ";
  for (int round = 0; round < 2000; ++round) {
    Fields fields(1 + dice() % 5);
    std::string line;
    for (auto& field : fields) {
      for (auto n = dice() % 6; n > 0; --n) field.push_back(letters[dice() % letters.size()]);
      std::string quoted = "\"";
      for (const char letter : field) quoted += letter == '"' ? "\"\"" : std::string(1, letter);
      line += (&field == fields.data() ? "" : ",") + quoted + "\"";
    }
    EXPECT_EQ(fields_of(line), fields) << line;
  }
}

}  // namespace
}  // namespace perfwatch
