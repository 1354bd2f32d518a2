// SPDX-License-Identifier: Apache-2.0
#include "core/account/run_cgroup.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <string>

#include "tests/support/temp_tree.h"

namespace perfwatch {
namespace {

TEST(ParseCgroupPaths, KnowsBothVersions) {
  const auto paths =
      parse_cgroup_paths("8:pids:/\n4:memory:/ci/job\n1:cpu,cpuacct:/\n0::/ci/own\n");
  EXPECT_EQ(paths.unified, "/ci/own");
  EXPECT_EQ(paths.memory, "/ci/job");
  EXPECT_EQ(paths.cpu, "/");
}

TEST(ParseCgroupPaths, RefusesPathsThatLeaveTheMount) {
  const auto paths = parse_cgroup_paths("0::/../outside\n4:memory:relative\nnonsense\n:\n");
  EXPECT_EQ(paths.unified, std::nullopt);
  EXPECT_EQ(paths.memory, std::nullopt);
}

TEST(ParseThrottled, ReadsBothVersions) {
  EXPECT_EQ(parse_throttled("usage_usec 5\nnr_throttled 3\nthrottled_usec 2500000\n"), 2.5);
  EXPECT_EQ(parse_throttled("nr_periods 0\nthrottled_time 1500000000\n"), 1.5);
  EXPECT_EQ(parse_throttled("usage_usec 5\n"), std::nullopt);
}

TEST(RunCgroup, ReadsPeakAndThrottlingOfATree) {
  const test::TempTree tree{
      {"proc/7/cgroup", "0::/ci\n"},
      {"sys/fs/cgroup/cgroup.controllers", "cpu memory\n"},
      {"sys/fs/cgroup/ci/cgroup.procs", ""},
      {"sys/fs/cgroup/ci/cpu.stat", "throttled_usec 1000000\n"},
  };
  RunCgroup cgroup({.procfs = tree.path() + "/proc", .sysfs = tree.path() + "/sys"}, 7);
  EXPECT_EQ(cgroup.unified(), tree.path() + "/sys/fs/cgroup/ci/perfwatch-run-7");
  tree.write("sys/fs/cgroup/ci/cpu.stat", "throttled_usec 3000000\n");
  tree.write("sys/fs/cgroup/ci/perfwatch-run-7/memory.peak", "4096\n");
  RunFigures figures;
  cgroup.fill(figures);
  EXPECT_DOUBLE_EQ(figures[RunMetric::cgroup_peak_bytes], 4096);
  EXPECT_DOUBLE_EQ(figures[RunMetric::throttled_seconds], 2);
}

TEST(RunCgroup, TakesNothingOverFromAnOlderRunOfTheSamePid) {
  const test::TempTree tree{
      {"proc/7/cgroup", "0::/ci\n"},
      {"sys/fs/cgroup/cgroup.controllers", "cpu memory\n"},
      {"sys/fs/cgroup/ci/cgroup.procs", ""},
      {"sys/fs/cgroup/ci/perfwatch-run-7/memory.peak", "4096\n"},
  };
  const Roots roots{.procfs = tree.path() + "/proc", .sysfs = tree.path() + "/sys"};
  const std::string old = tree.path() + "/sys/fs/cgroup/ci/perfwatch-run-7";
  {
    const RunCgroup cgroup(roots, 7);
    RunFigures figures;
    cgroup.fill(figures);
    EXPECT_EQ(cgroup.unified(), "") << "somebody is in it";
    EXPECT_FALSE(figures.has(RunMetric::cgroup_peak_bytes));
  }
  std::filesystem::remove(old + "/memory.peak");
  struct stat after {};
  ASSERT_EQ(::chmod(old.c_str(), 0700), 0);
  const RunCgroup cgroup(roots, 7);
  EXPECT_EQ(cgroup.unified(), old);
  ASSERT_EQ(::stat(old.c_str(), &after), 0);
  EXPECT_NE(after.st_mode & 0777U, 0700U) << "made anew";
}

TEST(RunCgroup, IsAbsentWhereThereIsNone) {
  const test::TempTree tree{{"proc/7/cgroup", "0::/gone\n"}};
  RunCgroup cgroup({.procfs = tree.path() + "/proc", .sysfs = tree.path() + "/sys"}, 7);
  RunFigures figures;
  cgroup.fill(figures);
  EXPECT_FALSE(figures.has(RunMetric::cgroup_peak_bytes));
  EXPECT_FALSE(figures.has(RunMetric::throttled_seconds));
  EXPECT_EQ(cgroup.unified(), "");
}

}  // namespace
}  // namespace perfwatch
