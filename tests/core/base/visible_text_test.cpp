// SPDX-License-Identifier: Apache-2.0
#include "core/base/visible_text.h"

#include <gtest/gtest.h>

namespace perfwatch {
namespace {

TEST(VisibleText, NamesWhatTurnsTheDirectionOfText) {
  EXPECT_EQ(visible_text("\xE2\x80\xAEgpj.exe\xE2\x81\xA9"), "\\u202Egpj.exe\\u2069");
  EXPECT_EQ(visible_text("\xE2\x80\x93 \xE2"), "\xE2\x80\x93 \\xE2");  // a dash; cut off
  EXPECT_EQ(visible_text("a\nb"), "a\\x0Ab");
}

}  // namespace
}  // namespace perfwatch
