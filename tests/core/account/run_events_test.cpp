// SPDX-License-Identifier: Apache-2.0
#include "core/account/run_events.h"

#include <gtest/gtest.h>

#include <functional>
#include <string>
#include <vector>

namespace perfwatch {
namespace {

constexpr std::int32_t kSelf = 100;
constexpr std::int32_t kRoot = 101;

ProcessRecord process(std::int32_t pid, std::int32_t parent, std::uint64_t image, double cpu = 1) {
  ProcessRecord record;
  record.key = {pid, static_cast<std::uint64_t>(pid) * 10};
  record.parent = parent;
  record.image = image;
  record.comm = {'c', 'c'};
  record.user_seconds = cpu;
  record.minor_faults = 10;
  record.read_bytes = record.written_bytes = 0;
  return record;
}

// What the host does, as a test tells it.
struct Host {
  std::vector<ProcessRecord> alive{process(1, 0, 1), process(kSelf, 1, 2),
                                   process(kRoot, kSelf, 3)};
  std::vector<std::function<void(ProcessEvents&)>> news;
  std::uint64_t lost = 0;

  void ends(const ProcessRecord& last, std::uint64_t peak = 0) {
    ProcessExit exit;
    exit.last = last;
    exit.peak_resident_bytes = peak;
    news.emplace_back([exit](ProcessEvents& events) { events.ended(exit); });
  }
};

class FakeReader : public ProcessReader {
 public:
  explicit FakeReader(Host& host) : host_(host) {}
  [[nodiscard]] Result<SweepErrors> sweep(std::vector<ProcessRecord>& out) override {
    out = host_.alive;
    return SweepErrors{};
  }
  [[nodiscard]] ProcessIdentity identify(const ProcessRecord& process,
                                         IdentityNeeds /*needs*/) override {
    text_ = "cc " + std::to_string(process.key.pid);
    ProcessIdentity identity;
    identity.cmdline = text_;
    return identity;
  }
  [[nodiscard]] Result<void> drain(ProcessEvents& events) override {
    for (const auto& one : host_.news) one(events);
    host_.news.clear();
    return {};
  }
  void describe(Accounting& out) const override {
    out.tier = AccountingTier::ebpf;
    out.lost = {{"exit", "ring_full", host_.lost}, {"exit", "late", 7}};
  }

 private:
  Host& host_;
  std::string text_;
};

class RunEventsTest : public testing::Test {
 protected:
  void SetUp() override { ASSERT_TRUE(events.begin(kSelf, kRoot, {})); }
  Host host;
  RunEvents events{std::make_unique<FakeReader>(host)};
};

TEST_F(RunEventsTest, CountsTheEndedAndTheLivingOnce) {
  host.ends(process(200, kRoot, 3, 2), 5000);
  host.ends(process(201, kRoot, 3, 4), 9000);
  host.ends(process(300, 1, 1, 8), 90000);  // a stranger
  host.alive.push_back(process(202, kRoot, 3, 16));
  events.drain();
  EXPECT_FALSE(events.root_ended());
  host.alive.erase(host.alive.begin() + 2);
  host.ends(process(kRoot, kSelf, 3, 1));
  events.finish();
  EXPECT_TRUE(events.root_ended());
  EXPECT_EQ(events.processes(), 4U);
  EXPECT_DOUBLE_EQ(events.usage().cpu_seconds(), 23);
  EXPECT_DOUBLE_EQ(events.largest_bytes(), 9000);
  EXPECT_EQ(events.commands().by_memory()[0].largest_arguments, "cc 201");
  EXPECT_EQ(events.losses(), "");
}

TEST_F(RunEventsTest, TellsWhichOfItsProcessesCalledExec) {
  const auto exec = [this](std::int32_t pid, std::int32_t parent, std::uint64_t before) {
    host.news.emplace_back([=](ProcessEvents& told) {
      told.program_changed(process(pid, parent, 1000U + static_cast<unsigned>(pid)), {before, {}});
    });
  };
  std::vector<ProcessKey> begun = {{7, 7}};
  EXPECT_TRUE(events.take_begun(begun));
  EXPECT_TRUE(begun.empty());
  exec(200, kRoot, 3);
  exec(300, 1, 1);
  events.drain();
  EXPECT_TRUE(events.take_begun(begun));
  ASSERT_EQ(begun.size(), 1U);
  EXPECT_EQ(begun[0].pid, 200);
  for (int i = 0; i < 1000; ++i) exec(2000 + i, kRoot, 3);
  events.drain();
  EXPECT_FALSE(events.take_begun(begun)) << "some are missing";
  EXPECT_LT(begun.size(), 1000U);
  EXPECT_TRUE(events.take_begun(begun));
}

TEST_F(RunEventsTest, CountsWhatIsToldTwiceOnce) {
  host.ends(process(200, kRoot, 3));
  host.ends(process(200, kRoot, 3));
  events.drain();
  EXPECT_EQ(events.processes(), 1U);
}

TEST_F(RunEventsTest, CountsAFamilyWhoseParentIsToldLast) {
  host.ends(process(202, 201, 0));
  host.ends(process(201, 200, 0));
  host.ends(process(302, 301, 0));  // of somebody that nobody has heard of
  events.drain();
  EXPECT_EQ(events.processes(), 0U);
  host.ends(process(200, kRoot, 0));
  events.drain();
  EXPECT_EQ(events.processes(), 3U);
  events.finish();
  EXPECT_EQ(events.processes(), 4U) << "the root lives";
}

TEST_F(RunEventsTest, AddsSumsOfItsOwnProgramsOnly) {
  for (const std::uint64_t image : {3U, 1U}) {
    host.news.emplace_back([image](ProcessEvents& told) {
      ExitSummary sum;
      sum.count = 5;
      sum.sum = process(0, 0, image, 2);
      told.ended_unseen(sum);
    });
  }
  events.drain();
  EXPECT_EQ(events.processes(), 5U);
  EXPECT_DOUBLE_EQ(events.usage().cpu_seconds(), 2);
}

TEST_F(RunEventsTest, SaysWhatWasLostSinceItBegan) {
  EXPECT_EQ(events.losses(), "");
  host.lost = 3;
  EXPECT_EQ(events.losses(), "3 events were lost");
  EXPECT_EQ(events.late(), 0U) << "all of them before";
}

}  // namespace
}  // namespace perfwatch
