// SPDX-License-Identifier: Apache-2.0
#include "core/base/placeholders.h"

#include <gtest/gtest.h>

namespace perfwatch {
namespace {

TEST(ParsePlaceholders, CutsLiteralsFromPlaceholders) {
  const auto parts = parse_placeholders("a {{.Comm}}-{{ $value | humanize }} z");
  ASSERT_TRUE(parts);
  ASSERT_EQ(parts->size(), 5U);
  EXPECT_EQ((*parts)[0].text, "a ");
  EXPECT_EQ((*parts)[1].text, ".Comm");
  EXPECT_TRUE((*parts)[1].placeholder);
  EXPECT_EQ((*parts)[2].text, "-");
  EXPECT_EQ((*parts)[3].text, "$value | humanize");
  EXPECT_EQ((*parts)[4].text, " z");
}

TEST(ParsePlaceholders, SaysWhereABraceIsNotClosed) {
  const auto parts = parse_placeholders("ab {{.Comm");
  ASSERT_FALSE(parts);
  EXPECT_EQ(parts.error().text, "\"{{\" at byte 3 has no \"}}\"");
  EXPECT_FALSE(parse_placeholders("{{ }}"));
}

TEST(ParsePlaceholders, TakesAnEmptyTextAndLoneBraces) {
  EXPECT_TRUE(parse_placeholders("")->empty());
  EXPECT_EQ(parse_placeholders("}} {")->size(), 1U);
}

}  // namespace
}  // namespace perfwatch
