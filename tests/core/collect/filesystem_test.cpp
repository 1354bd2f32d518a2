// SPDX-License-Identifier: Apache-2.0
#include "core/collect/filesystem.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>

#include "core/collect/item_names.h"
#include "tests/core/collect/value_of.h"
#include "tests/support/temp_tree.h"

namespace perfwatch {
namespace {

using test::item_errors;
using test::series_count;
using test::TempTree;
using test::value_of;
using testing::ElementsAre;

constexpr FilesystemUsage kUsage{
    .size_bytes = 1000, .free_bytes = 400, .available_bytes = 300, .files = 50, .files_free = 20};

// Answers from a table and remembers who was asked.
struct FakeStat {
  std::map<std::string, Result<FilesystemUsage>> answers;
  std::vector<std::string> asked;

  StatFilesystem function() {
    return [this](const std::string& path) -> Result<FilesystemUsage> {
      asked.push_back(path);
      const auto found = answers.find(path);
      return found == answers.end() ? kUsage : found->second;
    };
  }
};

Result<Samples> collect(const TempTree& tree, FakeStat& stat, std::string rootfs = "") {
  FilesystemCollector collector({.procfs = tree.path(), .rootfs = std::move(rootfs)},
                                stat.function());
  return collector.collect(Instant{});
}

TEST(ParseMounts, ReadsDeviceMountPointTypeAndReadOnly) {
  const auto mounts = parse_mounts(
      "/dev/sda2 / ext4 rw,relatime,errors=remount-ro 0 0\nnas:/x /mnt nfs4 ro,relatime 0 0\n");
  ASSERT_TRUE(mounts);
  ASSERT_EQ(mounts->size(), 2U);
  EXPECT_EQ((*mounts)[0].device, "/dev/sda2");
  EXPECT_EQ((*mounts)[0].mountpoint, "/");
  EXPECT_EQ((*mounts)[0].fstype, "ext4");
  EXPECT_FALSE((*mounts)[0].read_only);
  EXPECT_TRUE((*mounts)[1].read_only);
}

TEST(ParseMounts, DecodesOctalEscapes) {
  const auto mounts = parse_mounts("//nas/a\\040b /mnt/a\\040b\\011\\012\\134\\043 cifs rw 0 0\n");
  ASSERT_TRUE(mounts);
  EXPECT_EQ((*mounts)[0].device, "//nas/a b");
  EXPECT_EQ((*mounts)[0].mountpoint, "/mnt/a b\t\n\\#");
}

TEST(ParseMounts, KeepsBackslashesThatAreNoEscape) {
  const auto mounts = parse_mounts("a /m\\04 ext4 rw\nb /n\\000 ext4 rw\nc /o\\777\\ ext4 rw\n");
  ASSERT_TRUE(mounts);
  EXPECT_EQ((*mounts)[0].mountpoint, "/m\\04");
  EXPECT_EQ((*mounts)[1].mountpoint, "/n\\000") << "a NUL would cut the path in two";
  EXPECT_EQ((*mounts)[2].mountpoint, "/o\\777\\");
}

TEST(ParseMounts, TakesTheLastMountOnOneMountPoint) {
  const auto mounts = parse_mounts(
      "/dev/sda1 / ext4 rw 0 0\nauto.home /home autofs rw 0 0\n"
      "/dev/sdb1 /srv xfs rw 0 0\nnas:/home /home nfs4 rw 0 0\n");
  ASSERT_TRUE(mounts);
  ASSERT_EQ(mounts->size(), 3U);
  EXPECT_EQ((*mounts)[1].mountpoint, "/srv");
  EXPECT_EQ((*mounts)[2].device, "nas:/home");
}

TEST(ParseMounts, RefusesATextWithoutMountsAndSkipsBadLines) {
  EXPECT_FALSE(parse_mounts(""));
  EXPECT_FALSE(parse_mounts("garbage\n/dev/sda1 relative ext4 rw 0 0\n/dev/sda1 / ext4\n"));
  EXPECT_EQ(parse_mounts("garbage\n/dev/sda1 / ext4 rw 0 0\n")->size(), 1U);
}

TEST(IsWatched, LeavesOutPseudoFilesystemsAndContainers) {
  const auto watched = [](std::string mountpoint, std::string fstype) {
    return is_watched({"x", std::move(mountpoint), std::move(fstype), false});
  };
  EXPECT_TRUE(watched("/", "ext4"));
  EXPECT_TRUE(watched("/run", "tmpfs"));
  EXPECT_TRUE(watched("/development", "xfs"));
  EXPECT_TRUE(watched("/var/lib/docker", "xfs"));
  EXPECT_FALSE(watched("/var/lib/docker/volumes", "xfs"));
  EXPECT_FALSE(watched("/var/lib/containers/storage/overlay", "xfs"));
  EXPECT_FALSE(watched("/dev/shm", "tmpfs"));
  EXPECT_FALSE(watched("/run/user/1000", "tmpfs"));
  EXPECT_FALSE(watched("/", "overlay"));
  EXPECT_FALSE(watched("/sys/fs/cgroup", "cgroup2"));
  EXPECT_FALSE(watched("/snap/core/1", "squashfs"));
}

TEST(FilesystemCollector, GivesTheFillOfEachMount) {
  TempTree tree{{"self/mounts", "/dev/sda2 / ext4 rw 0 0\n/dev/sdb1 /srv/a\\040b xfs ro 0 0\n"}};
  FakeStat stat;
  const auto samples = collect(tree, stat);
  ASSERT_TRUE(samples);
  const auto value = [&](std::string_view metric) {
    return value_of(*samples, metric, {"/srv/a b", "/dev/sdb1", "xfs"});
  };
  EXPECT_EQ(value("perfwatch_filesystem_size_bytes"), 1000);
  EXPECT_EQ(value("perfwatch_filesystem_free_bytes"), 400);
  EXPECT_EQ(value("perfwatch_filesystem_available_bytes"), std::nullopt) << "it is read-only";
  EXPECT_EQ(value_of(*samples, "perfwatch_filesystem_available_bytes", {"/", "/dev/sda2", "ext4"}),
            300);
  EXPECT_EQ(value("perfwatch_filesystem_files"), 50);
  EXPECT_EQ(value("perfwatch_filesystem_files_free"), 20);
  EXPECT_EQ(value("perfwatch_filesystem_read_only"), 1);
  EXPECT_EQ(value_of(*samples, "perfwatch_filesystem_read_only", {"/", "/dev/sda2", "ext4"}), 0);
  EXPECT_THAT(stat.asked, ElementsAre("/", "/srv/a b"));
}

TEST(FilesystemCollector, LooksBelowTheRootOfTheHost) {
  TempTree tree{{"self/mounts", "/dev/sda2 / ext4 rw 0 0\n/dev/sdb1 /srv xfs rw 0 0\n"}};
  FakeStat stat;
  const auto samples = collect(tree, stat, "/host");
  ASSERT_TRUE(samples);
  EXPECT_THAT(stat.asked, ElementsAre("/host/", "/host/srv"));
  EXPECT_TRUE(value_of(*samples, "perfwatch_filesystem_size_bytes", {"/srv", "/dev/sdb1", "xfs"}));
}

TEST(FilesystemCollector, NeverTouchesAnAutomount) {
  TempTree tree{{"self/mounts", "/dev/sda2 / ext4 rw 0 0\nauto.home /home autofs rw 0 0\n"}};
  FakeStat stat;
  ASSERT_TRUE(collect(tree, stat));
  EXPECT_THAT(stat.asked, ElementsAre("/"));
}

TEST(FilesystemCollector, LeavesOutOnlyTheMountThatDoesNotAnswer) {
  TempTree tree{{"self/mounts", "/dev/sda2 / ext4 rw 0 0\nnas:/x /mnt nfs4 rw 0 0\n"}};
  FakeStat stat;
  stat.answers.emplace("/mnt", fail(ErrorKind::io, "no answer within 5 s"));
  const auto samples = collect(tree, stat);
  ASSERT_TRUE(samples);
  EXPECT_EQ(series_count(*samples, "perfwatch_filesystem_size_bytes"), 1U);
  EXPECT_EQ(item_errors(*samples, ErrorKind::io), 1U);
  EXPECT_EQ(samples->item_error_text, "statvfs /mnt: no answer within 5 s");
}

TEST(FilesystemCollector, LeavesOutWhatHasNoSizeAndFilesThatHaveNoLimit) {
  TempTree tree{{"self/mounts", "portal /portal fuse.portal rw 0 0\n/dev/sdb /b btrfs rw 0 0\n"}};
  FakeStat stat;
  stat.answers.emplace("/portal", FilesystemUsage{});
  stat.answers.emplace("/b", FilesystemUsage{.size_bytes = 1000, .free_bytes = 1});
  const auto samples = collect(tree, stat);
  ASSERT_TRUE(samples);
  EXPECT_EQ(series_count(*samples, "perfwatch_filesystem_size_bytes"), 1U);
  EXPECT_EQ(value_of(*samples, "perfwatch_filesystem_files", {"/b", "/dev/sdb", "btrfs"}),
            std::nullopt);
}

TEST(FilesystemCollector, PrefersTheMountsOfInitAndFallsBack) {
  TempTree tree{{"mounts", "c /last ext4 rw 0 0\n"}};
  FakeStat stat;
  ASSERT_TRUE(collect(tree, stat));
  tree.write("self/mounts", "b /own ext4 rw 0 0\n");
  ASSERT_TRUE(collect(tree, stat));
  tree.write("1/mounts", "a /init ext4 rw 0 0\n");
  ASSERT_TRUE(collect(tree, stat));
  EXPECT_THAT(stat.asked, ElementsAre("/last", "/own", "/init"));
}

TEST(FilesystemCollector, AsksNoMoreMountsThanItShows) {
  std::string text;
  for (std::size_t i = 0; i < kMaxItems + 2; ++i) {
    text += "/dev/sda /mnt/" + std::to_string(i) + " ext4 rw 0 0\n";
  }
  TempTree tree{{"self/mounts", text}};
  FakeStat stat;
  const auto samples = collect(tree, stat);
  ASSERT_TRUE(samples);
  EXPECT_EQ(stat.asked.size(), kMaxItems);
  EXPECT_EQ(item_errors(*samples, ErrorKind::unsupported), 2U);
}

TEST(FilesystemCollector, ShowsHostileNamesAsPrintableText) {
  TempTree tree{{"self/mounts", "d\\033[31m /mnt/\\377 ext4 rw 0 0\n"}};
  FakeStat stat;
  const auto samples = collect(tree, stat);
  ASSERT_TRUE(samples);
  EXPECT_TRUE(
      value_of(*samples, "perfwatch_filesystem_size_bytes", {"/mnt/\\xFF", "d\\x1B[31m", "ext4"}));
  EXPECT_THAT(stat.asked, ElementsAre("/mnt/\xFF"));
}

TEST(StatFilesystem, AnswersForAFolderAndSaysWhyNot) {
  TempTree tree;
  const auto usage = stat_filesystem(tree.path());
  ASSERT_TRUE(usage);
  EXPECT_GT(usage->size_bytes, 0U);
  EXPECT_LE(usage->free_bytes, usage->size_bytes);
  EXPECT_FALSE(stat_filesystem(tree.path() + "/missing"));
}

}  // namespace
}  // namespace perfwatch
