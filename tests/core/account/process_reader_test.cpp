// SPDX-License-Identifier: Apache-2.0
#include "core/account/process_reader.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "core/account/libproc_reader.h"
#include "core/account/process_text.h"
#include "core/account/procfs_reader.h"
#include "tests/support/source_path.h"
#include "tests/support/temp_tree.h"

namespace perfwatch {
namespace {

using test::TempTree;
namespace fs = std::filesystem;

constexpr IdentityNeeds kAll{.exe = true, .cmdline = true, .cgroup = true, .user = true};

const std::string kFixture = test::source_path("tests/fixtures/host/proc");

std::unique_ptr<ProcessReader> reader_of(const std::string& root) {
  auto reader = ProcfsReader::make(root, 100);
  EXPECT_TRUE(reader) << reader.error().text;
  return std::move(*reader);
}

const ProcessRecord* find(const std::vector<ProcessRecord>& records, std::int32_t pid) {
  const auto found = std::find_if(records.begin(), records.end(),
                                  [&](const auto& record) { return record.key.pid == pid; });
  return found != records.end() ? &*found : nullptr;
}

std::string slurp(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

class FixtureHost : public testing::Test {
 protected:
  void SetUp() override {
    auto swept = reader->sweep(records);
    ASSERT_TRUE(swept) << swept.error().text;
    errors = *swept;
  }
  const ProcessRecord& process(std::int32_t pid) {
    const ProcessRecord* found = find(records, pid);
    if (found == nullptr) ADD_FAILURE() << "no process " << pid;
    return found != nullptr ? *found : records.front();
  }
  std::unique_ptr<ProcessReader> reader = reader_of(kFixture);
  std::vector<ProcessRecord> records;
  SweepErrors errors;
};

TEST_F(FixtureHost, HasEveryProcess) {
  EXPECT_EQ(records.size(), 13U);
  EXPECT_EQ(errors.denied + errors.malformed + errors.io, 0U) << errors.text;
}

TEST_F(FixtureHost, ReadsAllThatARecordHolds) {
  const auto& java = process(2000);
  EXPECT_EQ(view(java.comm), "java");
  EXPECT_EQ(java.key.start_ticks, 2400U);
  EXPECT_EQ(java.parent, 1);
  EXPECT_EQ(java.uid, 997U);
  EXPECT_EQ(java.state, 'S');
  EXPECT_FALSE(java.kernel_thread);
  EXPECT_EQ(java.threads, 48U);
  EXPECT_DOUBLE_EQ(java.user_seconds, 902.11);
  EXPECT_DOUBLE_EQ(java.system_seconds, 41.2);
  EXPECT_EQ(java.resident_bytes, 1843200U * 1024);
  EXPECT_EQ(java.anonymous_bytes, 1790000U * 1024);
  EXPECT_EQ(java.swapped_bytes, 20480U * 1024);
  EXPECT_EQ(java.minor_faults, 600000U);
  EXPECT_EQ(java.major_faults, 812U);
  EXPECT_EQ(java.voluntary_switches, 5U);
  EXPECT_EQ(java.involuntary_switches, 2U);
  EXPECT_EQ(java.read_bytes, 91234304U);
  EXPECT_EQ(java.written_bytes, 734003200U);
  EXPECT_EQ(java.open_descriptors, 12U);
  EXPECT_EQ(java.descriptor_limit, 16U);
}

TEST_F(FixtureHost, LeavesOutWhatIsNotThere) {
  EXPECT_FALSE(process(2777).read_bytes);  // no io file
  EXPECT_TRUE(process(2777).open_descriptors);
  EXPECT_FALSE(process(15).open_descriptors);  // no fd directory
  EXPECT_FALSE(process(15).descriptor_limit);
}

TEST_F(FixtureHost, KnowsKernelThreadsByTheirFlag) {
  EXPECT_TRUE(process(2).kernel_thread);
  EXPECT_TRUE(process(15).kernel_thread);
  EXPECT_TRUE(process(131).kernel_thread);
  EXPECT_FALSE(process(1).kernel_thread);
}

TEST_F(FixtureHost, SurvivesAHostileName) {
  const auto& evil = process(2666);
  EXPECT_EQ(view(evil.comm), "e) S 1\n\xff\x1b[2J\"\\");
  EXPECT_EQ(evil.parent, 1201);
  const auto names = reader->identify(evil, kAll);
  EXPECT_EQ(names.exe, "/tmp/evil");
  EXPECT_EQ(names.cmdline, "/tmp/\xff\n{{.Comm}} --x=\"\\");
}

TEST_F(FixtureHost, NamesAProcess) {
  const auto names = reader->identify(process(1502), kAll);
  EXPECT_EQ(names.comm, "cc1plus");
  EXPECT_EQ(names.exe, "/usr/lib/gcc/x86_64-linux-gnu/12/cc1plus");
  EXPECT_EQ(names.cmdline,
            "/usr/lib/gcc/x86_64-linux-gnu/12/cc1plus -quiet -D_GNU_SOURCE main1.cpp -O2 -o "
            "/tmp/cc1.s");
  EXPECT_EQ(names.cgroup, "/user.slice/user-1000.slice/session-3.scope");
  EXPECT_EQ(reader->identify(process(1), kAll).user, "root");
}

TEST_F(FixtureHost, ReadsOnlyTheNamesThatAreNeeded) {
  const auto none = reader->identify(process(1502), {});
  EXPECT_EQ(none.comm, "cc1plus");
  EXPECT_EQ(none.exe, "");
  EXPECT_EQ(none.cmdline, "");
  EXPECT_EQ(none.cgroup, "");
  EXPECT_EQ(none.user, "");
  const auto exe = reader->identify(process(1502), {.exe = true});
  EXPECT_EQ(exe.exe, "/usr/lib/gcc/x86_64-linux-gnu/12/cc1plus");
  EXPECT_EQ(exe.cmdline, "");
}

TEST(ProcessNames, AsksAgainAfterAWhileForAUserWhomNobodyKnew) {
  std::vector<std::uint32_t> asked;
  std::optional<std::string> answer;
  ProcessNames names(-1, [&](std::uint32_t uid) {
    asked.push_back(uid);
    return answer;
  });
  ProcessRecord process;
  process.uid = 1234;
  const auto user = [&] { return std::string(names.identify(process, {.user = true}).user); };
  names.begin_sweep();
  EXPECT_EQ(user(), "1234");
  answer = "jenkins";  // the directory service is back
  EXPECT_EQ(user(), "1234");
  EXPECT_EQ(asked.size(), 1U);
  for (std::uint32_t i = 0; i < ProcessNames::kRetryUserAfter; ++i) names.begin_sweep();
  EXPECT_EQ(user(), "jenkins");
  for (std::uint32_t i = 0; i < 2 * ProcessNames::kRetryUserAfter; ++i) names.begin_sweep();
  EXPECT_EQ(user(), "jenkins");
  EXPECT_EQ(asked.size(), 2U) << "a name is remembered";
}

TEST_F(FixtureHost, GivesANumberForAUserWithoutName) {
  auto stranger = process(1);
  stranger.uid = 4'000'000'123;
  EXPECT_EQ(reader->identify(stranger, kAll).user, "4000000123");
}

TEST(ProcfsReader, NamesAProcessThatEndedByWhatTheSweepKnew) {
  ProcessRecord ended;
  ended.key = {999'999, 1};
  ended.comm = {'g', 'o', 'n', 'e'};
  const auto reader = reader_of(kFixture);
  const auto names = reader->identify(ended, kAll);
  EXPECT_EQ(names.comm, "gone");
  EXPECT_EQ(names.exe, "");
  EXPECT_EQ(names.cmdline, "");
  EXPECT_EQ(names.cgroup, "");
}

TEST(ProcfsReader, CutsALongCommandLine) {
  TempTree tree{{"5/cmdline", std::string(10'000, 'x')}};
  ProcessRecord record;
  record.key = {5, 1};
  const auto reader = reader_of(tree.path());
  EXPECT_EQ(reader->identify(record, kAll).cmdline.size(), 4096U);
}

// Copies pid 1501 of the fixtures, with one file changed.
class OneProcess {
 public:
  explicit OneProcess(std::string_view changed = {}, std::string_view text = {}) {
    for (const auto name : {"stat", "status", "io", "limits"}) {
      tree.write(std::string("1501/") + name,
                 name == changed ? text : slurp(fs::path(kFixture) / "1501" / name));
    }
  }
  TempTree tree;
};

TEST(ProcfsReader, SurvivesEveryTruncationOfEveryFile) {
  for (const std::string name : {"stat", "status", "io", "limits"}) {
    const std::string text = slurp(fs::path(kFixture) / "1501" / name);
    ASSERT_GT(text.size(), 20U) << name;
    const OneProcess host;
    std::vector<ProcessRecord> records;
    for (std::size_t size = 0; size < text.size(); ++size) {
      host.tree.write("1501/" + name, std::string_view(text).substr(0, size));
      const auto errors = reader_of(host.tree.path())->sweep(records);
      ASSERT_TRUE(errors);
      // Refused and counted, or read rightly.
      if (records.empty()) {
        EXPECT_EQ(errors->malformed, 1U) << name << size;
      } else {
        EXPECT_EQ(records[0].key.start_ticks, 60100U) << name << size;
        EXPECT_EQ(records[0].resident_bytes, 185320U * 1024) << name << size;
        EXPECT_EQ(records[0].written_bytes.value_or(4096), 4096U) << name << size;
      }
    }
  }
}

TEST(ProcfsReader, LeavesOutAProcessThatVanishesWhileItIsRead) {
  TempTree tree{{"1/comm", "listed, but its files are gone"}};
  OneProcess host;
  host.tree.write("4242/comm", "gone");
  fs::remove(host.tree.path() + "/1501/status");  // between stat and status
  std::vector<ProcessRecord> records;
  for (const auto* root : {&tree, &host.tree}) {
    const auto errors = reader_of(root->path())->sweep(records);
    ASSERT_TRUE(errors);
    EXPECT_TRUE(records.empty());
    EXPECT_EQ(errors->denied + errors->malformed + errors->io, 0U) << errors->text;
  }
}

TEST(ProcfsReader, RefusesAFileThatIsTooLarge) {
  OneProcess host("status", std::string(SmallFile::kLimit, 'x'));
  std::vector<ProcessRecord> records;
  const auto errors = reader_of(host.tree.path())->sweep(records);
  ASSERT_TRUE(errors);
  EXPECT_TRUE(records.empty());
  EXPECT_EQ(errors->io, 1U);
  EXPECT_EQ(errors->text, "reading /proc/1501/status: Argument list too long");
}

TEST(ProcfsReader, SeesAProcessThatIsInTensOfThousandsOfGroups) {
  auto status = slurp(fs::path(kFixture) / "1501" / "status");
  std::string groups = "Groups:\t";
  for (int i = 0; i < 65536; ++i) groups += std::to_string(1'000'000'000 + i) + " ";
  status.insert(status.find("VmPeak"), groups + "\n");
  OneProcess host("status", status);
  std::vector<ProcessRecord> records;
  const auto errors = reader_of(host.tree.path())->sweep(records);
  ASSERT_TRUE(errors);
  EXPECT_EQ(errors->text, "");
  ASSERT_EQ(records.size(), 1U);
  EXPECT_EQ(records[0].resident_bytes, 185320U * 1024);
}

TEST(ProcfsReader, NamesTheProcessesThatAreThereButCannotBeRead) {
  for (const auto* file : {"stat", "status"}) {
    SCOPED_TRACE(file);
    OneProcess host(file, "nonsense\n");
    std::vector<ProcessRecord> records;
    const auto reader = reader_of(host.tree.path());
    const auto errors = reader->sweep(records);
    ASSERT_TRUE(errors);
    EXPECT_TRUE(records.empty());
    EXPECT_EQ(errors->unread, std::vector<std::int32_t>{1501});
    fs::remove_all(host.tree.path() + "/1501");
    EXPECT_TRUE(reader->sweep(records)->unread.empty()) << "it ended";
  }
}

// Process 1501, asleep, with a scheduler that counts.
class Sleeper : public OneProcess {
 public:
  Sleeper() {
    change("stat", " R ", " S ");
    tree.write("1501/schedstat", "1000 10 5\n");
  }
  void change(const std::string& file, std::string_view from, std::string_view to) {
    auto text = slurp(fs::path(tree.path()) / "1501" / file);
    text.replace(text.find(from), from.size(), to);
    tree.write("1501/" + file, text);
  }
  const ProcessRecord& sweep() {
    EXPECT_TRUE(reader->sweep(records));
    EXPECT_EQ(records.size(), 1U);
    return records.at(0);
  }
  std::vector<ProcessRecord> records;
  std::unique_ptr<ProcessReader> reader = reader_of(tree.path());
};

TEST(ProcfsReader, DoesNotReadAgainOfAProcessThatDidNotRun) {
  Sleeper host;
  EXPECT_EQ(host.sweep().written_bytes, 4096U);
  host.tree.write("1501/io", "read_bytes: 1\nwrite_bytes: 5000\n");
  const auto& record = host.sweep();
  EXPECT_EQ(record.written_bytes, 4096U);
  EXPECT_EQ(record.uid, 1000U);
  EXPECT_EQ(record.resident_bytes, 185320U * 1024);
}

TEST(ProcfsReader, ReadsAgainWhenAnySignSaysThatTheProcessRan) {
  using Change = void (*)(Sleeper&);
  const Change changes[] = {
      [](Sleeper& host) { host.tree.write("1501/schedstat", "1001 10 5\n"); },
      [](Sleeper& host) { host.tree.write("1501/schedstat", "1000 10 6\n"); },
      [](Sleeper& host) { host.tree.write("1501/schedstat", "0 0 0\n"); },
      [](Sleeper& host) { fs::remove(host.tree.path() + "/1501/schedstat"); },
      [](Sleeper& host) { host.change("stat", " S ", " R "); },
      [](Sleeper& host) { host.change("stat", " 46330 184", " 46329 184"); },   // resident pages
      [](Sleeper& host) { host.change("stat", " 20 0 1 0 ", " 20 0 2 0 "); }};  // threads
  for (std::size_t i = 0; i < std::size(changes); ++i) {
    SCOPED_TRACE(i);
    Sleeper host;
    (void)host.sweep();
    host.tree.write("1501/io", "read_bytes: 1\nwrite_bytes: 5000\n");
    changes[i](host);
    EXPECT_EQ(host.sweep().written_bytes, 5000U);
  }
}

TEST(ProcfsReader, ReadsASleeperAgainNowAndThen) {
  Sleeper host;
  (void)host.sweep();
  host.tree.write("1501/io", "read_bytes: 1\nwrite_bytes: 5000\n");
  for (std::uint32_t i = 0; i < ProcessFiles::kRefresh; ++i) (void)host.sweep();
  EXPECT_EQ(host.sweep().written_bytes, 5000U);
}

TEST(ProcfsReader, RefusesARootThatIsNotThere) {
  const auto reader = ProcfsReader::make("/nonexistent", 100);
  ASSERT_FALSE(reader);
  EXPECT_EQ(reader.error().text, "opening /nonexistent: No such file or directory");
}

TEST(MakeProcessReader, TakesLibproc2OnlyForProcItself) {
  AccountingSettings poll;
  poll.tier = AccountingTier::poll;
  auto real = make_process_reader({}, poll);
  ASSERT_TRUE(real);
  Accounting accounting;
  (*real)->describe(accounting);
  EXPECT_EQ(accounting.tier, AccountingTier::poll);
  EXPECT_NE(accounting.note.find("accounting.tier asks for none above it"), std::string::npos)
      << accounting.note;
  EXPECT_EQ(dynamic_cast<ProcfsReader*>(real->get()), nullptr);
  Roots roots;
  roots.procfs = "/proc/../proc";
  EXPECT_EQ(dynamic_cast<ProcfsReader*>(make_process_reader(roots, poll)->get()), nullptr);
  roots.procfs = kFixture;
  EXPECT_NE(dynamic_cast<ProcfsReader*>(make_process_reader(roots)->get()), nullptr);
}

// Both readers on this very host.
class RealHost : public testing::TestWithParam<bool> {
 protected:
  void SetUp() override {
    auto made = GetParam() ? LibprocReader::make(ticks()) : ProcfsReader::make("/proc", ticks());
    ASSERT_TRUE(made) << made.error().text;
    reader = std::move(*made);
  }
  static double ticks() { return static_cast<double>(::sysconf(_SC_CLK_TCK)); }
  const ProcessRecord* sweep(pid_t pid) {
    EXPECT_TRUE(reader->sweep(records));
    return find(records, pid);
  }
  std::unique_ptr<ProcessReader> reader;
  std::vector<ProcessRecord> records;
};

INSTANTIATE_TEST_SUITE_P(Readers, RealHost, testing::Bool(), [](const auto& which) {
  return std::string(which.param ? "Libproc" : "Procfs");
});

TEST_P(RealHost, FindsThisVeryProcess) {
  const auto* self = sweep(::getpid());
  ASSERT_NE(self, nullptr);
  EXPECT_EQ(self->parent, ::getppid());
  EXPECT_EQ(self->uid, ::geteuid());
  EXPECT_EQ(self->state, 'R');
  EXPECT_FALSE(self->kernel_thread);
  EXPECT_FALSE(self->forked);
  EXPECT_GE(self->threads, 1U);
  EXPECT_GT(self->key.start_ticks, 0U);
  EXPECT_GT(self->resident_bytes, 1U << 20U);
  EXPECT_GT(self->anonymous_bytes, 0U);
  EXPECT_LE(self->anonymous_bytes, self->resident_bytes);
  EXPECT_GT(self->minor_faults, 100U);
  EXPECT_TRUE(self->read_bytes);
  EXPECT_GT(self->open_descriptors.value_or(0), 2U);
  EXPECT_TRUE(self->descriptor_limit);
  const auto names = reader->identify(*self, kAll);
  EXPECT_EQ(names.exe, fs::read_symlink("/proc/self/exe").string());
  EXPECT_NE(names.cmdline.find("core-tests"), std::string_view::npos);
  EXPECT_FALSE(names.user.empty());
}

// A child that waits until its end of the pipe closes.
class Child {
 public:
  Child(const char* name, bool dies_at_once) {
    EXPECT_EQ(::pipe(pipe_), 0);
    pid_ = ::fork();
    if (pid_ != 0) return;
    ::close(pipe_[1]);
    ::prctl(PR_SET_NAME, name);
    char byte = 0;
    if (!dies_at_once) (void)!::read(pipe_[0], &byte, 1);
    ::_exit(0);
  }
  ~Child() {
    ::close(pipe_[1]);
    ::close(pipe_[0]);
    ::waitpid(pid_, nullptr, 0);
  }
  [[nodiscard]] pid_t pid() const { return pid_; }
  void await_name(std::string_view name) const {
    // The kernel tells the moment of the rename nobody; this loop ends within a time slice or two.
    while (slurp("/proc/" + std::to_string(pid_) + "/comm") != std::string(name) + "\n") {
    }
  }

 private:
  int pipe_[2] = {-1, -1};
  pid_t pid_ = -1;
};

TEST_P(RealHost, ReadsANameAsTheProcessWroteIt) {
  const Child child("a) R\n\\\xff(b", false);
  child.await_name("a) R\n\\\xff(b");
  const auto* record = sweep(child.pid());
  ASSERT_NE(record, nullptr);
  EXPECT_EQ(view(record->comm), "a) R\n\\\xff(b");
  EXPECT_EQ(record->parent, ::getpid());
  EXPECT_TRUE(record->forked);
}

TEST_P(RealHost, KnowsAZombie) {
  const Child child("dead", true);
  siginfo_t ended{};
  ASSERT_EQ(::waitid(P_PID, static_cast<id_t>(child.pid()), &ended, WEXITED | WNOWAIT), 0);
  const auto* zombie = sweep(child.pid());
  ASSERT_NE(zombie, nullptr);
  EXPECT_EQ(zombie->state, 'Z');
  EXPECT_EQ(zombie->resident_bytes, 0U);
  const auto names = reader->identify(*zombie, kAll);
  EXPECT_EQ(names.cmdline, "");
  EXPECT_EQ(names.exe, "");
}

TEST_P(RealHost, ForgetsAProcessThatEnded) {
  pid_t pid = 0;
  {
    const Child child("short", false);
    pid = child.pid();
    EXPECT_NE(sweep(pid), nullptr);
  }
  EXPECT_EQ(sweep(pid), nullptr);
}

TEST_P(RealHost, CountsDescriptorsAsTheKernelDoes) {
  std::vector<UniqueFd> many;
  for (int i = 0; i < 50; ++i) many.emplace_back(::open("/dev/null", O_RDONLY | O_CLOEXEC));
  const auto* self = sweep(::getpid());
  ASSERT_NE(self, nullptr);
  EXPECT_GE(self->open_descriptors.value_or(0), 50U);
  EXPECT_LT(self->open_descriptors.value_or(0), 100U);
}

}  // namespace
}  // namespace perfwatch
