// SPDX-License-Identifier: Apache-2.0
#include "core/base/html_text.h"

#include <gtest/gtest.h>

namespace perfwatch {
namespace {

TEST(HtmlEscape, LeavesNoWayOutOfTextOrAttribute) {
  EXPECT_EQ(html_escape("<b a=\"x\" c='y'>&amp;"),
            "&lt;b a=&quot;x&quot; c=&#39;y&#39;&gt;&amp;amp;");
  EXPECT_EQ(html_escape("a\xFF\x1B\n"), "a\\xFF\\x1B\\x0A");
  EXPECT_EQ(html_escape("\xE2\x80\xAEgpj.exe \xE2\x81\xA7 \xE2\x80\x93"),
            "\\u202Egpj.exe \\u2067 \xE2\x80\x93");
  EXPECT_EQ(html_escape("caf\xC3\xA9"), "caf\xC3\xA9");
}

TEST(HtmlName, KeepsToItself) {
  EXPECT_EQ(html_name("\xE2\x80\xAE\xFF\n"), "<bdi>\\u202E\\xFF\\x0A</bdi>");
}

}  // namespace
}  // namespace perfwatch
