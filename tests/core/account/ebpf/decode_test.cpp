// SPDX-License-Identifier: Apache-2.0
#include "core/account/ebpf/decode.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>
#include <string>
#include <vector>

namespace perfwatch {
namespace {

using namespace std::string_literals;

template <class Wire>
std::vector<std::byte> bytes_of(const Wire& wire, std::string_view names = {}) {
  std::vector<std::byte> bytes(sizeof wire + (names.size() + 7) / 8 * 8);
  std::memcpy(bytes.data(), &wire, sizeof wire);
  std::copy(names.begin(), names.end(), reinterpret_cast<char*>(bytes.data()) + sizeof wire);
  return bytes;
}

const std::string kNames = "gcc\0bin\0usr\0gcc\0-c\0x.c\0a.service\0system.slice\0"s;

WireExec an_exec() {
  WireExec exec{};
  exec.header = {kWireExec, sizeof exec + 48};
  exec.who.pid = 42;
  exec.who.flags = kWireExeWanted | kWireCmdlineWanted | kWireCgroupWanted;
  exec.exe_size = 12;
  exec.cmdline_size = 11;
  exec.cgroup_size = 23;
  return exec;
}

WireExit an_exit() {
  WireExit end{};
  end.header = {kWireExit, sizeof end};
  end.who.pid = 7;
  return end;
}

TEST(DecodeExec, FindsTheNames) {
  ExecNames names;
  const auto bytes = bytes_of(an_exec(), kNames);
  const auto exec = decode_exec(bytes, names);
  ASSERT_TRUE(exec);
  EXPECT_EQ(exec->who.pid, 42);
  EXPECT_EQ(names.exe, "gcc\0bin\0usr\0"s);
  EXPECT_EQ(names.cmdline, "gcc\0-c\0x.c\0"s);
  EXPECT_EQ(names.cgroup, "a.service\0system.slice\0"s);
}

TEST(DecodeExec, LeavesOutWhatWasNotAskedForOrNotReadable) {
  auto exec = an_exec();
  exec.who.flags = kWireExeWanted | kWireExeLost | kWireCgroupWanted;
  ExecNames names;
  ASSERT_TRUE(decode_exec(bytes_of(exec, kNames), names));
  EXPECT_FALSE(names.exe);
  EXPECT_FALSE(names.cmdline);
  EXPECT_TRUE(names.cgroup);
}

TEST(SignOf, IsTheFrontOfAnEntry) {
  const auto matches = [](std::string_view name, std::string entry) {
    const WireSign sign = sign_of(name);
    entry.resize(kWireSignSize);
    std::uint64_t front[2];
    std::memcpy(front, entry.data(), sizeof front);
    return (front[0] & sign.mask[0]) == sign.text[0] && (front[1] & sign.mask[1]) == sign.text[1];
  };
  EXPECT_TRUE(matches("CI_JOB_ID", "CI_JOB_ID=7"));
  EXPECT_FALSE(matches("CI_JOB_ID", "CI_JOB_IDS=7"));
  EXPECT_FALSE(matches("CI_JOB_ID", "CI_JOB_ID"));
  EXPECT_TRUE(matches("A", "A="));
  EXPECT_FALSE(matches("A", "AB=1"));
  EXPECT_TRUE(matches("BUILDKITE_JOB_ID", "BUILDKITE_JOB_ID=1")) << "16 bytes are compared";
  EXPECT_TRUE(matches("BUILDKITE_JOB_ID_", "BUILDKITE_JOB_ID=1"));
  EXPECT_FALSE(matches("", "=1"));
  EXPECT_FALSE(matches("", ""));
}

TEST(DecodeExec, RefusesEveryTruncation) {
  const auto bytes = bytes_of(an_exec(), kNames);
  ExecNames names;
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    EXPECT_FALSE(decode_exec(Bytes(bytes).first(size), names)) << size;
  }
}

TEST(DecodeExec, RefusesHostileSizes) {
  ExecNames names;
  for (const std::uint32_t size : {48U, 49U, 1U << 31U, UINT32_MAX, UINT32_MAX - 11}) {
    for (const auto field :
         {&WireExec::exe_size, &WireExec::cmdline_size, &WireExec::cgroup_size}) {
      auto exec = an_exec();
      exec.*field = size;
      EXPECT_FALSE(decode_exec(bytes_of(exec, kNames), names)) << size;
    }
  }
  auto exec = an_exec();
  exec.exe_size = exec.cmdline_size = exec.cgroup_size = 0;  // 48 bytes of nothing
  EXPECT_FALSE(decode_exec(bytes_of(exec, kNames), names));
}

TEST(Decode, RefusesEveryTruncation) {
  const auto bytes = bytes_of(an_exit());
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    EXPECT_FALSE(decode<WireExit>(Bytes(bytes).first(size))) << size;
  }
  EXPECT_TRUE(decode<WireExit>(bytes));
}

TEST(Decode, RefusesAnotherTypeAPidThatIsNoneAndAnotherSize) {
  auto end = an_exit();
  EXPECT_FALSE(decode<WireProcess>(bytes_of(end)));
  end.who.pid = 0;
  EXPECT_FALSE(decode<WireExit>(bytes_of(end)));
  end.who.pid = -1;
  EXPECT_FALSE(decode<WireExit>(bytes_of(end)));
  end = an_exit();
  end.header.size += 8;
  EXPECT_FALSE(decode<WireExit>(bytes_of(end, "12345678")));
}

