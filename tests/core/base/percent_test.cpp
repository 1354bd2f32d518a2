// SPDX-License-Identifier: Apache-2.0
#include "core/base/percent.h"

#include <gtest/gtest.h>

namespace perfwatch {
namespace {

TEST(PercentEncode, KeepsOnlyWhatIsSafeInAQuery) {
  EXPECT_EQ(percent_encode("cc1plus-9.2_x~"), "cc1plus-9.2_x~");
  EXPECT_EQ(percent_encode("a b&c=ö/%"), "a%20b%26c%3D%C3%B6%2F%25");
  EXPECT_EQ(percent_encode("\"<\xFF"), "%22%3C%FF");
}

TEST(PercentDecoded, TakesEscapesAndLeavesWhatIsNone) {
  EXPECT_EQ(percent_decoded("a%20b%26c%3d%C3%B6%2F%25"), "a b&c=ö/%");
  EXPECT_EQ(percent_decoded("%"), "%");
  EXPECT_EQ(percent_decoded("%4"), "%4");
  EXPECT_EQ(percent_decoded("%zz%4g%-1%+1% 1"), "%zz%4g%-1%+1% 1");
  EXPECT_EQ(percent_decoded("%2541"), "%41") << "once";
}

}  // namespace
}  // namespace perfwatch
