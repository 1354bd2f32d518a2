// SPDX-License-Identifier: Apache-2.0
// On the kernel of this host, as root.
#include "core/account/ebpf/ebpf_reader.h"

#include <signal.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

#include <cstring>
#include <filesystem>
#include <fstream>
#include <thread>
#include <vector>

#include "core/account/process_text.h"
#include "core/base/unique_fd.h"
#include "tests/core/account/ebpf/live_tier.h"

namespace perfwatch {
namespace {

using namespace std::chrono_literals;
using test::burn;
using test::cpu_seconds;
using test::Gate;
using test::seconds_of;
using test::spawn;

// The daemon's programs, and those for one build: other loads, the same figures.
class EbpfReaderOnHost : public test::LiveTier, public testing::WithParamInterface<bool> {
 protected:
  void SetUp() override {
    AccountingSettings settings;
    settings.brief = GetParam();
    start(settings);
  }
};
INSTANTIATE_TEST_SUITE_P(Programs, EbpfReaderOnHost, testing::Bool(),
                         [](const auto& brief) { return brief.param ? "brief" : "lasting"; });

std::string slurp(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

TEST_P(EbpfReaderOnHost, ReportsAChildThatLivesAMillisecondOnce) {
  const pid_t pid = spawn([] {
    burn(1ms);
    return 3;
  });
  int status = 0;
  rusage usage{};
  ASSERT_EQ(::wait4(pid, &status, 0, &usage), pid);
  const auto exit = exit_of(pid);
  EXPECT_EQ(exit.wait_status, status);
  EXPECT_EQ(WEXITSTATUS(*exit.wait_status), 3);
  EXPECT_EQ(exit.last.parent, ::getpid());
  EXPECT_EQ(exit.last.uid, ::geteuid());
  EXPECT_TRUE(exit.last.forked);
  ASSERT_TRUE(exit.lived_seconds);
  EXPECT_GE(*exit.lived_seconds, 0.001);
  const double rusage_cpu = seconds_of(usage.ru_utime) + seconds_of(usage.ru_stime);
  EXPECT_NEAR(cpu_seconds(exit.last), rusage_cpu, 0.00005);
  EXPECT_GT(cpu_seconds(exit.last), 0);
  // The image is inherited.
  ASSERT_NE(find(::getpid()), nullptr);
  EXPECT_NE(exit.last.image, 0U);
  EXPECT_EQ(exit.last.image, find(::getpid())->image);
}

TEST_P(EbpfReaderOnHost, AgreesWithTheKernelsOwnAccounts) {
  constexpr std::size_t kBytes = std::size_t{32} << 20U;
  const pid_t pid = spawn([] {
    burn(100ms);
    std::vector<char> memory(kBytes, 'x');
    return memory[kBytes / 2] == 'x' ? 0 : 1;
  });
  int status = 0;
  rusage usage{};
  ASSERT_EQ(::wait4(pid, &status, 0, &usage), pid);
  const auto exit = exit_of(pid);
  const double cpu = seconds_of(usage.ru_utime) + seconds_of(usage.ru_stime);
  EXPECT_NEAR(cpu_seconds(exit.last), cpu, cpu * 0.001);
  EXPECT_EQ(exit.max_resident_bytes, static_cast<std::uint64_t>(usage.ru_maxrss) * 1024);
  EXPECT_GE(exit.peak_resident_bytes, kBytes);
  EXPECT_EQ(exit.last.minor_faults, static_cast<std::uint64_t>(usage.ru_minflt));
  EXPECT_EQ(exit.last.voluntary_switches + exit.last.involuntary_switches,
            static_cast<std::uint64_t>(usage.ru_nvcsw + usage.ru_nivcsw));
}

TEST_P(EbpfReaderOnHost, TellsASignal) {
  const pid_t pid = spawn([] {
    ::raise(SIGKILL);
    return 0;
  });
  int status = 0;
  ASSERT_EQ(::waitpid(pid, &status, 0), pid);
  EXPECT_EQ(exit_of(pid).wait_status, SIGKILL);
}

TEST_P(EbpfReaderOnHost, FollowsAProcessThroughTwoPrograms) {
  const pid_t pid = spawn([] {
    ::prctl(PR_SET_NAME, "before");
    ::execl("/bin/sh", "sh", "-c", "exec true", nullptr);
    return 127;
  });
  int status = 0;
  ASSERT_EQ(::waitpid(pid, &status, 0), pid);
  ASSERT_EQ(status, 0);
  const auto exit = exit_of(pid);
  const auto execs = events.execs_of(pid);
  ASSERT_EQ(execs.size(), 2U);
  EXPECT_EQ(view(execs[0].second.comm), "before");
  EXPECT_EQ(view(execs[0].first.comm), "sh");
  EXPECT_EQ(view(execs[1].second.comm), "sh");
  EXPECT_EQ(view(execs[1].first.comm), "true");
  EXPECT_EQ(execs[0].second.image, find(::getpid())->image);
  EXPECT_EQ(execs[1].second.image, execs[0].first.image);
  EXPECT_LT(execs[0].first.image, execs[1].first.image);
  EXPECT_EQ(exit.last.image, execs[1].first.image);
  EXPECT_EQ(exit.last.key, execs[0].first.key);
  EXPECT_FALSE(exit.last.forked);
  EXPECT_LE(cpu_seconds(execs[0].first), cpu_seconds(execs[1].first));
  EXPECT_LE(cpu_seconds(execs[1].first), cpu_seconds(exit.last));
}

TEST_P(EbpfReaderOnHost, SeesAChildOfVfork) {
  const pid_t pid = ::vfork();
  if (pid == 0) {
    ::execl("/bin/true", "true", nullptr);
    ::_exit(127);
  }
  int status = 0;
  ASSERT_EQ(::waitpid(pid, &status, 0), pid);
  const auto exit = exit_of(pid);
  EXPECT_EQ(exit.wait_status, 0);
  EXPECT_EQ(events.execs_of(pid).size(), 1U);
}

TEST_P(EbpfReaderOnHost, CountsThreadsThatOutliveTheLeader) {
  Gate gate;
  const pid_t pid = spawn([&gate] {
    const std::vector<char> memory(std::size_t{8} << 20U, 'x');
    std::thread([&gate, &memory] {
      gate.wait();
      burn(20ms);
      ::_exit(memory[7] == 'x' ? 5 : 6);
    }).detach();
    ::syscall(SYS_exit, 0);  // this thread only
    return 0;
  });
  const auto leader_ended = [&] {
    return slurp("/proc/" + std::to_string(pid) + "/stat").find(") Z ") != std::string::npos;
  };
  ASSERT_TRUE(eventually(leader_ended));
  sweep();
  const auto* living = find(pid);
  ASSERT_NE(living, nullptr);
  EXPECT_NE(living->state, 'Z');
  EXPECT_EQ(living->threads, 2U);
  EXPECT_GE(living->resident_bytes, std::size_t{8} << 20U);
  EXPECT_TRUE(living->open_descriptors);
  gate.open();
  int status = 0;
  rusage usage{};
  ASSERT_EQ(::wait4(pid, &status, 0, &usage), pid);
  const auto exit = exit_of(pid);
  EXPECT_EQ(exit.wait_status, status);
  EXPECT_GE(cpu_seconds(exit.last) + 1e-5, seconds_of(usage.ru_utime) + seconds_of(usage.ru_stime));
}

// The kernel's own sum leaves out what a thread ran since the last tick when it ended.
TEST_P(EbpfReaderOnHost, CountsShortThreadsToTheEnd) {
  constexpr int kThreads = 200;
  const pid_t pid = spawn([] {
    for (int i = 0; i < kThreads; ++i) std::thread([] { burn(500us); }).join();
    return 0;
  });
  int status = 0;
  rusage usage{};
  ASSERT_EQ(::wait4(pid, &status, 0, &usage), pid);
  const double kernels = seconds_of(usage.ru_utime) + seconds_of(usage.ru_stime);
  // Where the kernel frees a thread without a word, the end is told at a later sweep.
  ASSERT_TRUE(eventually([&] {
    sweep();
    return !events.exits_of(pid).empty();
  }));
  const double ours = cpu_seconds(exit_of(pid).last);
  EXPECT_GE(ours + 1e-5, kernels);
  EXPECT_NEAR(ours, kernels, kernels * 0.2);
}

// The kernel adds the bytes of a child that was waited for to its parent's, and so up the tree: a
// build's would be counted at each level.
TEST_P(EbpfReaderOnHost, CountsTheBytesOfAChildOnceAndNotWithItsParent) {
  constexpr std::size_t kBytes = std::size_t{4} << 20U;
  char path[] = "/var/tmp/perfwatch-io-XXXXXX";
  const UniqueFd file(::mkstemp(path));
  ASSERT_TRUE(file.valid());
  ::unlink(path);
  const pid_t parent = spawn([&] {
    const pid_t child = ::fork();
    if (child == 0) {
      ::prctl(PR_SET_NAME, "pw-writes");
      const std::vector<char> bytes(kBytes, 'x');
      const bool written =
          ::write(file.get(), bytes.data(), bytes.size()) == static_cast<ssize_t>(bytes.size());
      ::_exit(written && ::fsync(file.get()) == 0 ? 0 : 1);
    }
    int status = 1;
    return ::waitpid(child, &status, 0) == child ? status : 1;
  });
  int status = 0;
  ASSERT_EQ(::waitpid(parent, &status, 0), parent);
  ASSERT_EQ(status, 0);
  const auto of_parent = exit_of(parent).last.written_bytes;
  std::optional<std::uint64_t> of_child;
  for (const auto& exit : events.exits) {
    if (view(exit.last.comm) == "pw-writes") of_child = exit.last.written_bytes;
  }
  if (of_child.value_or(0) == 0) GTEST_SKIP() << "nothing in /var/tmp goes to storage";
  EXPECT_GE(*of_child, kBytes);
  EXPECT_LT(of_parent.value_or(0), kBytes);
}

TEST_P(EbpfReaderOnHost, KeepsAZombieUntilItIsWaitedFor) {
  const pid_t pid = spawn([] { return 1; });
  siginfo_t info{};
  ASSERT_EQ(::waitid(P_PID, static_cast<id_t>(pid), &info, WEXITED | WNOWAIT), 0);
  sweep();
  ASSERT_NE(find(pid), nullptr);
  EXPECT_EQ(find(pid)->state, 'Z');
  EXPECT_EQ(find(pid)->resident_bytes, 0U);
  drain();
  EXPECT_TRUE(events.exits_of(pid).empty());
  int status = 0;
  ASSERT_EQ(::waitpid(pid, &status, 0), pid);
  EXPECT_EQ(exit_of(pid).wait_status, status);
  sweep();
  EXPECT_EQ(find(pid), nullptr);
}

TEST_P(EbpfReaderOnHost, KeepsAProcessWhoseOtherThreadCallsExec) {
  const pid_t pid = spawn([] {
    std::thread([] {
      ::execl("/bin/true", "true", nullptr);
      ::_exit(127);
    }).join();
    return 126;
  });
  int status = 0;
  ASSERT_EQ(::waitpid(pid, &status, 0), pid);
  EXPECT_EQ(status, 0);
  const auto exit = exit_of(pid);
  const auto execs = events.execs_of(pid);
  ASSERT_EQ(execs.size(), 1U);
  EXPECT_EQ(execs[0].first.key, exit.last.key);
  EXPECT_EQ(execs[0].first.image, exit.last.image);
  EXPECT_EQ(view(exit.last.comm), "true");
}

TEST_P(EbpfReaderOnHost, AgreesWithProcAboutItself) {
  std::vector<char> memory(std::size_t{16} << 20U, 'x');
  sweep();
  const auto stat = parse_process_stat(slurp("/proc/self/stat"));
  const auto status = parse_process_status(slurp("/proc/self/status"));
  const auto descriptors = std::distance(std::filesystem::directory_iterator("/proc/self/fd"), {});
  ASSERT_TRUE(stat && status);
  const auto* self = find(::getpid());
  ASSERT_NE(self, nullptr);
  EXPECT_EQ(self->key.start_ticks, stat->start_ticks);
  EXPECT_EQ(self->parent, stat->parent);
  EXPECT_EQ(self->uid, ::geteuid());
  EXPECT_EQ(self->comm, stat->comm);
  EXPECT_EQ(self->state, 'R');
  EXPECT_EQ(self->threads, stat->threads);
  EXPECT_FALSE(self->kernel_thread);
  // What a thread holds back is known; the rest is what was touched since, much of it with
  // sanitizers.
  const double batch = 512 * 1024 + 0.02 * static_cast<double>(status->resident_bytes);
  EXPECT_NEAR(static_cast<double>(self->resident_bytes),
              static_cast<double>(status->resident_bytes), batch);
  EXPECT_NEAR(static_cast<double>(self->anonymous_bytes),
              static_cast<double>(status->anonymous_bytes), batch);
  // The iterator is open in one, the directory in the other.
  EXPECT_NEAR(self->open_descriptors.value_or(0), static_cast<double>(descriptors), 1);
  rlimit limit{};
  ASSERT_EQ(::getrlimit(RLIMIT_NOFILE, &limit), 0);
  EXPECT_EQ(self->descriptor_limit, limit.rlim_cur);
  EXPECT_NEAR(cpu_seconds(*self), static_cast<double>(std::clock()) / CLOCKS_PER_SEC, 0.02);
  EXPECT_EQ(memory.back(), 'x');
}

TEST_P(EbpfReaderOnHost, SweepsWhatProcLists) {
  sweep();
  std::size_t missing = 0;
  for (const auto& entry : std::filesystem::directory_iterator("/proc")) {
    const auto name = entry.path().filename().string();
    const int pid = std::atoi(name.c_str());
    // Others start meanwhile.
    if (pid > 0 && find(pid) == nullptr) ++missing;
  }
  EXPECT_LE(missing, 20U);
  ASSERT_NE(find(2), nullptr);
  EXPECT_TRUE(find(2)->kernel_thread);
  ASSERT_NE(find(::getpid()), nullptr);
  EXPECT_FALSE(find(::getpid())->kernel_thread);
}

TEST_P(EbpfReaderOnHost, CountsManyDescriptors) {
  rlimit limit{};
  ASSERT_EQ(::getrlimit(RLIMIT_NOFILE, &limit), 0);
  if (limit.rlim_max < 2000) GTEST_SKIP() << "RLIMIT_NOFILE is below 2000";
  Gate gate;
  int pipe[2];
  ASSERT_EQ(::pipe(pipe), 0);
  const pid_t pid = spawn([&] {
    const rlimit more{2000, limit.rlim_max};
    ::setrlimit(RLIMIT_NOFILE, &more);
    gate.open();  // Its end is closed before it is counted, not meanwhile.
    for (int i = 0; i < 1500; ++i) (void)!::dup(0);
    (void)!::write(pipe[1], "x", 1);
    gate.wait();
    return 0;
  });
  char byte = 0;
  ASSERT_EQ(::read(pipe[0], &byte, 1), 1);
  sweep();
  ASSERT_NE(find(pid), nullptr);
  EXPECT_EQ(find(pid)->open_descriptors,
            std::distance(
                std::filesystem::directory_iterator("/proc/" + std::to_string(pid) + "/fd"), {}));
  EXPECT_GT(find(pid)->open_descriptors.value_or(0), 1500U);
  gate.open();
  ::waitpid(pid, nullptr, 0);
  ::close(pipe[0]);
  ::close(pipe[1]);
}

}  // namespace
}  // namespace perfwatch
