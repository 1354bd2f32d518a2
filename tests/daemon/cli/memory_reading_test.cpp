// SPDX-License-Identifier: Apache-2.0
#include "daemon/cli/memory_reading.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <string>
#include <utility>

#include "tests/support/temp_tree.h"

namespace perfwatch {
namespace {

using test::TempTree;

constexpr std::string_view kStat =
    "7 (ja\x1b[2Jva) S 1 1 1 0 -1 0 1 0 0 0 5 1 0 0 20 0 1 0 500 1000 25 184 1 1\n";
constexpr std::string_view kRollup =
    "Rss: 100 kB\nPss: 60 kB\nPrivate_Clean: 10 kB\nPrivate_Dirty: 20 kB\nSwap: 4 kB\n";

MemoryRow wanted(std::int32_t pid, std::uint64_t start = 500) {
  MemoryRow row;
  row.key = {pid, start};
  row.resident_bytes = 102'400;
  return row;
}

TEST(FindProcess, KnowsItByItsStart) {
  TempTree proc{{"7/stat", kStat}};
  const auto row = find_process(proc.path(), 7);
  ASSERT_TRUE(row) << row.error().text;
  EXPECT_EQ(row->key, (ProcessKey{7, 500}));
  EXPECT_EQ(row->comm, "ja\\x1B[2Jva");
  EXPECT_EQ(row->resident_bytes, 25U * static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE)));
  EXPECT_EQ(find_process(proc.path(), 8).error().text, "no process 8");
}

TEST(ReadMemory, ReadsEachAndSaysWhatItCouldNot) {
  TempTree proc{{"7/stat", kStat},      {"7/smaps_rollup", kRollup}, {"8/stat", kStat},
                {"8/smaps_rollup", ""}, {"9/stat", kStat},           {"9/smaps_rollup", kRollup}};
  auto large = wanted(9);
  large.resident_bytes = (std::uint64_t{4} << 30U) + 1;
  auto zombie = wanted(11);
  zombie.resident_bytes = 0;
  const auto rows = read_memory(
      proc.path(), {wanted(7), wanted(8), large, wanted(10), wanted(7, 501), zombie}, {});
  ASSERT_EQ(rows.size(), 6U);
  EXPECT_EQ(rows[0].outcome, MemoryOutcome::read);
  EXPECT_EQ(rows[0].memory.proportional_bytes, 60U * 1024);
  EXPECT_EQ(rows[0].memory.private_bytes, 30U * 1024);
  EXPECT_EQ(rows[0].memory.swapped_bytes, 4U * 1024);
  EXPECT_EQ(rows[1].outcome, MemoryOutcome::failed);
  EXPECT_NE(rows[1].error, "");
  EXPECT_EQ(rows[2].outcome, MemoryOutcome::too_large);
  EXPECT_EQ(rows[3].outcome, MemoryOutcome::ended);
  EXPECT_EQ(rows[4].outcome, MemoryOutcome::ended) << "another process has the pid";
  EXPECT_EQ(rows[5].outcome, MemoryOutcome::read);
  EXPECT_EQ(rows[5].memory.resident_bytes, 0U);

  MemoryLimits force;
  force.resident_bytes.reset();
  EXPECT_EQ(read_memory(proc.path(), {large}, force)[0].outcome, MemoryOutcome::read);
}

TEST(ReadMemory, ReadsItself) {
  const auto self = find_process("/proc", ::getpid());
  ASSERT_TRUE(self);
  const auto rows = read_memory("/proc", {*self}, {});
  ASSERT_EQ(rows[0].outcome, MemoryOutcome::read) << rows[0].error;
  EXPECT_GT(rows[0].memory.private_bytes, 0U);
  EXPECT_LE(rows[0].memory.private_bytes, rows[0].memory.proportional_bytes);
  EXPECT_LE(rows[0].memory.proportional_bytes, rows[0].memory.resident_bytes);
}

TEST(ReadMemory, LeavesBehindWhatHasNoTimeLeft) {
  MemoryLimits none;
  none.deadline = std::chrono::milliseconds(0);
  const auto self = find_process("/proc", ::getpid());
  ASSERT_TRUE(self);
  const auto rows = read_memory("/proc", std::vector<MemoryRow>(200, *self), none);
  ASSERT_EQ(rows.size(), 200U);
  EXPECT_EQ(rows.back().outcome, MemoryOutcome::late);
}

}  // namespace
}  // namespace perfwatch
