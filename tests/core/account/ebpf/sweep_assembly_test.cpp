// SPDX-License-Identifier: Apache-2.0
#include "core/account/ebpf/sweep_assembly.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <optional>
#include <vector>

namespace perfwatch {
namespace {

constexpr std::uint32_t kZombie = 0x20;

class Assembling : public testing::Test {
 protected:
  template <class Wire>
  void give(Wire wire, WireType type) {
    wire.header = {static_cast<std::uint32_t>(type), sizeof wire};
    const auto* bytes = reinterpret_cast<const std::byte*>(&wire);
    stream.insert(stream.end(), bytes, bytes + sizeof wire);
  }
  void process(std::int32_t pid, std::uint64_t cpu_seconds, std::uint32_t exit_state = 0,
               std::uint32_t deaths = 0) {
    WireProcess wire{};
    wire.who.pid = pid;
    wire.usage.cpu_ns = cpu_seconds * 1'000'000'000;
    wire.exit_state = exit_state;
    wire.threads = 2;
    wire.deaths = deaths;
    wire.memory.more = exit_state != 0 ? 2 : 0;
    wire.descriptor_limit = UINT64_MAX;
    give(wire, kWireProcess);
  }
  void thread(std::int32_t pid, std::uint64_t cpu_seconds, std::uint32_t deaths = 0) {
    WireThread wire{};
    wire.pid = pid;
    wire.state = 1;
    wire.usage.cpu_ns = cpu_seconds * 1'000'000'000;
    wire.deaths = deaths;
    give(wire, kWireThread);
  }
  void stand_in(std::int32_t pid, std::uint64_t pages, std::uint32_t more = 0) {
    WireStandIn wire{};
    wire.pid = pid;
    wire.memory.anonymous_pages = pages;
    wire.memory.more = more;
    give(wire, kWireStandIn);
  }
  void assemble(std::size_t piece = SIZE_MAX) {
    assembly.begin(records);
    Bytes rest(stream);
    while (!rest.empty()) {
      const auto size = std::min(piece, rest.size());
      assembly.add(rest.first(size));
      rest = rest.subspan(size);
    }
    assembly.finish();
  }
  [[nodiscard]] double cpu(std::size_t i) const { return records.at(i).user_seconds; }

  std::vector<std::byte> stream;
  SweepAssembly assembly{4096};
  std::vector<ProcessRecord> records;
};

TEST_F(Assembling, AddsThreadsToTheirProcess) {
  process(1, 10);
  process(5, 1);
  thread(5, 2);
  thread(1, 3);  // its id is above 5
  assemble();
  ASSERT_EQ(records.size(), 2U);
  EXPECT_DOUBLE_EQ(cpu(0), 13);
  EXPECT_DOUBLE_EQ(cpu(1), 3);
  EXPECT_EQ(assembly.malformed(), 0U);
  EXPECT_FALSE(records[0].descriptor_limit);  // unlimited
}

TEST_F(Assembling, TakesPiecesOfAnyLength) {
  process(1, 10);
  thread(1, 2);
  stand_in(1, 3);
  process(2, 1);
  for (std::size_t piece = 1; piece <= stream.size(); ++piece) {
    assemble(piece);
    ASSERT_EQ(records.size(), 2U) << piece;
    EXPECT_DOUBLE_EQ(cpu(0), 12);
    EXPECT_EQ(assembly.malformed(), 0U);
  }
}

TEST_F(Assembling, AddsAThreadThatCameBeforeItsLeader) {
  thread(9, 2, 4);
  process(9, 1, 0, 4);
  assemble();
  EXPECT_DOUBLE_EQ(cpu(0), 3);
}

TEST_F(Assembling, DoesNotCountAThreadTwiceThatDiedBeforeItsLeaderCame) {
  thread(9, 2, 4);
  process(9, 3, 0, 5);  // its 2 seconds may be among these
  assemble();
  EXPECT_DOUBLE_EQ(cpu(0), 3);
}

TEST_F(Assembling, SeesAZombieOnlyWhereAllThreadsEnded) {
  process(5, 1, kZombie);
  process(9, 1, kZombie);
  thread(9, 1);
  stand_in(9, 10);
  stand_in(9, 10);
  assemble();
  EXPECT_EQ(records[0].state, 'Z');
  EXPECT_FALSE(records[0].open_descriptors);
  EXPECT_EQ(records[1].state, 'S');
  EXPECT_EQ(records[1].resident_bytes, 40960U);
  EXPECT_EQ(records[1].open_descriptors, 0U);
}

TEST_F(Assembling, NamesThoseWhoseDescriptorsAreTooManyToCount) {
  process(5, 1, kZombie);
  stand_in(5, 10, 1);
  assemble();
  EXPECT_EQ(assembly.uncounted(), std::vector<std::size_t>{0});
}

TEST_F(Assembling, RefusesProcessesOutOfOrder) {
  process(5, 1);
  process(5, 1);
  process(4, 1);
  process(6, 1);
  assemble();
  EXPECT_EQ(records.size(), 2U);
  EXPECT_EQ(assembly.malformed(), 2U);
}

TEST_F(Assembling, ForgetsThreadsOfNobody) {
  thread(5, 1);
  stand_in(5, 1);
  process(6, 1);
  assemble();
  EXPECT_EQ(records.size(), 1U);
}

TEST_F(Assembling, ReportsWhatIsCutOff) {
  process(5, 1);
  for (std::size_t size = 1; size < stream.size(); ++size) {
    auto whole = stream;
    stream.resize(size);
    assemble();
    EXPECT_EQ(records.size(), 0U);
    EXPECT_EQ(assembly.malformed(), 1U) << size;
    stream = whole;
  }
}

TEST_F(Assembling, GivesUpOnASizeThatIsNone) {
  process(5, 1);
  const WireHeader header{kWireProcess, 0};
  const auto* bytes = reinterpret_cast<const std::byte*>(&header);
  stream.insert(stream.end(), bytes, bytes + sizeof header);
  process(6, 1);
  for (const std::size_t piece : {SIZE_MAX, std::size_t{1}}) {
    assemble(piece);
    EXPECT_EQ(records.size(), 1U);
    EXPECT_EQ(assembly.malformed(), 1U);
  }
}

}  // namespace
}  // namespace perfwatch
