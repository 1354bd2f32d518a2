// SPDX-License-Identifier: Apache-2.0
#include "daemon/cli/run_store.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <map>

#include "tests/support/temp_tree.h"

namespace perfwatch {
namespace {

using testing::HasSubstr;

std::string folder(const std::string& given, std::map<std::string, const char*> environment) {
  const auto found = run_store_folder(given, [&](const char* name) -> const char* {
    const auto value = environment.find(name);
    return value == environment.end() ? nullptr : value->second;
  });
  return found ? *found : "error: " + found.error().text;
}

TEST(RunStoreFolder, IsTheFirstThatIsNamed) {
  const std::map<std::string, const char*> all{
      {"PERFWATCH_STORAGE_PATH", "/env"}, {"XDG_STATE_HOME", "/xdg"}, {"HOME", "/home/me"}};
  EXPECT_EQ(folder("/given", all), "/given");
  EXPECT_EQ(folder("", all), "/env");
  EXPECT_EQ(folder("", {{"XDG_STATE_HOME", "/xdg"}, {"HOME", "/home/me"}}), "/xdg/perfwatch");
  EXPECT_EQ(folder("", {{"XDG_STATE_HOME", "relative"}, {"HOME", "/home/me"}}),
            "/home/me/.local/state/perfwatch");
  EXPECT_EQ(folder("", {{"XDG_STATE_HOME", ""}, {"HOME", "/home/me"}}),
            "/home/me/.local/state/perfwatch");
  EXPECT_THAT(folder("", {}), HasSubstr("--storage.path"));
}

TEST(IsUsualStore, IsTheOneThatNobodyNamed) {
  const auto with = [](const char* path) {
    return [path](const char* name) {
      return std::string(name) == "PERFWATCH_STORAGE_PATH" ? path : "/home/me";
    };
  };
  EXPECT_TRUE(is_usual_store("", with(nullptr)));
  EXPECT_TRUE(is_usual_store("", with("")));
  EXPECT_FALSE(is_usual_store("", with("/var/lib/perfwatch")));
  EXPECT_FALSE(is_usual_store("/given", with(nullptr)));
}

TEST(OpenRunStore, MakesItsFoldersForThisUserAlone) {
  const test::TempTree tree;
  const std::string path = tree.path() + "/a/b/c";
  const auto none = open_run_store(path, RunStoreUse::read);
  ASSERT_FALSE(none);
  EXPECT_EQ(none.error().kind, ErrorKind::gone);
  EXPECT_FALSE(std::filesystem::exists(tree.path() + "/a")) << "who reads makes nothing";
  const auto made = open_run_store(path, RunStoreUse::write);
  ASSERT_TRUE(made) << made.error().text;
  for (const char* part : {"/a", "/a/b", "/a/b/c"}) {
    struct stat status {};
    ASSERT_EQ(::stat((tree.path() + part).c_str(), &status), 0);
    EXPECT_EQ(status.st_mode & 0777U, 0700U) << part;
  }
  EXPECT_TRUE(open_run_store(path, RunStoreUse::read));
}

TEST(OpenRunStore, SaysWhatIsInItsWay) {
  const test::TempTree tree{{"file", ""}};
  const auto refused = open_run_store(tree.path() + "/file/x", RunStoreUse::write);
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error().text, HasSubstr("storage: making " + tree.path() + "/file/x: "));
}

TEST(Measurer, LivesAsLongAsItsProcess) {
  EXPECT_TRUE(is_alive(this_measurer()));
  RunMeasurer other = this_measurer();
  other.process.start_ticks += 1;
  EXPECT_FALSE(is_alive(other)) << "the pid was given away again";
  other = this_measurer();
  other.boot_id = "another";
  EXPECT_FALSE(is_alive(other));
  other.boot_id = "";
  EXPECT_TRUE(is_alive(other)) << "nobody knows";
  const pid_t child = ::fork();
  if (child == 0) ::_exit(0);
  ASSERT_EQ(::waitpid(child, nullptr, 0), child);
  other = this_measurer();
  other.process.pid = child;
  EXPECT_FALSE(is_alive(other));
}

}  // namespace
}  // namespace perfwatch
