// SPDX-License-Identifier: Apache-2.0
#include "daemon/reference.h"

#include <gtest/gtest.h>

#include <fstream>
#include <sstream>
#include <string>

#include "tests/support/source_path.h"

namespace perfwatch {
namespace {

TEST(MetricReference, IsWhatTheDocumentSays) {
  std::ifstream file(test::source_path("docs/metrics.md"));
  std::stringstream text;
  text << file.rdbuf();
  const std::string document = text.str();
  const std::string begin = "<!-- begin: perfwatchd --list-metrics -->\n\n";
  const std::string end = "<!-- end -->";
  const auto from = document.find(begin);
  const auto to = document.find(end);
  ASSERT_NE(from, std::string::npos);
  ASSERT_NE(to, std::string::npos);
  EXPECT_TRUE(document.substr(from + begin.size(), to - from - begin.size()) == metric_reference())
      << "replace the part of docs/metrics.md between the markers by the output of\n"
         "  build/bin/perfwatchd --list-metrics";
}

}  // namespace
}  // namespace perfwatch
