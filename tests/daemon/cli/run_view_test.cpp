// SPDX-License-Identifier: Apache-2.0
#include "daemon/cli/run_view.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "daemon/cli/cells.h"
#include "tests/support/sample_run.h"

namespace perfwatch {
namespace {

using testing::HasSubstr;
using testing::Not;

RunProgress after(double seconds) {
  RunProgress progress;
  progress.seconds = seconds;
  progress.cpu_seconds = 20;
  progress.now.cpu_cores = 1.84;
  progress.now.anonymous_bytes = 512.0 * 1024 * 1024;
  progress.now.processes = 12;
  return progress;
}

TEST(RenderRunProgress, TellsWhatIsUsualWhereThatIsKnown) {
  auto progress = after(12);
  EXPECT_EQ(render_run_progress(progress, 200),
            "perfwatch: 12s, CPU 20s (1.8 cores), 512 MiB, 12 processes");
  progress.usual_seconds = 31;
  EXPECT_THAT(render_run_progress(progress, 200), HasSubstr("perfwatch: 12s of usually 31s, CPU "));
  progress.seconds = 45;
  EXPECT_THAT(render_run_progress(progress, 200), HasSubstr("perfwatch: 45s, usually 31s, CPU "));
}

TEST(RenderRunProgress, FitsIntoTheLine) {
  EXPECT_EQ(render_run_progress(after(12), 20).size(), 19);
  EXPECT_EQ(render_run_progress(after(12), 0), "");
}

TEST(RenderRunSummary, LeavesOutWhatIsNotKnown) {
  test::RunValue run;
  run.component = "c";
  run.operation = "o";
  run.outcome = RunOutcome::failed;
  run.exit_code = 3;
  run.reason = "nobody looked";
  EXPECT_EQ(render_run_summary(run),
            "perfwatch: c / o failed with 3 in -\n"
            "  exact      no: nobody looked\n");
  run.figures[RunMetric::written_bytes] = 4096;
  EXPECT_THAT(render_run_summary(run), HasSubstr("  storage    4.0 KiB written\n"));
  EXPECT_THAT(render_run_summary(run), Not(HasSubstr("read")));
}

TEST(RenderRunSummary, ShowsNothingThatATerminalObeys) {
  use_utf8_locale();
  test::RunValue run;
  run.component =
      "a\xE2\x80\xAE"
      "b";
  run.operation = "x\xE2\x81\xA6y";
  run.by_cpu.push_back({"n\x1B[2J", 1, 1, 0, ""});
  const std::string text = render_run_summary(run);
  EXPECT_THAT(text, HasSubstr("a\xEF\xBF\xBD"
                              "b / x\xEF\xBF\xBDy "));
  EXPECT_THAT(text, Not(HasSubstr("\xE2\x80\xAE")));
  EXPECT_THAT(text, Not(HasSubstr("\x1B")));
}

TEST(RenderVerdict, SaysNotEnoughDataAsTheDocumentationAndTheApiDo) {
  JudgedRun judged;
  judged.review.judgement.text = "CPU: 0 runs in the baseline, 10 are needed.";
  EXPECT_EQ(render_verdict(judged),
            "  verdict    not enough data: CPU: 0 runs in the baseline, 10 are needed.\n");
  judged.not_judged = "not judged: only runs that succeed are compared.";
  EXPECT_EQ(render_verdict(judged),
            "  verdict    not judged: only runs that succeed are compared.\n");
}

}  // namespace
}  // namespace perfwatch
