// SPDX-License-Identifier: Apache-2.0
#include "daemon/cli/run_names.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "daemon/cli/run_view.h"

namespace perfwatch {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;
using testing::Pair;

TEST(DefaultComponent, IsTheRepositoryElseTheFolder) {
  const std::set<std::string> there{"/src/kernel/.git"};
  const auto exists = [&](const std::string& path) { return there.contains(path); };
  EXPECT_EQ(default_component("/src/kernel/drivers/net", exists), "kernel");
  EXPECT_EQ(default_component("/src/kernel", exists), "kernel");
  EXPECT_EQ(default_component("/src/other", exists), "other");
  EXPECT_EQ(default_component("/", exists), "/");
}

TEST(DefaultOperation, IsTheFirstWordsWithoutOptionsAndPaths) {
  EXPECT_EQ(default_operation({"/usr/bin/make", "-j8", "all"}), "make all");
  EXPECT_EQ(default_operation({"make", "-j", "8", "CC=gcc", "bzImage", "modules", "dtbs"}),
            "make bzImage modules");
  EXPECT_EQ(default_operation({"./build.sh", "/tmp/x", ".."}), "build.sh");
  EXPECT_EQ(default_operation({"sh", "-c", "echo hello world"}), "sh");
  EXPECT_EQ(default_operation({"go", std::string(80, 'x')}), "go");
  EXPECT_LE(default_operation({std::string(500, 'y')}).size(), 60U);
  EXPECT_EQ(default_operation({}), "");
}

TEST(RunLabels, AreChecked) {
  EXPECT_THAT(*parse_label("commit=1a=2b"), Pair("commit", "1a=2b"));
  EXPECT_THAT(*parse_label("x=\x1b[31m"), Pair("x", "\\x1B[31m"));
  EXPECT_FALSE(parse_label("commit"));
  EXPECT_FALSE(parse_label("1x=2"));
  EXPECT_FALSE(parse_label("=2"));
  EXPECT_FALSE(parse_label("x=" + std::string(300, 'v')));
  EXPECT_THAT(merge_labels({{"os", "x"}, {"commit", "mine"}}, {{"commit", "ci"}, {"branch", "b"}}),
              ElementsAre(Pair("branch", "b"), Pair("commit", "mine"), Pair("os", "x")));
}

TEST(RunSummary, LeavesOutWhatIsNotKnown) {
  perfwatch::Run run;
  run.component = "kernel";
  run.operation = "make all";
  run.outcome = RunOutcome::failed;
  run.exit_code = 2;
  run.reason = "poll tier";
  run.figures[RunMetric::wall_seconds] = 10;
  run.figures[RunMetric::cpu_seconds] = 19;
  run.figures[RunMetric::user_seconds] = 18;
  run.figures[RunMetric::system_seconds] = 1;
  run.figures[RunMetric::largest_process_bytes] = 1 << 20;
  run.by_cpu = {{"cc1plus", 4, 17, 1 << 20, "cc1plus a.cpp"}};
  run.by_memory = run.by_cpu;
  const std::string text = render_run_summary(run);
  EXPECT_THAT(text, HasSubstr("perfwatch: kernel / make all failed with 2 in 10"));
  EXPECT_THAT(text, HasSubstr("1.90 cores"));
  EXPECT_THAT(text, HasSubstr("largest process 1.0 MiB"));
  EXPECT_THAT(text, Not(HasSubstr("page cache")));
  EXPECT_THAT(text, Not(HasSubstr("nan")));
  EXPECT_THAT(text, HasSubstr("cc1plus 17s (4 x)"));
  EXPECT_THAT(text, HasSubstr("exact      no: poll tier\n"));
}

}  // namespace
}  // namespace perfwatch
