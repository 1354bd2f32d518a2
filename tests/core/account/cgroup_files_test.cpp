// SPDX-License-Identifier: Apache-2.0
#include "core/account/cgroup_files.h"

#include <gtest/gtest.h>

#include "tests/support/temp_tree.h"

namespace perfwatch {
namespace {

using test::TempTree;

TEST(ParseCpuStat, ReadsTheUsage) {
  EXPECT_EQ(parse_cpu_stat_microseconds("usage_usec 16946854982\nuser_usec 1\nsystem_usec 2\n"),
            16946854982U);
  EXPECT_EQ(parse_cpu_stat_microseconds("nr_periods 0\nusage_usec 7\n"), 7U);
}

TEST(ParseCpuStat, RefusesWhatIsNotWhole) {
  for (const char* text : {"", "usage_usec\n", "usage_usec -1\n", "usage_usec 12", "usage 1\n",
                           "usage_usec 18446744073709551616\n"}) {
    EXPECT_FALSE(parse_cpu_stat_microseconds(text)) << text;
  }
}

TEST(ParseCpuacctUsage, ReadsNanoseconds) {
  EXPECT_EQ(parse_cpuacct_nanoseconds("16279682063700\n"), 16279682063700U);
  for (const char* text : {"", "\n", "12", "-1\n", "1 2\n", "18446744073709551616\n"}) {
    EXPECT_FALSE(parse_cpuacct_nanoseconds(text)) << text;
  }
}

Result<CpuHierarchy> find(const TempTree& tree) {
  return find_cpu_hierarchy({.sysfs = tree.path()});
}

TEST(CpuHierarchyOfAHost, IsV1WhereItCountsCpu) {
  TempTree hybrid{{"fs/cgroup/cpu,cpuacct/cpuacct.usage", "5\n"},
                  {"fs/cgroup/cpu,cpuacct/release_agent", "\n"},
                  {"fs/cgroup/unified/cgroup.controllers", "\n"}};
  const auto found = find(hybrid);
  ASSERT_TRUE(found);
  EXPECT_FALSE(found->v2);
  EXPECT_EQ(found->path, hybrid.path() + "/fs/cgroup/cpu,cpuacct");
  EXPECT_EQ(found->parse_usage("1500000000\n"), 1.5);
}

TEST(CpuHierarchyOfAHost, IsV2Elsewhere) {
  TempTree unified{{"fs/cgroup/cgroup.controllers", "cpu memory\n"}};
  ASSERT_TRUE(find(unified));
  EXPECT_TRUE(find(unified)->v2);
  EXPECT_EQ(find(unified)->path, unified.path() + "/fs/cgroup");
  EXPECT_EQ(find(unified)->parse_usage("usage_usec 1500000\n"), 1.5);
  TempTree hybrid{{"fs/cgroup/unified/cgroup.controllers", "\n"}};
  ASSERT_TRUE(find(hybrid));
  EXPECT_EQ(find(hybrid)->path, hybrid.path() + "/fs/cgroup/unified");
}

TEST(CpuHierarchyOfAHost, IsNoneWhereOnlyAPartIsSeen) {
  TempTree v2{{"fs/cgroup/cgroup.controllers", "cpu\n"}, {"fs/cgroup/cgroup.type", "domain\n"}};
  ASSERT_FALSE(find(v2));
  EXPECT_NE(find(v2).error().text.find("namespace"), std::string::npos);
  TempTree v1{{"fs/cgroup/cpuacct/cpuacct.usage", "5\n"}};
  EXPECT_FALSE(find(v1));
  TempTree none;
  EXPECT_EQ(find(none).error().kind, ErrorKind::unsupported);
}

}  // namespace
}  // namespace perfwatch