TEST(PeekHeader, TellsASizeThatIsNone) {
  for (const std::uint32_t size : {0U, 4U, 7U, 9U, UINT32_MAX}) {
    EXPECT_EQ(peek_header(bytes_of(WireHeader{kWireExit, size}))->size, 0U) << size;
  }
  EXPECT_EQ(peek_header(bytes_of(WireHeader{kWireExit, 16}))->size, 16U);
}

std::string joined(std::string_view components) {
  std::string out = "old";
  join_components(components, out);
  return out;
}

TEST(JoinComponents, TurnsAPathRound) {
  EXPECT_EQ(joined("gcc\0bin\0usr\0"s), "/usr/bin/gcc");
  EXPECT_EQ(joined("init\0"s), "/init");
  EXPECT_EQ(joined(""), "/");
}

TEST(JoinComponents, SurvivesWhatIsNoPath) {
  EXPECT_EQ(joined("gcc\0bin"s), "/bin/gcc");
  EXPECT_EQ(joined("\0"s), "/");
  EXPECT_EQ(joined("\0\0"s), "//");
}

TEST(StateLetter, IsThatOfTheKernel) {
  EXPECT_EQ(state_letter(0, 0), 'R');
  EXPECT_EQ(state_letter(1, 0), 'S');
  EXPECT_EQ(state_letter(2, 0), 'D');
  EXPECT_EQ(state_letter(0x102, 0), 'D');  // killable
  EXPECT_EQ(state_letter(4, 0), 'T');
  EXPECT_EQ(state_letter(8, 0), 't');
  EXPECT_EQ(state_letter(0x402, 0), 'I');
  EXPECT_EQ(state_letter(0x80, 0x20), 'Z');
  EXPECT_EQ(state_letter(0x80, 0x10), 'X');
  EXPECT_EQ(state_letter(0x8000, 0), 'D');  // frozen
  EXPECT_EQ(state_letter(0x1000, 0), 'D');  // a lock of a real-time kernel
  EXPECT_NE(state_letter(UINT32_MAX, UINT32_MAX), '\0');
  EXPECT_NE(state_letter(0x7f & ~2U, 0x7f), '\0');
}

WireUsage cpu(std::uint64_t exact, std::uint64_t user, std::uint64_t system) {
  WireUsage usage{};
  usage.cpu_ns = exact;
  usage.user_ns = user;
  usage.system_ns = system;
  return usage;
}

TEST(SplitCpu, DividesTheExactSumAsTheTicksAre) {
  const auto times = split_cpu(cpu(1000, 12'000'000, 4'000'000));
  EXPECT_EQ(times.user_ns, 750U);
  EXPECT_EQ(times.system_ns, 250U);
}

TEST(SplitCpu, IsAllOfOneKindWithoutTicksOfTheOther) {
  EXPECT_EQ(split_cpu(cpu(1000, 0, 0)).user_ns, 1000U);
  EXPECT_EQ(split_cpu(cpu(1000, 4, 0)).user_ns, 1000U);
  EXPECT_EQ(split_cpu(cpu(1000, 0, 4)).system_ns, 1000U);
}

TEST(SplitCpu, NeverLosesAnything) {
  for (const std::uint64_t n : {std::uint64_t{0}, std::uint64_t{1}, UINT64_MAX / 2, UINT64_MAX}) {
    for (const std::uint64_t m : {std::uint64_t{1}, UINT64_MAX}) {
      const auto times = split_cpu(cpu(n, m, m));
      EXPECT_EQ(times.user_ns + times.system_ns, n);
      EXPECT_LE(times.user_ns, n);
    }
  }
}

TEST(ExitOf, TellsWhatTheStateKnows) {
  WireState state{};
  state.image = 7;
  state.who.pid = 42;
  state.who.start_boottime_ns = 100;
  state.end_ns = 150;
  state.peak_pages = 9;
  state.exit_code = 256;
  state.usage.cpu_ns = 30;
  const auto end = exit_of(state);
  EXPECT_TRUE(decode<WireExit>(bytes_of(end)));
  EXPECT_EQ(end.who.image, 7U);
  EXPECT_EQ(end.who.flags, static_cast<std::uint32_t>(kWireHasPeak | kWireHasLife));
  EXPECT_EQ(end.lived_ns, 50U);
  EXPECT_EQ(end.wait_status, 256);
  EXPECT_EQ(end.usage.cpu_ns, 30U);
}

TEST(FillWho, KeysAProcessAsStatDoes) {
  WireWho who{};
  who.pid = 42;
  who.start_boottime_ns = 123'456'789'012;
  who.flags = kWireForked;
  std::memcpy(who.comm, "sixteen bytes in", sizeof who.comm);
  ProcessRecord record;
  fill_who(who, record);
  EXPECT_EQ(record.key, (ProcessKey{42, 12345}));
  EXPECT_TRUE(record.forked);
  EXPECT_FALSE(record.kernel_thread);
  EXPECT_EQ(view(record.comm), "sixteen bytes in");
}

TEST(FillMemory, CountsPagesByKind) {
  ProcessRecord record;
  fill_memory({1, 2, 3, 4, 5, 0}, 4096, record);
  EXPECT_EQ(record.resident_bytes, 6U * 4096);
  EXPECT_EQ(record.anonymous_bytes, 2U * 4096);
  EXPECT_EQ(record.swapped_bytes, 4U * 4096);
  EXPECT_EQ(record.open_descriptors, 5U);
}

TEST(FillMemory, LeavesOutDescriptorsThatWereNotCounted) {
  for (const std::uint32_t more : {1U, 2U, 9U}) {
    ProcessRecord record;
    fill_memory({0, 0, 0, 0, 5, more}, 4096, record);
    EXPECT_FALSE(record.open_descriptors);
  }
}

}  // namespace
}  // namespace perfwatch
