// SPDX-License-Identifier: Apache-2.0
#include "core/account/taskstats/taskstats_reader.h"

#include <gtest/gtest.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <functional>
#include <map>
#include <string>
#include <thread>
#include <vector>

#include "core/account/process_text.h"
#include "core/base/file_reader.h"

// Against the kernel that runs: needs root in the initial namespaces, CONFIG_TASKSTATS and
// CONFIG_PROC_EVENTS. Other processes come and go meanwhile; a test looks at its own.
namespace perfwatch {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr IdentityNeeds kPrograms{.exe = true, .cmdline = true};

class Heard : public ProcessEvents {
 public:
  void program_changed(const ProcessRecord& process, const Program& /*before*/) override {
    programs.push_back(process);
  }
  void ended(const ProcessExit& exit) override { exits.push_back(exit); }
  void ended_unseen(const ExitSummary& /*summary*/) override { ADD_FAILURE(); }
  void killed_for_memory(const OomMark& /*mark*/) override { ADD_FAILURE(); }

  [[nodiscard]] std::vector<ProcessExit> of(std::int32_t pid) const {
    std::vector<ProcessExit> out;
    std::copy_if(exits.begin(), exits.end(), std::back_inserter(out), [pid](const auto& exit) {
      return exit.last.key.pid == pid && exit.last.parent == ::getpid();
    });
    return out;
  }

  std::vector<ProcessRecord> programs;
  std::vector<ProcessExit> exits;
};

pid_t spawn(const std::function<void()>& child) {
  const pid_t pid = ::fork();
  if (pid != 0) return pid;
  child();
  ::_exit(0);
}

int wait_for(pid_t pid) {
  int status = 0;
  EXPECT_EQ(::waitpid(pid, &status, 0), pid);
  return status;
}

void burn(std::chrono::microseconds time) {
  const auto end = std::chrono::steady_clock::now() + time;
  while (std::chrono::steady_clock::now() < end) {
  }
}

// A shell that counts. The kernel writes the record of an exit before it takes the address space
// down; that is estimated, and right for programs as builds have them, not for a forked child of a
// test under ASan.
pid_t spawn_counting(int to) {
  const std::string count = std::to_string(to);
  const pid_t pid = ::vfork();  // NOLINT(clang-analyzer-security.insecureAPI.vfork)
  if (pid != 0) return pid;
  ::execl("/bin/sh", "sh", "-c", "while [ $((i += 1)) -lt $0 ]; do :; done", count.c_str(),
          nullptr);
  ::_exit(127);
}

double cpu(const ProcessRecord& record) { return record.user_seconds + record.system_seconds; }

std::uint64_t lost(const ProcessReader& reader, std::string_view source, std::string_view reason) {
  Accounting accounting;
  reader.describe(accounting);
  for (const auto& entry : accounting.lost) {
    if (entry.source == source && entry.reason == reason) return entry.count;
  }
  ADD_FAILURE() << source << ' ' << reason;
  return 0;
}

class Taskstats : public testing::Test {
 protected:
  void SetUp() override { connect({}); }

  void connect(const TaskstatsSettings& settings) {
    reader.reset();
    auto made = make_taskstats_reader(settings);
    if (!made) {
      ASSERT_NE(made.error().kind, ErrorKind::malformed) << made.error().text;
      GTEST_SKIP() << "no taskstats tier here: " << made.error().text;
    }
    reader = std::move(*made);
  }

  void drain() {
    const auto drained = reader->drain(heard);
    EXPECT_TRUE(drained) << drained.error().text;
  }

  // The exit event of a process may be a moment later than the end of waitpid(2).
  std::vector<ProcessExit> exits_of(pid_t pid) {
    const auto end = std::chrono::steady_clock::now() + seconds(5);
    while (heard.of(pid).empty() && std::chrono::steady_clock::now() < end) await_events();
    drain();
    return heard.of(pid);
  }

