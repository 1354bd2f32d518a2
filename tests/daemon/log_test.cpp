// SPDX-License-Identifier: Apache-2.0
#include "daemon/log.h"

#include <gtest/gtest.h>

namespace perfwatch {
namespace {

TEST(LogLine, QuotesOnlyWhatNeedsItInLogfmt) {
  EXPECT_EQ(format_log_line(LogFormat::logfmt, "ready", {{"tier", "poll"}, {"error", "a \"b\" c"}}),
            R"(msg=ready tier=poll error="a \"b\" c")");
  EXPECT_EQ(format_log_line(LogFormat::logfmt, "two words", {{"empty", ""}}),
            R"(msg="two words" empty="")");
}

TEST(LogLine, AHostileTextStaysOneLine) {
  EXPECT_EQ(format_log_line(LogFormat::logfmt, "x", {{"error", "a\nlevel=error\x1b[31m"}}),
            R"(msg=x error="a\\x0Alevel=error\\x1B[31m")");
  EXPECT_EQ(format_log_line(LogFormat::json, "x", {{"error", "a\n\"\xff"}}),
            "\"msg\":\"x\",\"error\":\"a\\n\\\"\xEF\xBF\xBD\"");
}

}  // namespace
}  // namespace perfwatch
