// SPDX-License-Identifier: Apache-2.0
#include "core/account/descendants.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "core/account/host_class.h"
#include "core/account/process_text.h"
#include "tests/support/temp_tree.h"

namespace perfwatch {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

std::string stat(int pid, int parent) {
  return std::to_string(pid) + " (cc1plus) R " + std::to_string(parent) +
         " 1 1 0 -1 0 10 0 1 0 200 50 30 20 20 0 1 0 " + std::to_string(pid * 10) +
         " 1000000 64 18446744073709551615\n";
}

void add(const test::TempTree& tree, int pid, int parent) {
  const std::string folder = std::to_string(pid);
  tree.write(folder + "/stat", stat(pid, parent));
  tree.write(folder + "/statm", "2345 64 16 1 0 1 0\n");
  tree.write(folder + "/cmdline", std::string("cc1plus\0-O2\0a.cpp\0", 18));
}

std::vector<std::int32_t> pids(DescendantScan& scan) {
  std::vector<Descendant> found;
  EXPECT_TRUE(scan.scan(11, found));
  std::vector<std::int32_t> out;
  for (const auto& process : found) out.push_back(process.key.pid);
  std::sort(out.begin(), out.end());
  return out;
}

TEST(DescendantScan, FollowsTheFamilyAndNobodyElse) {
  const test::TempTree tree;
  add(tree, 1, 0);
  add(tree, 2, 0);
  add(tree, 10, 1);   // who measures
  add(tree, 9, 10);   // was there before
  add(tree, 11, 10);  // the root
  add(tree, 20, 1);
  DescendantScan scan(tree.path(), 10, 100, {});
  EXPECT_THAT(pids(scan), ElementsAre(11));
  add(tree, 12, 13);
  add(tree, 13, 11);
  add(tree, 14, 10);  // an orphan
  add(tree, 15, 9);   // of the one that was there before
  add(tree, 16, 99);  // whose parent is gone
  add(tree, 21, 20);
  EXPECT_THAT(pids(scan), ElementsAre(11, 12, 13, 14));
  EXPECT_TRUE(scan.is_stranger(9));
  EXPECT_FALSE(scan.is_stranger(16)) << "the next scan finds its new parent";
  add(tree, 16, 10);
  std::filesystem::remove_all(tree.path() + "/13");
  EXPECT_THAT(pids(scan), ElementsAre(11, 12, 14, 16)) << "once of the family, always";
}

TEST(DescendantScan, ReadsTimesAndMemory) {
  const test::TempTree tree;
  add(tree, 11, 10);
  DescendantScan scan(tree.path(), 10, 100, {});
  std::vector<Descendant> found;
  ASSERT_TRUE(scan.scan(11, found));
  ASSERT_EQ(found.size(), 1U);
  EXPECT_DOUBLE_EQ(found[0].cpu_seconds, 2.5);
  EXPECT_DOUBLE_EQ(found[0].children_cpu_seconds, 0.5);
  EXPECT_EQ(found[0].resident_bytes / 64, found[0].anonymous_bytes / 48);
  EXPECT_EQ(view(found[0].comm), "cc1plus");
  EXPECT_EQ(scan.command_line(11), "cc1plus -O2 a.cpp");
  EXPECT_EQ(scan.command_line(12), "");
}

TEST(DescendantScan, SurvivesALoopAndBrokenFiles) {
  const test::TempTree tree{{"11/stat", "11 (x"}, {"15/stat", ""}};
  add(tree, 12, 13);
  add(tree, 13, 12);
  DescendantScan scan(tree.path(), 10, 100, {});
  EXPECT_THAT(pids(scan), IsEmpty());
  DescendantScan nowhere("/nonexistent", 10, 100, {});
  std::vector<Descendant> found;
  EXPECT_FALSE(nowhere.scan(11, found));
}

TEST(DescendantScan, RefreshesWithoutAList) {
  const test::TempTree tree;
  add(tree, 11, 10);
  DescendantScan scan(tree.path(), 10, 100, {});
  std::vector<Descendant> found;
  ASSERT_TRUE(scan.scan(11, found));
  add(tree, 12, 11);
  add(tree, 13, 11);
  add(tree, 14, 11);
  const std::vector<ProcessKey> more = {{12, 120}, {13, 7}, {99, 990}, {11, 110}, {12, 120}};
  scan.refresh(more, found);
  std::vector<std::int32_t> met;
  for (const auto& process : found) met.push_back(process.key.pid);
  EXPECT_THAT(met, ElementsAre(11, 12)) << "13 is another process, 99 is gone";
  EXPECT_FALSE(scan.is_stranger(13));
  EXPECT_THAT(pids(scan), ElementsAre(11, 12, 13, 14)) << "the list finds the rest";
  EXPECT_THAT(scan.news(), testing::IsSupersetOf({13, 14}));
  EXPECT_THAT(scan.news(), testing::Not(testing::Contains(11)));
  EXPECT_THAT(pids(scan), ElementsAre(11, 12, 13, 14));
  EXPECT_THAT(scan.news(), IsEmpty());
}

// Through files that stay open, of processes that live, end, and call exec(2).
TEST(DescendantScan, RefreshesProcessesOfThisHost) {
  int gate[2];
  ASSERT_EQ(::pipe(gate), 0);
  std::vector<pid_t> children;
  // More than there are files kept open for.
  for (int i = 0; i < 100; ++i) {
    children.push_back(::fork());
    if (children.back() == 0) {
      char byte = 0;
      ::close(gate[1]);
      (void)!::read(gate[0], &byte, 1);
      ::execl("/bin/sleep", "sleep", "100", nullptr);
      ::_exit(127);
    }
  }
  DescendantScan scan("/proc", ::getpid(), 100, {});
  std::vector<Descendant> found;
  ASSERT_TRUE(scan.scan(children[0], found));
  ASSERT_EQ(found.size(), 1U) << "the others were there before";
  const ProcessKey root = found[0].key;
  ASSERT_TRUE(scan.scan(children[0], found));
  std::vector<ProcessKey> more;
  const auto start_of = [](pid_t pid) {
    std::ifstream file("/proc/" + std::to_string(pid) + "/stat");
    const std::string text(std::istreambuf_iterator<char>(file), {});
    return parse_process_stat(text)->start_ticks;
  };
  for (const pid_t child : children) more.push_back({child, start_of(child)});
  scan.refresh(more, found);
  EXPECT_EQ(found.size(), 100U);
  EXPECT_GT(found[0].resident_bytes, 0U);

  ::close(gate[1]);
  const auto comms = [&](std::string_view comm) {
    scan.refresh({}, found);
    return std::count_if(found.begin(), found.end(),
                         [&](const Descendant& one) { return view(one.comm) == comm; });
  };
  for (int i = 0; i < 200 && comms("sleep") != 100; ++i) ::usleep(10'000);
  EXPECT_EQ(comms("sleep"), 100);
  for (const pid_t child : children) ::kill(child, SIGKILL);
  ::waitpid(children[0], nullptr, 0);
  scan.refresh({&root, 1}, found);
  EXPECT_EQ(found.size(), 99U) << "zombies are there until they are waited for";
  for (std::size_t i = 1; i < children.size(); ++i) ::waitpid(children[i], nullptr, 0);
  scan.refresh(more, found);
  EXPECT_THAT(found, IsEmpty());
  ::close(gate[0]);
}

TEST(HostClass, ReadsModelAndMemory) {
  EXPECT_EQ(parse_cpu_model("processor\t: 0\nmodel name\t: AMD EPYC 7B13\nmodel name\t: other\n"),
            "AMD EPYC 7B13");
  EXPECT_EQ(parse_cpu_model("processor\t: 0\n"), "");
  EXPECT_EQ(parse_memory_total("MemTotal:        8149152 kB\nMemFree: 1 kB\n"), 8149152ULL * 1024);
  EXPECT_EQ(parse_memory_total("MemTotal: x kB\n"), 0U);
}

}  // namespace
}  // namespace perfwatch
