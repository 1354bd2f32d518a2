// SPDX-License-Identifier: Apache-2.0
#include "core/account/cgroup_cpu.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <ctime>
#include <filesystem>
#include <fstream>
#include <map>
#include <string>

#include "core/account/group_series.h"
#include "tests/core/collect/value_of.h"
#include "tests/support/temp_tree.h"

namespace perfwatch {
namespace {

namespace fs = std::filesystem;
using test::item_errors;
using test::series_count;
using test::TempTree;
using test::value_of;

constexpr std::string_view kMetric = "perfwatch_cgroup_cpu_seconds_total";

class CgroupsOfAHost : public testing::Test {
 protected:
  CgroupsOfAHost() {
    tree.write("fs/cgroup/cgroup.controllers", "cpu\n");
    use("system.slice", 100);
    use("system.slice/a.service", 70);
    use("system.slice/b.service", 30);
    use("user.slice", 5);
  }
  // What the kernel says of one.
  void use(const std::string& path, double seconds) const {
    tree.write("fs/cgroup/" + path + "/cpu.stat",
               "usage_usec " + std::to_string(static_cast<std::uint64_t>(seconds * 1e6)) +
                   "\nuser_usec 1\n");
  }
  void remove(const std::string& path) const { fs::remove_all(tree.path() + "/fs/cgroup/" + path); }
  std::uint64_t id(const std::string& path) const {
    struct stat status {};
    EXPECT_EQ(::stat((tree.path() + "/fs/cgroup/" + path).c_str(), &status), 0) << path;
    return status.st_ino;
  }
  Samples round(const std::map<std::string, double>& spent = {}) {
    cgroups.spend(1, 0);  // the tier knows cgroups
    for (const auto& [path, seconds] : spent) cgroups.spend(id(path), seconds);
    return update();
  }
  Samples update() {
    now += std::chrono::seconds(2);
    cgroups.update({now, {}});
    SampleWriter out(schema);
    cgroups.write_limited(out);
    cgroups.write(out);
    Samples samples = std::move(out).finish();
    schema = samples.schema;
    return samples;
  }
  static std::optional<double> kernel(const Samples& samples, std::string_view path) {
    return value_of(samples, kMetric, {path, "kernel"});
  }
  static std::optional<double> attributed(const Samples& samples, std::string_view path) {
    return value_of(samples, kMetric, {path, "attributed"});
  }
  TempTree tree;
  std::chrono::steady_clock::time_point now{};
  std::shared_ptr<const Schema> schema;
  CgroupCpu cgroups{{.sysfs = tree.path()}, 4};
};

TEST_F(CgroupsOfAHost, StartAtZero) {
  const auto samples = round({{"system.slice/a.service", 3}});
  for (const char* path : {"/system.slice", "/system.slice/a.service", "/user.slice"}) {
    EXPECT_EQ(kernel(samples, path), 0) << path;
    EXPECT_EQ(attributed(samples, path), 0) << path;
  }
  EXPECT_EQ(value_of(samples, "perfwatch_series_limited_total", {"cgroup"}), 0);
}

TEST_F(CgroupsOfAHost, CountBothSidesAndTheFirstLevelIncludesTheSecond) {
  const auto first = round();
  use("system.slice", 103);
  use("system.slice/a.service", 72);
  use("system.slice/b.service", 31);
  const auto samples = round({{"system.slice/a.service", 1.5}, {"system.slice/b.service", 0.5}});
  EXPECT_EQ(samples.schema, first.schema);
  EXPECT_EQ(kernel(samples, "/system.slice"), 3);
  EXPECT_EQ(kernel(samples, "/system.slice/a.service"), 2);
  EXPECT_EQ(attributed(samples, "/system.slice"), 2);
  EXPECT_EQ(attributed(samples, "/system.slice/a.service"), 1.5);
  EXPECT_EQ(attributed(samples, "/system.slice/b.service"), 0.5);
  EXPECT_EQ(kernel(samples, "/user.slice"), 0);
  const auto later = round({{"system.slice", 1}});
  EXPECT_EQ(attributed(later, "/system.slice"), 3) << "directly in the first level";
  EXPECT_EQ(attributed(later, "/system.slice/a.service"), 1.5);
}

TEST_F(CgroupsOfAHost, AreNotReadWhereTheTierDoesNotKnowThem) {
  cgroups.spend(0, 7);
  EXPECT_EQ(update().schema->series.size(), 0U);
  EXPECT_GT(series_count(round(), kMetric), 0U);
  for (int i = 0; i < 29; ++i) {
    cgroups.spend(0, 7);
    EXPECT_GT(series_count(update(), kMetric), 0U) << "nobody may have spent anything";
  }
  EXPECT_EQ(update().schema->series.size(), 0U) << "a tier that degraded";
}

TEST_F(CgroupsOfAHost, EndTheirSeriesWhenTheyAreRemoved) {
  (void)round();
  use("system.slice/b.service", 31);
  (void)round({{"system.slice/b.service", 1}});
  remove("system.slice/b.service");
  const auto samples = round();
  EXPECT_EQ(kernel(samples, "/system.slice/b.service"), std::nullopt);
  EXPECT_EQ(attributed(samples, "/system.slice/b.service"), std::nullopt);
  use("system.slice/b.service", 9);
  EXPECT_EQ(kernel(round(), "/system.slice/b.service"), 0) << "it came back later";
}

TEST_F(CgroupsOfAHost, LeaveTheirLastSecondsInTheirParent) {
  (void)round();
  const auto last = id("system.slice/b.service");
  remove("system.slice/b.service");
  cgroups.spend(last, 0.25);
  EXPECT_EQ(attributed(round(), "/system.slice"), 0.25);
  cgroups.spend(last, 0.5);
  EXPECT_EQ(attributed(round(), "/system.slice"), 0.75) << "an event that came late";
}

TEST_F(CgroupsOfAHost, AreFoundInTheRoundAfterTheyCame) {
  (void)round();
  use("user.slice/user-1000.slice", 50);
  EXPECT_EQ(kernel(round(), "/user.slice/user-1000.slice"), std::nullopt) << "only 4 have a place";
  remove("system.slice/b.service");
  const auto found = round({{"user.slice/user-1000.slice", 2}});
  EXPECT_EQ(kernel(found, "/user.slice/user-1000.slice"), 0);
  EXPECT_EQ(attributed(found, "/user.slice/user-1000.slice"), 0) << "before the baseline";
  EXPECT_EQ(attributed(found, "/user.slice"), 2);
  use("user.slice/user-1000.slice", 51);
  const auto samples = round({{"user.slice/user-1000.slice", 1}});
  EXPECT_EQ(kernel(samples, "/user.slice/user-1000.slice"), 1);
  EXPECT_EQ(attributed(samples, "/user.slice/user-1000.slice"), 1);
}

TEST_F(CgroupsOfAHost, GoOnCountingWhenOneIsReplacedAtOnce) {
  (void)round();
  use("user.slice", 9);
  (void)round({{"user.slice", 4}});
  fs::rename(tree.path() + "/fs/cgroup/user.slice", tree.path() + "/moved");  // keeps its inode
  use("user.slice", 2);
  const auto samples = round();
  EXPECT_EQ(kernel(samples, "/user.slice"), 4);
  EXPECT_EQ(attributed(samples, "/user.slice"), 4);
  use("user.slice", 3);
  EXPECT_EQ(kernel(round(), "/user.slice"), 5);
}

TEST_F(CgroupsOfAHost, HaveALimitAndTheFirstLevelGoesFirstThenTheBusiest) {
  use("system.slice/c.service", 200);
  use("z.slice", 0);
  const auto samples = round();
  for (const char* path : {"/system.slice", "/user.slice", "/z.slice", "/system.slice/c.service"}) {
    EXPECT_EQ(kernel(samples, path), 0) << path;
  }
  EXPECT_EQ(series_count(samples, kMetric), 8U);
  EXPECT_EQ(value_of(samples, "perfwatch_series_limited_total", {"cgroup"}), 2);
  (void)round({{"system.slice/b.service", 100}});
  remove("z.slice");
  const auto later = round();
  EXPECT_EQ(kernel(later, "/system.slice/b.service"), 0) << "who spent most since";
  EXPECT_EQ(value_of(later, "perfwatch_series_limited_total", {"cgroup"}), 2);
}

TEST_F(CgroupsOfAHost, SpendInTheFirstLevelWithoutAPlaceOfTheirOwn) {
  use("system.slice/c.service", 200);
  (void)round();
  EXPECT_EQ(attributed(round({{"system.slice/b.service", 3}}), "/system.slice"), 3);
}

TEST_F(CgroupsOfAHost, AreNamedByAnybody) {
  fs::remove_all(tree.path() + "/fs/cgroup/system.slice");
  use("user.slice/\x1b[2J\n\xff\"", 1);
  use("user.slice/" + std::string(250, 'x'), 1);
  const auto samples = round();
  EXPECT_EQ(kernel(samples, "/user.slice/\\x1B[2J\\x0A\\xFF\""), 0);
  for (const auto& series : samples.schema->series) {
    for (const auto& label : series.label_values) EXPECT_LE(label.size(), 256U);
  }
}

TEST_F(CgroupsOfAHost, ThatLookTheSameAreNotMixedUp) {
  fs::remove_all(tree.path() + "/fs/cgroup/system.slice");
  use("user.slice/" + std::string(255, 'x'), 1);
  use("user.slice/" + std::string(254, 'x') + "y", 1);
  const auto samples = round();
  EXPECT_EQ(series_count(samples, kMetric), 4U);
  EXPECT_EQ(item_errors(samples, ErrorKind::malformed), 1U);
  EXPECT_EQ(item_errors(round(), ErrorKind::malformed), 0U) << "said once";
}

TEST_F(CgroupsOfAHost, NeverCountBackwards) {
  (void)round();
  use("user.slice", 3);
  EXPECT_EQ(kernel(round(), "/user.slice"), 0);
  use("user.slice", 4);
  EXPECT_EQ(kernel(round(), "/user.slice"), 1);
}

TEST_F(CgroupsOfAHost, AreAbsentWhileTheyCannotBeRead) {
  (void)round();
  tree.write("fs/cgroup/user.slice/cpu.stat", "garbage\n");
  const auto samples = round({{"user.slice", 1}});
  EXPECT_EQ(kernel(samples, "/user.slice"), std::nullopt);
  EXPECT_EQ(attributed(samples, "/user.slice"), 1);
  EXPECT_EQ(item_errors(samples, ErrorKind::malformed), 1U);
  EXPECT_NE(samples.item_error_text.find("/user.slice"), std::string::npos);
  use("user.slice", 7);
  EXPECT_EQ(kernel(round(), "/user.slice"), 2);
}

TEST_F(CgroupsOfAHost, AreNoneWhereNoneAreMounted) {
  fs::remove_all(tree.path() + "/fs/cgroup");
  EXPECT_EQ(round().schema->series.size(), 0U);
  EXPECT_NE(cgroups.problem().find("no cgroups"), std::string::npos);
  tree.write("fs/cgroup/cgroup.controllers", "cpu\n");
  use("system.slice", 1);
  EXPECT_EQ(round().schema->series.size(), 0U) << "not looked for in every round";
  now += std::chrono::minutes(1);
  EXPECT_EQ(kernel(round(), "/system.slice"), 0);
  EXPECT_EQ(cgroups.problem(), "");
}

TEST_F(CgroupsOfAHost, SurviveThatTheWholeTreeGoes) {
  (void)round();
  fs::remove_all(tree.path() + "/fs/cgroup");
  EXPECT_EQ(series_count(round(), kMetric), 0U);
}

TEST(CgroupsOfV1, HaveTheWholeHostToo) {
  TempTree tree{{"fs/cgroup/cpuacct/cpuacct.usage", "9000000000\n"},
                {"fs/cgroup/cpuacct/release_agent", "\n"},
                {"fs/cgroup/cpuacct/docker/cpuacct.usage", "1000000000\n"}};
  CgroupCpu cgroups({.sysfs = tree.path()});
  const auto round = [&](std::uint64_t id, double seconds) {
    cgroups.spend(id, seconds);
    cgroups.spend(0, seconds / 2);
    cgroups.update({});
    SampleWriter out(nullptr);
    cgroups.write(out);
    return std::move(out).finish();
  };
  (void)round(1, 5);
  tree.write("fs/cgroup/cpuacct/cpuacct.usage", "12000000000\n");
  const auto samples = round(1, 2);
  EXPECT_EQ(value_of(samples, kMetric, {"/", "kernel"}), 3);
  EXPECT_EQ(value_of(samples, kMetric, {"/", "attributed"}), 3);
  EXPECT_EQ(value_of(samples, kMetric, {"/docker", "kernel"}), 0);
}

constexpr const char* kRealRoots[] = {"/sys/fs/cgroup/cpuacct", "/sys/fs/cgroup/unified",
                                      "/sys/fs/cgroup"};
std::string root_name(const testing::TestParamInfo<const char*>& info) {
  return fs::path(info.param).filename().string();
}

// A real cgroup with a child that burns, made and removed here.
class RealCgroup : public testing::TestWithParam<const char*> {
 protected:
  void SetUp() override {
    const fs::path root = GetParam();
    if (!fs::exists(root / "cgroup.procs")) GTEST_SKIP() << root << " is no cgroup here";
    outer_ = root / ("perfwatch-test-" + std::to_string(::getpid()));
    inner_ = outer_ / "inner";
    if (::mkdir(outer_.c_str(), 0755) != 0)
      GTEST_SKIP() << "cannot make " << outer_ << ": no right";
    ASSERT_EQ(::mkdir(inner_.c_str(), 0755), 0);
  }
  void TearDown() override {
    stop_child();
    ::rmdir(inner_.c_str());
    ::rmdir(outer_.c_str());
  }
  void start_child() {
    child_ = ::fork();
    ASSERT_GE(child_, 0);
    if (child_ == 0) {
      const volatile bool burn = true;
      while (burn) continue;
    }
    std::ofstream(inner_ / "cgroup.procs") << child_ << std::flush;
  }
  void stop_child() {
    if (child_ <= 0) return;
    ::kill(child_, SIGKILL);
    ::waitpid(child_, nullptr, 0);
    child_ = -1;
  }
  // CPU seconds that the child has had, by the scheduler's own clock.
  [[nodiscard]] double child_seconds() const {
    std::uint64_t nanoseconds = 0;
    std::ifstream("/proc/" + std::to_string(child_) + "/schedstat") >> nanoseconds;
    return static_cast<double>(nanoseconds) / 1e9;
  }
  void burn(double seconds) const {
    const double start = child_seconds();
    while (child_seconds() - start < seconds) ::usleep(5000);
  }
  static std::uint64_t id(const fs::path& path) {
    struct stat status {};
    ::stat(path.c_str(), &status);
    return status.st_ino;
  }
  fs::path outer_;
  fs::path inner_;
  pid_t child_ = -1;
};

TEST_P(RealCgroup, IsListedByItsIdAndReadsWhatItsChildBurnt) {
  const UniqueFd root(::open(GetParam(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  CgroupTree tree{UniqueFd(::dup(root.get()))};
  (void)tree.refresh({});
  ASSERT_TRUE(tree.nodes().contains(id(outer_)));
  ASSERT_TRUE(tree.nodes().contains(id(inner_)));
  EXPECT_EQ(tree.nodes().at(id(inner_)).parent, id(outer_));

  const fs::path more = outer_ / "more";
  ASSERT_EQ(::mkdir(more.c_str(), 0755), 0);
  const auto more_id = id(more);
  EXPECT_EQ(tree.refresh({}).came, std::vector<std::uint64_t>{more_id}) << "seen by its links";
  ASSERT_EQ(::rmdir(more.c_str()), 0);
  const auto went = tree.refresh({}).went;
  ASSERT_EQ(went.size(), 1U);
  EXPECT_EQ(went[0], (std::pair{more_id, id(outer_)}));
}

INSTANTIATE_TEST_SUITE_P(Hierarchies, RealCgroup, testing::ValuesIn(kRealRoots), root_name);

// CgroupCpu reads the hierarchy of this host; a tree of links makes it read the other one, too.
class RealCgroupCpu : public RealCgroup {};

TEST_P(RealCgroupCpu, AgreesWithTheScheduler) {
  TempTree sys;
  const fs::path link = sys.path() / fs::path(GetParam()).relative_path().lexically_relative("sys");
  fs::create_directories(link.parent_path());
  fs::create_directory_symlink(GetParam(), link);
  CgroupCpu cgroups({.sysfs = sys.path()}, 1000);
  start_child();
  ASSERT_GT(child_, 0);
  burn(0.02);  // whatever it had before it was moved
  double before = child_seconds();
  const auto round = [&] {
    const double seconds = child_seconds();
    cgroups.spend(id(inner_), seconds - before);
    before = seconds;
    cgroups.update(Instant::now());
    SampleWriter out(nullptr);
    cgroups.write(out);
    return std::move(out).finish();
  };
  (void)round();
  ASSERT_EQ(cgroups.problem(), "");
  burn(0.3);
  const auto samples = round();
  const std::string label = "/" + outer_.filename().string();
  for (const std::string& path : {label, label + "/inner"}) {
    const auto kernel = value_of(samples, kMetric, {path, "kernel"});
    const auto attributed = value_of(samples, kMetric, {path, "attributed"});
    ASSERT_TRUE(kernel && attributed) << path;
    EXPECT_GE(*attributed, 0.3) << path;
    // It runs on while we read; a tick and what others took from us in between.
    EXPECT_NEAR(*kernel, *attributed, 0.1) << path;
  }
  stop_child();
  ::rmdir(inner_.c_str());
  before = 0;
  EXPECT_EQ(value_of(round(), kMetric, {label + "/inner", "kernel"}), std::nullopt);
}

INSTANTIATE_TEST_SUITE_P(Hierarchies, RealCgroupCpu, testing::ValuesIn(kRealRoots), root_name);

}  // namespace
}  // namespace perfwatch
