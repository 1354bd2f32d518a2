// SPDX-License-Identifier: Apache-2.0
#include "core/account/smaps_rollup.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstring>
#include <string>

#include "core/account/process_text.h"
#include "tests/support/temp_tree.h"

namespace perfwatch {
namespace {

using test::TempTree;

constexpr std::string_view kText =
    "562defbfe000-7ffc28c99000 ---p 00000000 00:00 0                          [rollup]\n"
    "Rss:                1688 kB\n"
    "Pss:                 207 kB\n"
    "Pss_Dirty:           112 kB\n"
    "Pss_Anon:            110 kB\n"
    "Pss_File:             95 kB\n"
    "Pss_Shmem:             2 kB\n"
    "Shared_Clean:       1536 kB\n"
    "Private_Clean:        40 kB\n"
    "Private_Dirty:       112 kB\n"
    "Private_Hugetlb:    2048 kB\n"
    "Swap:                 12 kB\n"
    "SwapPss:               6 kB\n";

constexpr std::string_view kStat =
    "12 (cc1plus) S 1 1 1 0 -1 4194304 10 0 0 0 5 1 0 0 20 0 1 0 777 1000 200 184467 1 1\n";

TEST(ParseSmapsRollup, ReadsWhatIsSharedAndWhatIsNot) {
  const auto rollup = parse_smaps_rollup(kText);
  ASSERT_TRUE(rollup);
  EXPECT_EQ(rollup->resident_bytes, 1688U * 1024);
  EXPECT_EQ(rollup->proportional_bytes, 207U * 1024);
  EXPECT_EQ(rollup->private_bytes, 152U * 1024);
  EXPECT_EQ(rollup->swapped_bytes, 12U * 1024);
  EXPECT_EQ(rollup->swap_proportional_bytes, 6U * 1024);
  EXPECT_EQ(rollup->proportional_anonymous_bytes, 110U * 1024);
  EXPECT_EQ(rollup->proportional_file_bytes, 95U * 1024);
  EXPECT_EQ(rollup->proportional_shmem_bytes, 2U * 1024);
}

TEST(ParseSmapsRollup, LeavesAbsentWhatAnOldKernelLacks) {
  const auto rollup =
      parse_smaps_rollup("Rss: 8 kB\nPss: 4 kB\nPrivate_Clean: 0 kB\nPrivate_Dirty: 2 kB\n");
  ASSERT_TRUE(rollup);
  EXPECT_EQ(rollup->proportional_bytes, 4096U);
  EXPECT_FALSE(rollup->proportional_anonymous_bytes);
}

TEST(ParseSmapsRollup, RefusesEveryTextThatIsCutShort) {
  const std::string_view needed = kText.substr(0, kText.find("Private_Hugetlb"));
  for (std::size_t length = 0; length < needed.size(); ++length) {
    EXPECT_FALSE(parse_smaps_rollup(needed.substr(0, length))) << length;
  }
  EXPECT_TRUE(parse_smaps_rollup(needed));
}

TEST(ParseSmapsRollup, RefusesNumbersThatNoMachineHas) {
  EXPECT_FALSE(parse_smaps_rollup(
      "Rss: 18446744073709551615 kB\nPss: 4 kB\nPrivate_Clean: 0 kB\nPrivate_Dirty: 2 kB\n"));
  EXPECT_FALSE(
      parse_smaps_rollup("Rss: 8 kB\nPss: -4 kB\nPrivate_Clean: 0 kB\nPrivate_Dirty: 2 kB\n"));
}

class RollupOf : public testing::Test {
 protected:
  Result<SmapsRollup> read(ProcessKey key) {
    const UniqueFd procfs(::open(tree.path().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    return read_smaps_rollup(procfs.get(), key, file);
  }
  TempTree tree{{"12/stat", kStat}, {"12/smaps_rollup", kText}};
  SmallFile file;
};

TEST_F(RollupOf, AProcessIsRead) { EXPECT_EQ(read({12, 777})->proportional_bytes, 207U * 1024); }

TEST_F(RollupOf, AnotherProcessOfThatPidIsNot) {
  EXPECT_EQ(read({12, 778}).error().kind, ErrorKind::gone);
  EXPECT_EQ(read({13, 777}).error().kind, ErrorKind::gone);
}

TEST_F(RollupOf, AKernelWithoutItIsNotAProcessThatIsGone) {
  TempTree old{{"12/stat", kStat}};
  const UniqueFd procfs(::open(old.path().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  EXPECT_EQ(read_smaps_rollup(procfs.get(), {12, 777}, file).error().kind, ErrorKind::unsupported);
}

// A child with 8 MiB of its own; 16 MiB are shared between it and us.
class RollupOfAChild : public testing::Test {
 protected:
  static constexpr std::size_t kShared = std::size_t{16} << 20U;
  static constexpr std::size_t kPrivate = std::size_t{8} << 20U;

  void SetUp() override {
    shared_ = ::mmap(nullptr, kShared, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    ASSERT_NE(shared_, MAP_FAILED);
    std::memset(shared_, 1, kShared);
    int ready[2];
    ASSERT_EQ(::pipe2(ready, O_CLOEXEC), 0);
    child_ = ::fork();
    ASSERT_GE(child_, 0);
    if (child_ == 0) {
      const volatile char* pages = static_cast<char*>(shared_);
      for (std::size_t i = 0; i < kShared; i += 4096) (void)pages[i];
      void* own =
          ::mmap(nullptr, kPrivate, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
      std::memset(own, 2, kPrivate);
      (void)!::write(ready[1], "x", 1);
      for (;;) ::pause();
    }
    char byte = 0;
    ASSERT_EQ(::read(ready[0], &byte, 1), 1);
    ::close(ready[0]);
    ::close(ready[1]);
  }
  void TearDown() override {
    if (child_ > 0) {
      ::kill(child_, SIGKILL);
      ::waitpid(child_, nullptr, 0);
    }
    if (shared_ != MAP_FAILED) ::munmap(shared_, kShared);
  }
  static ProcessKey key_of(pid_t pid) {
    SmallFile stat;
    EXPECT_EQ(stat.read_at(AT_FDCWD, ("/proc/" + std::to_string(pid) + "/stat").c_str()), 0);
    return {pid, parse_process_stat(stat.text())->start_ticks};
  }
  UniqueFd procfs_{::open("/proc", O_RDONLY | O_DIRECTORY | O_CLOEXEC)};
  SmallFile file_;
  void* shared_ = MAP_FAILED;
  pid_t child_ = -1;
};

TEST_F(RollupOfAChild, TellsItsOwnFromTheShared) {
  const auto rollup = read_smaps_rollup(procfs_.get(), key_of(child_), file_);
  ASSERT_TRUE(rollup) << rollup.error().text;
  EXPECT_GE(rollup->resident_bytes, kShared + kPrivate);
  EXPECT_GE(rollup->private_bytes, kPrivate);
  EXPECT_LT(rollup->private_bytes, kPrivate + kShared / 2);
  EXPECT_GE(rollup->proportional_bytes, kPrivate + kShared / 2);
  EXPECT_LT(rollup->proportional_bytes, rollup->resident_bytes);
}

TEST_F(RollupOfAChild, SaysGoneOfAZombie) {
  const ProcessKey key = key_of(child_);
  ::kill(child_, SIGKILL);
  siginfo_t info{};
  ASSERT_EQ(::waitid(P_PID, static_cast<id_t>(child_), &info, WEXITED | WNOWAIT), 0);
  EXPECT_EQ(read_smaps_rollup(procfs_.get(), key, file_).error().kind, ErrorKind::gone);
}

}  // namespace
}  // namespace perfwatch
