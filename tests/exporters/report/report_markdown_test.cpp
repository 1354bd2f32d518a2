// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <sstream>

#include "exporters/report/report.h"
#include "tests/exporters/report/sample_runs.h"

namespace perfwatch {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

// Bars that part cells.
std::size_t cells(const std::string& line) {
  std::size_t count = 0;
  bool escaped = false;
  for (const char c : line) {
    if (c == '|' && !escaped) ++count;
    escaped = c == '\\' && !escaped;
  }
  return count;
}

TEST(ReportMarkdown, TellsOperationsRegressionsAndStatistics) {
  RunReport report;
  report.scope = "component kernel";
  report.operations = {sample_operation()};
  const std::string text = report_markdown(report);
  EXPECT_THAT(text, HasSubstr("**2 regressions in 1 of 1 operation.** 30 runs took"));
  EXPECT_THAT(text, HasSubstr("| `kernel` | `make bzImage` | 30 | 3 min 35 s | 20 min 7 s | 2.98 "
                              "GiB | **regressed** |"));
  EXPECT_THAT(text, HasSubstr("cc1 grew most, since commit c0ffee140"));
  EXPECT_THAT(text, HasSubstr("| Wall | 26 | 3 min 35 s |"));
  EXPECT_THAT(text, HasSubstr("**Trends**"));
  EXPECT_THAT(text, HasSubstr("| `ld` | 1.30 GiB | `ld -m elf_x86_64"));
  EXPECT_THAT(report_markdown({}), HasSubstr("No runs."));
}

TEST(ReportMarkdown, LetsNoNameOutOfItsLineOrCell) {
  for (const std::string& text : {report_markdown(hostile_report()), run_markdown(hostile_run())}) {
    EXPECT_THAT(text, Not(HasSubstr("\x1B")));
    EXPECT_THAT(text, Not(HasSubstr("\xE2\x80\xAE")));
    std::istringstream lines(text);
    std::string line;
    std::size_t columns = 0;
    while (std::getline(lines, line)) {
      if (line.empty() || line[0] != '|') {
        columns = 0;
        EXPECT_THAT(line, Not(::testing::StartsWith("# <")));
        continue;
      }
      if (columns == 0) columns = cells(line);
      EXPECT_EQ(cells(line), columns) << line;
    }
  }
}

TEST(RunMarkdown, TellsTheRunAndItsVerdicts) {
  RunRemarks remarks;
  remarks.verdicts = {{RunVerdictLine::Kind::unchanged, "wall time unchanged"}};
  remarks.recommendations = {"Raise -j."};
  const std::string text = run_markdown(sample_run(3, 212, 1190), remarks);
  EXPECT_THAT(text, HasSubstr("## `make bzImage` of `kernel`"));
  EXPECT_THAT(text, HasSubstr("**succeeded** in 3 min 32 s of wall time"));
  EXPECT_THAT(text, HasSubstr("- Command: `make -j8 bzImage 'CC=ccache gcc'`"));
  EXPECT_THAT(text, HasSubstr("- wall time unchanged"));
  EXPECT_THAT(text, HasSubstr("- Raise -j."));
  EXPECT_THAT(text, HasSubstr("tier ebpf, exact"));
  EXPECT_THAT(text, Not(HasSubstr("Cgroup")));  // not known
}

}  // namespace
}  // namespace perfwatch
