// SPDX-License-Identifier: Apache-2.0
#include "core/account/ebpf/usage_memory.h"

#include <gtest/gtest.h>

namespace perfwatch {
namespace {

constexpr ProcessKey kKey{42, 100};

WireUsage cpu(std::uint64_t exact, std::uint64_t user, std::uint64_t system) {
  WireUsage usage{};
  usage.cpu_ns = exact;
  usage.user_ns = user;
  usage.system_ns = system;
  return usage;
}

ProcessRecord settle(UsageMemory& memory, const WireUsage& usage, ProcessKey key = kKey) {
  ProcessRecord record;
  memory.settle(key, usage, true, record);
  return record;
}

TEST(UsageMemory, NeverLetsUserOrSystemTimeGoBack) {
  UsageMemory memory;
  const auto first = settle(memory, cpu(1'000'000'000, 4, 0));  // no system tick yet: all user
  EXPECT_DOUBLE_EQ(first.user_seconds, 1);
  const auto second = settle(memory, cpu(1'200'000'000, 4, 4));  // half and half
  EXPECT_DOUBLE_EQ(second.user_seconds, 1);
  EXPECT_DOUBLE_EQ(second.system_seconds, 0.2);
  const auto third = settle(memory, cpu(4'000'000'000, 4, 4));
  EXPECT_DOUBLE_EQ(third.user_seconds, 2);
  EXPECT_DOUBLE_EQ(third.system_seconds, 2);
}

TEST(UsageMemory, NeverLetsACounterGoBack) {
  UsageMemory memory;
  auto usage = cpu(5'000'000'000, 1, 0);
  usage.minor_faults = 10;
  usage.written_bytes = 4096;
  (void)settle(memory, usage);
  const auto record = settle(memory, cpu(4'000'000'000, 1, 0));
  EXPECT_DOUBLE_EQ(record.user_seconds, 5);
  EXPECT_EQ(record.minor_faults, 10U);
  EXPECT_EQ(record.written_bytes, 4096U);
}

TEST(UsageMemory, KeepsProcessesApart) {
  UsageMemory memory;
  (void)settle(memory, cpu(5'000'000'000, 1, 0));
  EXPECT_DOUBLE_EQ(settle(memory, cpu(1'000'000'000, 1, 0), {42, 101}).user_seconds, 1);
}

TEST(UsageMemory, ForgetsWhatIsGone) {
  UsageMemory memory;
  (void)settle(memory, cpu(5, 0, 0));
  for (std::uint32_t i = 0; i < UsageMemory::kForgetAfter; ++i) memory.end_sweep();
  EXPECT_EQ(memory.size(), 1U);
  memory.end_sweep();
  EXPECT_EQ(memory.size(), 0U);
  (void)settle(memory, cpu(5, 0, 0));
  memory.forget(kKey);
  EXPECT_EQ(memory.size(), 0U);
}

TEST(UsageMemory, LeavesIoAbsentWhereTheKernelDoesNotCount) {
  UsageMemory memory;
  ProcessRecord record;
  memory.settle(kKey, cpu(1, 0, 0), false, record);
  EXPECT_FALSE(record.read_bytes);
  EXPECT_FALSE(record.written_bytes);
}

}  // namespace
}  // namespace perfwatch
