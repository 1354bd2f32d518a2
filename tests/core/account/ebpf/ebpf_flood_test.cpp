// SPDX-License-Identifier: Apache-2.0
// More events than the ring holds, on the kernel of this host, as root.
#include <poll.h>
#include <sys/prctl.h>

#include <string>

#include "tests/core/account/ebpf/live_tier.h"

namespace perfwatch {
namespace {

using namespace std::chrono_literals;
using test::cpu_seconds;
using test::spawn;

// Thousands of children of one process, in a ring that holds some 300 exits. (tests/bench/storm has
// 20,000 a second; a program under ASan forks a few hundred times a second.)
class FloodedReader : public test::LiveTier {
 protected:
  static constexpr std::uint64_t kForks = 6'000;
  static constexpr std::uint64_t kFewerForks = 2'000;
  // Another flood may run at the same time.
  const std::string name_ = "pw-fl-" + std::to_string(::getpid());

  void SetUp() override {
    AccountingSettings settings;
    settings.ring_bytes = std::size_t{64} << 10U;
    start(settings);
  }
  pid_t start_flood(std::uint64_t forks) {
    return spawn([this, forks] {
      ::prctl(PR_SET_NAME, name_.c_str());
      for (std::uint64_t i = 0; i < forks; ++i) {
        const pid_t pid = ::fork();
        if (pid == 0) ::_exit(i % 2 == 0 ? 0 : 1);
        if (pid < 0 || ::waitpid(pid, nullptr, 0) != pid) return 1;
      }
      return 0;
    });
  }
  // Every fork is told, one by one or in a sum, but for the few that the kernel frees without a
  // word, which come late; none is told twice. The process that forked is unknown, too, and may be
  // in a sum.
  void expect_all_told(pid_t forker, std::uint64_t forks) {
    EXPECT_TRUE(eventually([&] { return told(forker) >= forks - forks / 100; })) << told(forker);
    EXPECT_LE(told(forker), forks + 1);
  }
  // Told so far, one by one or in sums; the process that forked is not among them.
  [[nodiscard]] std::uint64_t told(pid_t forker) const {
    std::uint64_t sum = 0;
    for (const auto& exit : events.exits) {
      if (view(exit.last.comm) == name_ && exit.last.key.pid != forker) ++sum;
    }
    return sum + summed();
  }
  [[nodiscard]] std::uint64_t summed() const {
    std::uint64_t sum = 0;
    for (const auto& summary : events.summaries) {
      if (view(summary.sum.comm) == name_) sum += summary.count;
    }
    return sum;
  }
};

TEST_F(FloodedReader, LosesNoForkWhileNobodyDrains) {
  const pid_t forker = start_flood(kForks);
  int status = 0;
  ASSERT_EQ(::waitpid(forker, &status, 0), forker);
  ASSERT_EQ(status, 0);
  expect_all_told(forker, kForks);
  EXPECT_GT(summed(), kForks / 2);
  for (const auto& summary : events.summaries) {
    if (view(summary.sum.comm) != name_) continue;
    EXPECT_NEAR(static_cast<double>(summary.failed), static_cast<double>(summary.count) / 2,
                static_cast<double>(summary.count) / 10 + 2);
    EXPECT_EQ(summary.sum.image, find(::getpid())->image);
    EXPECT_GT(summary.lived_seconds, 0);
    EXPECT_GT(summary.sum.minor_faults, summary.count);
    EXPECT_GT(cpu_seconds(summary.sum), 0);
  }
}

TEST_F(FloodedReader, LosesNoForkWhileSumsAreTaken) {
  const pid_t forker = start_flood(kFewerForks);
  int status = 0;
  while (::waitpid(forker, &status, WNOHANG) == 0) {
    drain();
    (void)::poll(nullptr, 0, 10);
  }
  ASSERT_EQ(status, 0);
  expect_all_told(forker, kFewerForks);
}

TEST_F(FloodedReader, WakesOnlyWhenRoomGetsScarce) {
  pollfd wake{reader->event_descriptor(), POLLIN, 0};
  EXPECT_TRUE(eventually([&] {  // unless others on this host fill a quarter in that time
    drain();
    const pid_t one = spawn([] { return 0; });
    ::waitpid(one, nullptr, 0);
    return ::poll(&wake, 1, 50) == 0;
  }));
  const pid_t forker = start_flood(kFewerForks);
  EXPECT_EQ(::poll(&wake, 1, 20'000), 1);
  ::waitpid(forker, nullptr, 0);
  expect_all_told(forker, kFewerForks);
  drain();
  EXPECT_EQ(::poll(&wake, 1, 0), 0);
}

}  // namespace
}  // namespace perfwatch
