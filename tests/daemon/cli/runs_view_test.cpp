// SPDX-License-Identifier: Apache-2.0
#include "daemon/cli/runs_view.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <nlohmann/json.hpp>

#include "daemon/cli/cells.h"
#include "tests/support/sample_run.h"

namespace perfwatch {
namespace {

using nlohmann::json;
using test::run_id;
using test::RunValue;
using test::sample_run;
using testing::HasSubstr;
using testing::Not;

const Style kPlain;

TEST(ShortIds, AreTheEndsAsFarAsTheyDiffer) {
  RunValue one, two, three;
  one.id = "01HF7YAT00AAAAAAAAAAAAAAAA";
  two.id = "01HF7YAT00AAAAABAAAAAAAAAA";
  three.id = "01HF7YAT00AAAAAAAAAAAAAAAB";
  EXPECT_EQ(short_ids({one, three}), (std::vector<std::string>{"AAAAAAAA", "AAAAAAAB"}));
  EXPECT_EQ(short_ids({one, two}), (std::vector<std::string>{"AAAAAAAAAAA", "BAAAAAAAAAA"}));
  EXPECT_EQ(short_ids({one, one}).size(), 2U) << "and ends";
  EXPECT_TRUE(short_ids({}).empty());
}

TEST(RunsView, ListsRuns) {
  RunValue killed = sample_run(2, RunOutcome::killed);
  killed.exit_code = 9;
  killed.figures = RunFigures();
  const std::string text = render_runs({sample_run(1), killed}, kPlain);
  EXPECT_THAT(text, HasSubstr("OUTCOME"));
  EXPECT_THAT(text, HasSubstr(run_id(1).substr(18) + " 2023-11-1"));
  EXPECT_THAT(text, HasSubstr("kernel    make bzImage succeeded"));
  EXPECT_THAT(text, HasSubstr("killed (signal 9)       -       -      -       -\n"));
}

TEST(RunsView, ShowsAllOfARun) {
  RunValue run = sample_run(1);
  run.reason = "an exit was lost";
  run.exact = false;
  run.command = {"sh", "-c", "make all\x1B[31m"};
  const std::string text = render_run(run, kPlain);
  for (const char* part :
       {"kernel", "make bzImage", "sh -c 'make all\\x1B[31m'", "build-07, 8 x AMD", "commit=c0ffee",
        "ebpf, not exact: an exit was lost", "cc1 -O2 big.c", "BY MEMORY", "ld -o vmlinux"}) {
    EXPECT_THAT(text, HasSubstr(part));
  }
  EXPECT_THAT(text, Not(HasSubstr("peak of the cgroup"))) << "which is not known";
  EXPECT_EQ(text.find('\x1B'), std::string::npos);
  EXPECT_THAT(render_run(RunValue(), kPlain), HasSubstr("No figures are known."));
}

TEST(RunsView, ComparesTwo) {
  RunValue after = sample_run(2);
  after.figures[RunMetric::cpu_seconds] *= 1.5;
  after.figures[RunMetric::major_faults] = 3;
  after.by_cpu[0].cpu_seconds += 30;
  const RunDiff diff = diff_runs(sample_run(1), after);
  const std::string text = render_diff(sample_run(1), after, diff, kPlain);
  EXPECT_THAT(text, HasSubstr("+50%"));
  EXPECT_THAT(text, HasSubstr("major faults                        0          3        -"));
  EXPECT_THAT(text, HasSubstr("cc1"));
  EXPECT_THAT(text, Not(HasSubstr("not of one baseline")));
  const json document = json::parse(diff_json(sample_run(1), after, diff, false));
  EXPECT_EQ(document["comparable"], true);
  EXPECT_EQ(document["metrics"][0]["change"], 0.5);
  EXPECT_EQ(document["commands"][0]["grown_cpu_seconds"], 30);
  EXPECT_FALSE(document["before"].contains("timeline"));
  after.cold = true;
  EXPECT_THAT(render_diff(sample_run(1), after, diff, kPlain), HasSubstr("not of one baseline"));
}

TEST(RunsView, WritesChangesAsPeopleReadThem) {
  EXPECT_EQ(change_text(0.5), "+50%");
  EXPECT_EQ(change_text(-0.031), "-3.1%");
  EXPECT_EQ(change_text(0.0001), "0%");
  EXPECT_EQ(change_text(std::nullopt), "-");
  EXPECT_EQ(metric_text(RunMetric::cpu_seconds, std::nan("")), "-");
  EXPECT_EQ(metric_text(RunMetric::read_bytes, 1536), "1.5 KiB");
  EXPECT_EQ(metric_text(RunMetric::wall_seconds, 725), "12m 5s");
}

TEST(RunsView, ListsBaselines) {
  BaselineSummary summary;
  summary.baseline.key = key_of(sample_run(1));
  summary.baseline.since_run = run_id(1);
  summary.baseline.note = "new\x07 compiler";
  summary.own = 12;
  const std::string text = render_baselines({summary}, kPlain);
  EXPECT_THAT(text, HasSubstr("12"));
  EXPECT_THAT(text, HasSubstr(run_id(1).substr(18) + " new\\x07 compiler\n"));
  const json document = json::parse(baselines_json({summary}, true));
  EXPECT_EQ(document["baselines"][0]["runs"], 12);
  EXPECT_FALSE(document["baselines"][0].contains("accepted_at"));
}

}  // namespace
}  // namespace perfwatch
