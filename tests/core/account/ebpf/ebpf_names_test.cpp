// SPDX-License-Identifier: Apache-2.0
// What the tier calls programs, on the kernel of this host, as root.
#include <sys/prctl.h>

#include <filesystem>
#include <fstream>

#include "core/account/process_text.h"
#include "tests/core/account/ebpf/live_tier.h"

namespace perfwatch {
namespace {

namespace fs = std::filesystem;
using test::spawn;

constexpr IdentityNeeds kAll{.exe = true, .cmdline = true, .cgroup = true, .user = true};

class EbpfNames : public test::LiveTier {
 protected:
  void SetUp() override {
    LiveTier::SetUp();
    if (reader) reader->expect(kAll);
  }
  // Runs `path` to its end.
  [[nodiscard]] ProcessExit run(const char* path, const std::vector<std::string>& arguments) {
    const pid_t pid = spawn([&] {
      std::vector<char*> argv;
      for (const auto& argument : arguments) argv.push_back(const_cast<char*>(argument.c_str()));
      argv.push_back(nullptr);
      ::execv(path, argv.data());
      return 127;
    });
    ::waitpid(pid, nullptr, 0);
    return exit_of(pid);
  }
  static std::string own_cgroup() {
    std::ifstream file("/proc/self/cgroup");
    const std::string text{std::istreambuf_iterator<char>(file), {}};
    return std::string(parse_cgroup(text));
  }
};

TEST_F(EbpfNames, AreCaughtAtExecAndOutliveTheProcess) {
  const auto exit = run("/bin/true", {"true", "--flag", "a b", ""});
  EXPECT_EQ(exit.last.state, 'X');
  const auto names = reader->identify(exit.last, kAll);
  EXPECT_EQ(names.comm, "true");
  EXPECT_EQ(names.exe, fs::canonical("/bin/true").string());
  EXPECT_EQ(names.cmdline, "true --flag a b");
  EXPECT_EQ(names.cgroup, own_cgroup());
  EXPECT_EQ(names.user, "root");
}

TEST_F(EbpfNames, CutALongCommandLine) {
  const auto exit = run("/bin/true", {"true", std::string(6000, 'x')});
  EXPECT_EQ(reader->identify(exit.last, kAll).cmdline, "true " + std::string(4091, 'x'));
}

TEST_F(EbpfNames, CrossMounts) {
  const fs::path directory = "/dev/shm/perfwatch-names-test/deep/er";
  std::error_code error;
  fs::create_directories(directory, error);
  fs::copy_file("/bin/true", directory / "tool", fs::copy_options::overwrite_existing, error);
  if (error) GTEST_SKIP() << "/dev/shm: " << error.message();
  const auto exit = run((directory / "tool").c_str(), {"tool"});
  if (exit.wait_status == 0) {
    EXPECT_EQ(reader->identify(exit.last, kAll).exe, (directory / "tool").string());
  }
  fs::remove_all("/dev/shm/perfwatch-names-test");
}

TEST_F(EbpfNames, OfAForkAreItsParents) {
  sweep();
  const auto own = reader->identify(*find(::getpid()), kAll);
  const std::string exe(own.exe);
  const std::string cmdline(own.cmdline);
  EXPECT_EQ(exe, fs::read_symlink("/proc/self/exe").string());
  const pid_t pid = spawn([] {
    ::prctl(PR_SET_NAME, "renamed");
    return 0;
  });
  ::waitpid(pid, nullptr, 0);
  const auto exit = exit_of(pid);
  const auto names = reader->identify(exit.last, kAll);
  EXPECT_EQ(names.comm, "renamed");
  EXPECT_EQ(names.exe, exe);
  EXPECT_EQ(names.cmdline, cmdline);
}

TEST_F(EbpfNames, AreEmptyWhereNobodyKnows) {
  ProcessRecord gone;
  gone.key.pid = ::getpid();  // somebody else's by now
  gone.state = 'X';
  gone.image = UINT64_MAX;
  const auto names = reader->identify(gone, kAll);
  EXPECT_EQ(names.exe, "");
  EXPECT_EQ(names.cmdline, "");
  EXPECT_EQ(names.cgroup, "");
}

TEST_F(EbpfNames, CostNothingUnlessTheyAreNeeded) {
  reader->expect({});
  const auto exit = run("/bin/true", {"true"});
  EXPECT_EQ(events.execs_of(exit.last.key.pid).size(), 1U);
  EXPECT_EQ(reader->identify(exit.last, {.exe = true}).exe, "");
}

TEST_F(EbpfNames, OfKernelThreadsAreTheirComm) {
  const auto names = reader->identify(*find(2), kAll);
  EXPECT_EQ(names.comm, "kthreadd");
  EXPECT_TRUE(names.kernel_thread);
  EXPECT_EQ(names.exe, "");
}

}  // namespace
}  // namespace perfwatch
