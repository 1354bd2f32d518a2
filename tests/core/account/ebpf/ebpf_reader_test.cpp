// SPDX-License-Identifier: Apache-2.0
// On the kernel of this host, as root.
#include "core/account/ebpf/ebpf_reader.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

#include <cstdlib>
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

using EbpfReaderOnHost = test::LiveTier;

std::string slurp(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

TEST_F(EbpfReaderOnHost, ReportsAChildThatLivesAMillisecondOnce) {
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

TEST_F(EbpfReaderOnHost, AgreesWithTheKernelsOwnAccounts) {
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

TEST_F(EbpfReaderOnHost, TellsASignal) {
  const pid_t pid = spawn([] {
    ::raise(SIGKILL);
    return 0;
  });
  int status = 0;
  ASSERT_EQ(::waitpid(pid, &status, 0), pid);
  EXPECT_EQ(exit_of(pid).wait_status, SIGKILL);
}

TEST_F(EbpfReaderOnHost, FollowsAProcessThroughTwoPrograms) {
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

TEST_F(EbpfReaderOnHost, SeesAChildOfVfork) {
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

TEST_F(EbpfReaderOnHost, CountsThreadsThatOutliveTheLeader) {
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
TEST_F(EbpfReaderOnHost, CountsShortThreadsToTheEnd) {
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
TEST_F(EbpfReaderOnHost, CountsTheBytesOfAChildOnceAndNotWithItsParent) {
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

TEST_F(EbpfReaderOnHost, KeepsAZombieUntilItIsWaitedFor) {
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

TEST_F(EbpfReaderOnHost, KeepsAProcessWhoseOtherThreadCallsExec) {
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

TEST_F(EbpfReaderOnHost, AgreesWithProcAboutItself) {
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

TEST_F(EbpfReaderOnHost, SweepsWhatProcLists) {
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

// Of this test only: others run beside it.
std::string job_variable() { return "PW_J" + std::to_string(::getpid()); }

// The first of its line that has a job's variable wakes whoever waits, though the ring is empty.
TEST_F(EbpfReaderOnHost, TellsOfJobsAtTheirExec) {
  const std::vector<std::string> signs = {"PW_OTHER_TEST", job_variable()};
  reader->expect_jobs(signs);
  drain();
  const auto told = [&](std::string variable) {
    const pid_t pid = spawn([&] {
      char sh[] = "sh";
      char option[] = "-c";
      char script[] = "/bin/true; (/bin/true); sleep 0.3";
      char* const arguments[] = {sh, option, script, nullptr};
      char more[] = "PW_JOB=1";
      char* const environment[] = {more, variable.data(), nullptr};
      ::execve("/bin/sh", arguments, environment);
      return 127;
    });
    pollfd wait{reader->event_descriptor(), POLLIN, 0};
    bool alive = false;
    for (int i = 0; i < 20 && ::poll(&wait, 1, 100) == 1; ++i) {
      drain();
      alive = alive || (!events.jobs.empty() && ::waitpid(pid, nullptr, WNOHANG) == 0);
    }
    ::waitpid(pid, nullptr, 0);
    drain();
    const auto theirs = [&](const auto& job) { return job.key.pid == pid && !job.forked; };
    EXPECT_EQ(std::count_if(events.jobs.begin(), events.jobs.end(), theirs),
              static_cast<std::ptrdiff_t>(events.jobs.size()))
        << "of its children nothing is told";
    return std::pair(events.jobs.size(), alive);
  };
  EXPECT_EQ(told(job_variable() + "_=1").first, 0U);
  const std::string job = job_variable() + "=1";
  EXPECT_EQ(told(job), (std::pair{std::size_t{1}, true}));
  events.jobs.clear();
  reader->expect_jobs({});
  EXPECT_EQ(told(job).first, 0U);
}

// None is forgotten.
TEST_F(EbpfReaderOnHost, TellsOfManyJobsAtOnce) {
  const std::vector<std::string> signs = {job_variable()};
  reader->expect_jobs(signs);
  constexpr std::size_t kJobs = 200;
  const pid_t pid = spawn([&] {
    ::setenv(signs.front().c_str(), std::string(8000, 'x').c_str(), 1);
    for (std::size_t i = 0; i < kJobs; ++i) {
      const pid_t job = ::fork();
      if (job == 0) {
        ::execl("/bin/true", "true", nullptr);
        ::_exit(127);
      }
      ::waitpid(job, nullptr, 0);
    }
    return 0;
  });
  int wakes = 0;
  pollfd wait{reader->event_descriptor(), POLLIN, 0};
  while (::waitpid(pid, nullptr, WNOHANG) == 0) {
    if (::poll(&wait, 1, 10) != 1) continue;
    ++wakes;
    drain();
  }
  drain();
  EXPECT_EQ(events.jobs.size(), kJobs);
  EXPECT_GE(wakes, 1);
}

TEST_F(EbpfReaderOnHost, CountsManyDescriptors) {
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

// As `perfwatch run` has it: other loads, the same figures.
class BriefReader : public test::LiveTier {
 protected:
  void SetUp() override {
    AccountingSettings settings;
    settings.brief = true;
    settings.kills = settings.jobs = false;
    start(settings);
  }
};

TEST_F(BriefReader, TellsTheSameOfAnEnd) {
  constexpr std::size_t kBytes = std::size_t{32} << 20U;
  const pid_t pid = spawn([] {
    burn(100ms);
    std::thread([] { burn(30ms); }).join();
    std::vector<char> memory(kBytes, 'x');
    ::prctl(PR_SET_NAME, "pw-brief");
    return memory[kBytes / 2] == 'x' ? 3 : 1;
  });
  int status = 0;
  rusage usage{};
  ASSERT_EQ(::wait4(pid, &status, 0, &usage), pid);
  const auto exit = exit_of(pid);
  EXPECT_EQ(exit.wait_status, status);
  EXPECT_EQ(view(exit.last.comm), "pw-brief");
  EXPECT_EQ(exit.last.parent, ::getpid());
  EXPECT_EQ(exit.last.uid, ::geteuid());
  EXPECT_TRUE(exit.last.forked);
  const double cpu = seconds_of(usage.ru_utime) + seconds_of(usage.ru_stime);
  EXPECT_NEAR(cpu_seconds(exit.last), cpu, cpu * 0.001);
  EXPECT_EQ(exit.max_resident_bytes, static_cast<std::uint64_t>(usage.ru_maxrss) * 1024);
  EXPECT_GE(exit.peak_resident_bytes, kBytes);
  EXPECT_EQ(exit.last.minor_faults, static_cast<std::uint64_t>(usage.ru_minflt));
  EXPECT_EQ(exit.last.voluntary_switches + exit.last.involuntary_switches,
            static_cast<std::uint64_t>(usage.ru_nvcsw + usage.ru_nivcsw));
  ASSERT_TRUE(exit.lived_seconds);
  EXPECT_GE(*exit.lived_seconds, 0.1);
}

TEST_F(BriefReader, TellsTheSameOfWhatLives) {
  const std::vector<char> memory(std::size_t{16} << 20U, 'x');
  std::thread other([] { burn(50ms); });
  const auto own = [&] { return *find(::getpid()); };
  sweep();
  const auto before = own();
  EXPECT_EQ(before.threads, 2U);
  other.join();
  burn(100ms);
  sweep();
  const auto after = own();
  EXPECT_EQ(after.threads, 1U);
  EXPECT_GE(after.anonymous_bytes, memory.size());
  EXPECT_GE(after.resident_bytes, after.anonymous_bytes);
  EXPECT_GE(cpu_seconds(after) - cpu_seconds(before), 0.09);
  EXPECT_EQ(after.image, before.image);
  EXPECT_EQ(after.parent, ::getppid());
  rusage usage{};
  ::getrusage(RUSAGE_SELF, &usage);
  EXPECT_NEAR(static_cast<double>(after.minor_faults), static_cast<double>(usage.ru_minflt), 200);
  ASSERT_TRUE(after.open_descriptors);
  EXPECT_GE(std::distance(std::filesystem::directory_iterator("/proc/self/fd"), {}),
            *after.open_descriptors);
  EXPECT_GE(records.size(), 10U);
}

// 20,000 children of one process, in a ring that holds some 300 exits.
class FloodedReader : public test::LiveTier {
 protected:
  static constexpr std::uint64_t kForks = 20'000;
  static constexpr std::uint64_t kFewerForks = 4'000;
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
  // As long as it takes: a program under ASan forks 200 times a second on a busy host.
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
