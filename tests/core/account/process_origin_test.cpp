// SPDX-License-Identifier: Apache-2.0
#include "core/account/process_origin.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "core/account/process_text.h"

namespace perfwatch {
namespace {

using namespace std::string_literals;

TEST(EnvironValue, IsTheFirstOfItsName) {
  const auto text = "PATH=/bin\0CI_JOB_ID=7\0CI_JOB_ID=8\0EMPTY=\0"s;
  EXPECT_EQ(environ_value(text, "CI_JOB_ID"), "7");
  EXPECT_EQ(environ_value(text, "EMPTY"), "");
  EXPECT_EQ(environ_value(text, "CI_JOB"), std::nullopt);
  EXPECT_EQ(environ_value(text, "JOB_ID"), std::nullopt);
  EXPECT_EQ(environ_value(text, "PATH=/bin"), std::nullopt);
  EXPECT_EQ(environ_value("", "PATH"), std::nullopt);
}

TEST(EnvironValue, SkipsWhatIsNoEntry) {
  const auto text = "\0\0=x\0A\0A=1\0B=2"s;  // and the last one may go on
  EXPECT_EQ(environ_value(text, "A"), "1");
  EXPECT_EQ(environ_value(text, "B"), std::nullopt);
}

TEST(SplitArguments, KeepsWordsApartAndPrintable) {
  EXPECT_EQ(split_arguments("sh\0-c\0echo\x1b it\0\0\0"s, 10, 100),
            (std::vector<std::string>{"sh", "-c", "echo\\x1B it"}));
  EXPECT_EQ(split_arguments("a\0b\0c\0"s, 2, 100), (std::vector<std::string>{"a", "b"}));
  EXPECT_EQ(split_arguments("abcdef"s, 2, 3), (std::vector<std::string>{"abc"}));
  EXPECT_TRUE(split_arguments("", 2, 3).empty());
}

class ProcfsOrigins : public testing::Test {
 protected:
  void SetUp() override {
    root_ = testing::TempDir() + "process_origin_" + std::to_string(::getpid());
    std::filesystem::create_directories(root_ + "/7");
    write("stat",
          "7 (sh) S 1 7 7 0 -1 4194304 0 0 0 0 1 1 0 0 20 0 1 0 500 0 0 0 "
          "0 0 0 0 0 0 0 0 0 0 0 0 17 0 0 0 0 0 0 0 0 0 0 0 0 0 0\n");
  }
  void TearDown() override { std::filesystem::remove_all(root_); }
  void write(const std::string& name, const std::string& text) const {
    std::ofstream(root_ + "/7/" + name, std::ios::binary) << text;
  }
  std::string root_;
};

TEST_F(ProcfsOrigins, AreReadOfThisProcessOnly) {
  write("environ", "A=1\0B=2\0"s);
  write("cmdline", "sh\0-e\0"s);
  write("cgroup", "0::/runner.slice/job\n");
  write("status",
        "Name:\tsu\nUid:\t1000\t0\t0\t0\nvoluntary_ctxt_switches:\t1\n"
        "nonvoluntary_ctxt_switches:\t1\n");
  std::filesystem::create_directory_symlink("/srv/kernel", root_ + "/7/cwd");
  ProcfsOrigin origin(root_);
  const ProcessKey key{7, 500};
  EXPECT_EQ(origin.environment(key), "A=1\0B=2\0"s);
  EXPECT_EQ(origin.command(key), (std::vector<std::string>{"sh", "-e"}));
  EXPECT_EQ(origin.cgroup(key), "/runner.slice/job");
  EXPECT_EQ(origin.user(key), 1000U) << "who started it, whatever the program may do";
  EXPECT_EQ(origin.user({7, 9000}), std::nullopt);
  EXPECT_EQ(origin.folder(key), "/srv/kernel");
  EXPECT_EQ(origin.environment({7, 9000}), std::nullopt) << "its pid was given away";
  EXPECT_EQ(origin.environment({8, 500}), std::nullopt);
  EXPECT_EQ(origin.folder({7, 9000}), "");
  EXPECT_FALSE(origin.is_blocked(key));
  write("stat",
        "7 (sh) D 1 7 7 0 -1 4194304 0 0 0 0 1 1 0 0 20 0 1 0 500 0 0 0 "
        "0 0 0 0 0 0 0 0 0 0 0 0 17 0 0 0 0 0 0 0 0 0 0 0 0 0 0\n");
  EXPECT_TRUE(origin.is_blocked(key));
  EXPECT_FALSE(origin.is_blocked({7, 9000}));
}

TEST_F(ProcfsOrigins, CutLargeEnvironmentsAfterAnEntry) {
  write("environ", "A=1\0B="s + std::string(100'000, 'x'));
  ProcfsOrigin origin(root_);
  EXPECT_EQ(origin.environment({7, 500}), "A=1\0"s);
  write("environ", std::string(100'000, 'x'));
  EXPECT_EQ(origin.environment({7, 500}), "");
}

TEST_F(ProcfsOrigins, FollowNoLinks) {
  write("secret", "A=1\0"s);
  std::filesystem::create_symlink("secret", root_ + "/7/environ");
  EXPECT_EQ(ProcfsOrigin(root_).environment({7, 500}), std::nullopt);
}

TEST(ProcfsOrigin, ReadsThisProcess) {
  SmallFile stat;
  ProcfsOrigin origin("/proc");
  const UniqueFd procfs(::open("/proc/self", O_PATH | O_DIRECTORY | O_CLOEXEC));
  ASSERT_EQ(stat.read_at(procfs.get(), "stat"), 0);
  const auto own = parse_process_stat(stat.text());
  ASSERT_TRUE(own);
  const auto text = origin.environment({own->pid, own->start_ticks});
  ASSERT_TRUE(text);
  EXPECT_TRUE(text->empty() || text->back() == '\0');
  EXPECT_EQ(origin.environment({own->pid, own->start_ticks + 100}), std::nullopt);
}

}  // namespace
}  // namespace perfwatch
