// SPDX-License-Identifier: Apache-2.0
#include "daemon/base64.h"

#include <gtest/gtest.h>

namespace perfwatch {
namespace {

TEST(Base64, GoesThereAndBack) {
  EXPECT_EQ(base64("user:pass"), "dXNlcjpwYXNz");
  for (const std::string text : {"", "a", "ab", "abc", "abcd", "\xff\xfe\xfd"}) {
    EXPECT_EQ(base64_decoded(base64(text)), text);
  }
}

TEST(Base64, RefusesWhatIsNone) {
  EXPECT_FALSE(base64_decoded("abc"));
  EXPECT_FALSE(base64_decoded("ab!d"));
}

}  // namespace
}  // namespace perfwatch