  void await_events() {
    pollfd poll{reader->event_descriptor(), POLLIN, 0};
    (void)::poll(&poll, 1, 100);
    drain();
  }

  ProcessRecord swept(pid_t pid) {
    std::vector<ProcessRecord> records;
    const auto done = reader->sweep(records);
    EXPECT_TRUE(done) << done.error().text;
    const auto found = std::find_if(records.begin(), records.end(),
                                    [pid](const auto& record) { return record.key.pid == pid; });
    if (found != records.end()) return *found;
    ADD_FAILURE() << "no process " << pid;
    return {};
  }

  std::unique_ptr<ProcessReader> reader;
  Heard heard;
};

TEST_F(Taskstats, SaysWhatItIs) {
  Accounting accounting;
  reader->describe(accounting);
  EXPECT_EQ(accounting.tier, AccountingTier::taskstats);
  EXPECT_GE(reader->event_descriptor(), 0);
  ASSERT_EQ(accounting.features.size(), 3U);
  for (const auto& feature : accounting.features) EXPECT_EQ(feature.note, "") << feature.name;
  EXPECT_EQ(accounting.lost.size(), 4U);
}

TEST_F(Taskstats, ReportsAChildOfAMillisecondOnceWithItsWaitStatus) {
  const pid_t pid = spawn([] {
    burn(milliseconds(1));
    ::_exit(7);
  });
  const int status = wait_for(pid);
  const auto exits = exits_of(pid);
  ASSERT_EQ(exits.size(), 1U);
  const auto& exit = exits.front();
  EXPECT_EQ(exit.wait_status, status);
  EXPECT_EQ(exit.last.parent, ::getpid());
  EXPECT_EQ(exit.last.uid, ::geteuid());
  EXPECT_EQ(view(exit.last.comm), "core-tests");
  EXPECT_TRUE(exit.last.forked);
  EXPECT_GT(exit.lived_seconds, 0.001);
  EXPECT_GT(exit.peak_resident_bytes, 100'000U);
  EXPECT_GT(exit.last.minor_faults, 0U);
  EXPECT_GT(cpu(exit.last), 0.0005);
  EXPECT_LT(cpu(exit.last), 1);
}

TEST_F(Taskstats, ReportsTheSignalThatEndedAProcess) {
  const pid_t pid = spawn([] { ::pause(); });
  ::kill(pid, SIGKILL);
  const int status = wait_for(pid);
  const auto exits = exits_of(pid);
  ASSERT_EQ(exits.size(), 1U);
  EXPECT_EQ(exits.front().wait_status, status);
  EXPECT_TRUE(WIFSIGNALED(*exits.front().wait_status));
}

TEST_F(Taskstats, HasTheKeyThatTheSweepHad) {
  int gate[2];
  ASSERT_EQ(::pipe(gate), 0);
  const pid_t pid = spawn([&] {
    char byte = 0;
    ::close(gate[1]);
    (void)!::read(gate[0], &byte, 1);
  });
  ::close(gate[0]);
  const auto record = swept(pid);
  ::close(gate[1]);
  wait_for(pid);
  const auto exits = exits_of(pid);
  ASSERT_EQ(exits.size(), 1U);
  EXPECT_EQ(exits.front().last.key, record.key);
  EXPECT_EQ(exits.front().last.image, record.image);
  EXPECT_NE(record.image, 0U);
  EXPECT_GE(cpu(exits.front().last), cpu(record));
}

TEST_F(Taskstats, DerivesTheKeyOfWhoWasNeverSeenFromItsFork) {
  // The truth is asked beside the reader, which does not know.
  int gate[2];
  ASSERT_EQ(::pipe(gate), 0);
  const pid_t pid = spawn([&] {
    char byte = 0;
    ::close(gate[1]);
    (void)!::read(gate[0], &byte, 1);
  });
  FileReader files;
  const auto text = files.read(("/proc/" + std::to_string(pid) + "/stat").c_str());
  ASSERT_TRUE(text);
  const auto stat = parse_process_stat(*text);
  ASSERT_TRUE(stat);
  ::close(gate[0]);
  ::close(gate[1]);
  wait_for(pid);
  const auto exits = exits_of(pid);
  ASSERT_EQ(exits.size(), 1U);
  EXPECT_NEAR(static_cast<double>(exits.front().last.key.start_ticks),
              static_cast<double>(stat->start_ticks), 1);
}

void* burn_in_thread(void* /*unused*/) {
  burn(milliseconds(20));
  return nullptr;
}

void* exit_in_thread(void* /*unused*/) {
  burn(milliseconds(20));
  ::_exit(5);
}

void thread_child(void* (*second)(void*)) {
  pthread_t threads[2];
  ::prctl(PR_SET_NAME, "leader");
  if (::pthread_create(&threads[0], nullptr, burn_in_thread, nullptr) != 0) ::_exit(99);
  if (::pthread_create(&threads[1], nullptr, second, nullptr) != 0) ::_exit(99);
  ::pthread_setname_np(threads[0], "worker");
  ::pthread_setname_np(threads[1], "worker");
  // Of this thread only, and without the unwinding of pthread_exit(3).
  (void)::syscall(SYS_exit, 0);
}

TEST_F(Taskstats, ReportsAProcessWhoseFirstThreadEndsFirst) {
  for (const auto& [second, expected] :
       {std::pair{&burn_in_thread, 0}, std::pair{&exit_in_thread, 5}}) {
    const pid_t pid = spawn([f = second] { thread_child(f); });
    int status = 0;
    rusage used{};
    ASSERT_EQ(::wait4(pid, &status, 0, &used), pid);
    const auto exits = exits_of(pid);
    ASSERT_EQ(exits.size(), 1U);
    EXPECT_EQ(exits.front().wait_status, status);
    EXPECT_EQ(WEXITSTATUS(status), expected);
    EXPECT_EQ(view(exits.front().last.comm), "leader");
    const double seconds_used =
        static_cast<double>(used.ru_utime.tv_sec + used.ru_stime.tv_sec) +
        static_cast<double>(used.ru_utime.tv_usec + used.ru_stime.tv_usec) * 1e-6;
    // The kernel tells what each of the three threads used by the tick, which may be 4 ms.
    EXPECT_NEAR(cpu(exits.front().last), seconds_used, 0.1 * seconds_used + 3 * 0.004);
  }
}

TEST_F(Taskstats, NamesAProgramOfVforkAndExecAfterItsEnd) {
  reader->expect(kPrograms);
  const char* const arguments[] = {"/bin/sleep", "0.3", nullptr};
  const pid_t pid = ::vfork();
  if (pid == 0) {
    ::execv(arguments[0], const_cast<char**>(arguments));
    ::_exit(127);
  }
  // Comes a moment after the kernel lets the parent of a vfork(2) go on.
  const auto told = [&] {
    return std::any_of(heard.programs.begin(), heard.programs.end(),
                       [pid](const auto& record) { return record.key.pid == pid; });
  };
  for (int i = 0; i < 20 && !told(); ++i) await_events();
  EXPECT_TRUE(told());
  EXPECT_EQ(wait_for(pid), 0);
  const auto exits = exits_of(pid);
  ASSERT_EQ(exits.size(), 1U);
  const auto& last = exits.front().last;
  EXPECT_EQ(view(last.comm), "sleep");
  EXPECT_FALSE(last.forked);
  const auto names = reader->identify(last, kPrograms);
  EXPECT_EQ(names.comm, "sleep");
  EXPECT_EQ(names.cmdline, "/bin/sleep 0.3");
  EXPECT_TRUE(names.exe.ends_with("/sleep")) << names.exe;
}

TEST_F(Taskstats, TellsEveryProgramOfAProcessThatExecsTwice) {
  reader->expect(kPrograms);
  const pid_t pid = spawn([] {
    ::execl("/bin/sh", "sh", "-c", "sleep 0.2; exec sleep 0.2", nullptr);
    ::_exit(127);
  });
  (void)exits_of(pid);
  std::vector<ProcessRecord> programs;
  for (const auto& record : heard.programs) {
    if (record.key.pid == pid) programs.push_back(record);
  }
  wait_for(pid);
  ASSERT_EQ(heard.of(pid).size(), 1U);
  ASSERT_EQ(programs.size(), 2U);
  EXPECT_EQ(view(programs[0].comm), "sh");
  EXPECT_EQ(view(programs[1].comm), "sleep");
  EXPECT_LT(programs[0].image, programs[1].image);
  EXPECT_EQ(programs[0].key, programs[1].key);
  const ProcessRecord last = heard.of(pid).front().last;
  EXPECT_EQ(last.image, programs[1].image);
  EXPECT_EQ(last.key, programs[1].key);
  EXPECT_EQ(reader->identify(programs[0], kPrograms).cmdline, "sh -c sleep 0.2; exec sleep 0.2");
  EXPECT_EQ(reader->identify(last, kPrograms).cmdline, "sleep 0.2");
}

TEST_F(Taskstats, CarriesTheNewNameOfAProcessThatRenamesItself) {
  const pid_t pid = spawn([] { ::prctl(PR_SET_NAME, "renamed"); });
  wait_for(pid);
  const auto exits = exits_of(pid);
  ASSERT_EQ(exits.size(), 1U);
  EXPECT_EQ(view(exits.front().last.comm), "renamed");
}

double children_seconds() {
  rusage used{};
  ::getrusage(RUSAGE_CHILDREN, &used);
  return static_cast<double>(used.ru_utime.tv_sec + used.ru_stime.tv_sec) +
         static_cast<double>(used.ru_utime.tv_usec + used.ru_stime.tv_usec) * 1e-6;
}

TEST_F(Taskstats, CountsTheCpuTimeOfHundredsOfChildren) {
  constexpr int kChildren = 500;  // tests/bench/truth has 100,000
  const double before = children_seconds();
  std::vector<pid_t> children;
  for (int i = 0; i < kChildren; ++i) {
    children.push_back(spawn_counting(1000 + 7919 * i % 20'000));
    wait_for(children.back());
    if (i % 50 == 0) drain();
  }
  const double truth = children_seconds() - before;
  (void)exits_of(children.back());
  // By parent as well: on a busy host a pid is given again within seconds.
  std::map<ProcessKey, double> counted_of;
  for (const auto& exit : heard.exits) {
    if (exit.last.parent != ::getpid()) continue;
    EXPECT_TRUE(counted_of.emplace(exit.last.key, cpu(exit.last)).second) << exit.last.key.pid;
  }
  EXPECT_EQ(counted_of.size(), children.size());
  double counted = 0;
  for (const auto& [key, seconds_of] : counted_of) counted += seconds_of;
  RecordProperty("ratio", std::to_string(counted / truth));
  EXPECT_NEAR(counted / truth, 1, 0.01) << counted << " of " << truth << " s";
  EXPECT_EQ(lost(*reader, "exit", "enobufs"), 0U);
}

TEST_F(Taskstats, SaysWhatAFullBufferLost) {
  connect({.receive_bytes = 4096});
  if (!reader) return;
  constexpr int kChildren = 300;
  for (int i = 0; i < kChildren; ++i) wait_for(spawn([] {}));
  await_events();
  std::size_t ours = 0;
  for (const auto& exit : heard.exits) ours += exit.last.parent == ::getpid() ? 1U : 0U;
  EXPECT_LT(ours, kChildren);
  EXPECT_GT(lost(*reader, "exit", "enobufs"), 0U);
  EXPECT_GT(lost(*reader, "exec", "enobufs"), 0U);
  // Room again: the next is heard.
  const pid_t next = spawn([] {});
  wait_for(next);
  EXPECT_EQ(exits_of(next).size(), 1U);
  // A CPU's gap is seen with its next event.
  cpu_set_t all;
  ASSERT_EQ(::sched_getaffinity(0, sizeof all, &all), 0);
  for (int i = 0; i < CPU_SETSIZE; ++i) {
    if (!CPU_ISSET(i, &all)) continue;
    cpu_set_t one;
    CPU_ZERO(&one);
    CPU_SET(i, &one);
    ASSERT_EQ(::sched_setaffinity(0, sizeof one, &one), 0);
    const pid_t pid = spawn([] {});
    wait_for(pid);
    EXPECT_EQ(exits_of(pid).size(), 1U);
  }
  ASSERT_EQ(::sched_setaffinity(0, sizeof all, &all), 0);
  // Each of them was a fork and an exit event at least.
  EXPECT_GT(lost(*reader, "exec", "enobufs") + heard.exits.size(), kChildren / 2);
}

TEST_F(Taskstats, DoesNotTakeAnotherListenersComingAndGoingForALoss) {
  for (int i = 0; i < 20; ++i) {
    ASSERT_TRUE(make_taskstats_reader());
    const pid_t pid = spawn([] {});
    wait_for(pid);
    drain();
  }
  EXPECT_EQ(lost(*reader, "exec", "enobufs"), 0U);
  EXPECT_EQ(lost(*reader, "exit", "enobufs"), 0U);
}

TEST_F(Taskstats, GoesOnWithoutTheProcConnector) {
  connect({.proc_connector = false});
  if (!reader) return;
  Accounting accounting;
  reader->describe(accounting);
  EXPECT_NE(accounting.features[2].note, "");
  const pid_t pid = spawn([] { ::_exit(3); });
  const int status = wait_for(pid);
  const auto exits = exits_of(pid);
  ASSERT_EQ(exits.size(), 1U);
  EXPECT_EQ(exits.front().wait_status, status);
  EXPECT_NE(exits.front().last.key.start_ticks, 0U);
}

TEST_F(Taskstats, RefusesANetworkNamespaceWhereNoRecordsCome) {
  const pid_t pid = spawn([] {
    if (::unshare(CLONE_NEWNET) != 0) ::_exit(2);
    const auto made = make_taskstats_reader();
    ::_exit(!made && made.error().text.find("initial network") != std::string::npos ? 0 : 1);
  });
  const int status = wait_for(pid);
  if (WEXITSTATUS(status) == 2) GTEST_SKIP() << "no network namespaces here";
  EXPECT_EQ(status, 0);
}

TEST_F(Taskstats, AgreesWithItselfThroughAStormOfSweepsAndExits) {
  // Every child that any sweep shows and that ended must end with the key that the sweep showed.
  std::map<std::int32_t, ProcessKey> shown;
  std::vector<pid_t> children;
  std::vector<ProcessRecord> records;
  for (int round = 0; round < 20; ++round) {
    for (int i = 0; i < 10; ++i) {
      children.push_back(spawn([i] { ::usleep(static_cast<useconds_t>(1000 * i)); }));
    }
    ASSERT_TRUE(reader->sweep(records));
    for (const auto& record : records) {
      if (record.parent == ::getpid()) shown[record.key.pid] = record.key;
    }
    drain();
    while (::waitpid(-1, nullptr, WNOHANG) > 0) {
    }
  }
  while (::waitpid(-1, nullptr, 0) > 0) {
  }
  (void)exits_of(children.back());
  std::size_t both = 0;
  for (const pid_t pid : children) {
    const auto exits = heard.of(pid);
    ASSERT_EQ(exits.size(), 1U) << pid;
    const auto sweep = shown.find(pid);
    if (sweep == shown.end()) continue;
    ++both;
    EXPECT_EQ(exits.front().last.key, sweep->second);
  }
  EXPECT_GT(both, 0U);
}

}  // namespace
}  // namespace perfwatch
