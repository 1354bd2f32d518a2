// SPDX-License-Identifier: Apache-2.0
#include "core/collect/disk.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/collect/item_names.h"
#include "tests/core/collect/value_of.h"
#include "tests/support/temp_tree.h"

namespace perfwatch {
namespace {

using test::item_errors;
using test::series_count;
using test::TempTree;
using test::value_of;
using testing::HasSubstr;

constexpr std::string_view kDiskstats =
    "   7       0 loop0 812 0 16220 96 0 0 0 0 0 144 96 0 0 0 0 0 0\n"
    "   8       0 sda 31295 7918 3498122 15046 27929 10264 2658680 7673 4 10928 23010 42 0 1 2 3 "
    "4\n"
    "   8       1 sda1 30000 7918 3498000 15000 27929 10264 2658680 7673 4 10900 23000\n";

Result<Samples> collect(const TempTree& tree) {
  return DiskCollector({.procfs = tree.path(), .sysfs = tree.path() + "/sys"}).collect(Instant{});
}

TEST(ParseDiskstats, ReadsEveryDeviceAndItsColumns) {
  const auto disks = parse_diskstats(kDiskstats);
  ASSERT_EQ(disks.size(), 3U);
  EXPECT_EQ(disks[1].name, "sda");
  const auto column = [&](DiskColumn one) {
    return disks[1].columns[static_cast<std::size_t>(one)];
  };
  EXPECT_EQ(column(DiskColumn::reads), 31295U);
  EXPECT_EQ(column(DiskColumn::sectors_read), 3498122U);
  EXPECT_EQ(column(DiskColumn::read_milliseconds), 15046U);
  EXPECT_EQ(column(DiskColumn::writes), 27929U);
  EXPECT_EQ(column(DiskColumn::sectors_written), 2658680U);
  EXPECT_EQ(column(DiskColumn::write_milliseconds), 7673U);
  EXPECT_EQ(column(DiskColumn::in_progress), 4U);
  EXPECT_EQ(column(DiskColumn::io_milliseconds), 10928U);
}

TEST(ParseDiskstats, SkipsLinesThatNameNoDeviceAndKeepsShortOnes) {
  const auto disks = parse_diskstats("garbage\n8 0\n8 x sda 1\n\n8 0 sdb 12 0 96 4\n");
  ASSERT_EQ(disks.size(), 1U);
  EXPECT_EQ(disks[0].name, "sdb");
  EXPECT_EQ(disks[0].columns[0], 12U);
  EXPECT_FALSE(disks[0].columns[4]);
}

TEST(IsPartitionName, KnowsTheKernelsNames) {
  for (const auto name :
       {"sda1", "hdb12", "vda3", "xvda1", "dasda1", "nvme0n1p1", "mmcblk0p2", "md0p1", "nbd0p1"}) {
    EXPECT_TRUE(is_partition_name(name)) << name;
  }
  for (const auto name :
       {"sda", "vdz", "nvme0n1", "mmcblk0", "md0", "dm-0", "nbd0", "p1", "12", ""}) {
    EXPECT_FALSE(is_partition_name(name)) << name;
  }
}

TEST(IsIgnoredDisk, KnowsWhatIsNoDisk) {
  for (const auto name : {"loop0", "ram15", "zram0", "sr0", "fd0"}) {
    EXPECT_TRUE(is_ignored_disk(name)) << name;
  }
  for (const auto name : {"sda", "fdx0", "srv0", "nvme0n1", "dm-0"}) {
    EXPECT_FALSE(is_ignored_disk(name)) << name;
  }
}

TEST(DiskCollector, CountsInBytesAndSecondsPerWholeDisk) {
  TempTree tree{{"diskstats", kDiskstats}, {"sys/block/sda/size", "1"}};
  const auto samples = collect(tree);
  ASSERT_TRUE(samples);
  EXPECT_EQ(value_of(*samples, "perfwatch_disk_read_bytes_total", {"sda"}), 3498122.0 * 512);
  EXPECT_EQ(value_of(*samples, "perfwatch_disk_written_bytes_total", {"sda"}), 2658680.0 * 512);
  EXPECT_EQ(value_of(*samples, "perfwatch_disk_reads_completed_total", {"sda"}), 31295);
  EXPECT_EQ(value_of(*samples, "perfwatch_disk_writes_completed_total", {"sda"}), 27929);
  EXPECT_EQ(value_of(*samples, "perfwatch_disk_io_time_seconds_total", {"sda"}), 10.928);
  EXPECT_EQ(value_of(*samples, "perfwatch_disk_read_time_seconds_total", {"sda"}), 15.046);
  EXPECT_EQ(value_of(*samples, "perfwatch_disk_write_time_seconds_total", {"sda"}), 7.673);
  EXPECT_EQ(value_of(*samples, "perfwatch_disk_io_in_progress", {"sda"}), 4);
  EXPECT_EQ(series_count(*samples, "perfwatch_disk_io_in_progress"), 1U) << "no sda1, no loop0";
}

TEST(DiskCollector, GoesByNamesWithoutSysfs) {
  TempTree tree{{"diskstats", kDiskstats}};
  const auto samples = collect(tree);
  ASSERT_TRUE(samples);
  EXPECT_EQ(series_count(*samples, "perfwatch_disk_io_in_progress"), 1U);
  EXPECT_TRUE(value_of(*samples, "perfwatch_disk_io_in_progress", {"sda"}));
}

TEST(DiskCollector, FindsNamesWithSlashesInSysfsAndNothingAboveIt) {
  TempTree tree{{"diskstats", "104 0 cciss/c0d0 1 0 1 1 1 0 1 1 0 1 1\n8 0 .. 1\n8 0 ../block 1\n"},
                {"sys/block/cciss!c0d0/size", "1"}};
  const auto samples = collect(tree);
  ASSERT_TRUE(samples);
  EXPECT_EQ(series_count(*samples, "perfwatch_disk_reads_completed_total"), 1U);
  EXPECT_EQ(value_of(*samples, "perfwatch_disk_reads_completed_total", {"cciss/c0d0"}), 1);
}

TEST(DiskCollector, LeavesOutTheColumnsThatAreMissing) {
  TempTree tree{{"diskstats", "8 0 sda 12 0 96 4\n"}};
  const auto samples = collect(tree);
  ASSERT_TRUE(samples);
  EXPECT_EQ(value_of(*samples, "perfwatch_disk_reads_completed_total", {"sda"}), 12);
  EXPECT_EQ(value_of(*samples, "perfwatch_disk_writes_completed_total", {"sda"}), std::nullopt);
}

TEST(DiskCollector, IsContentWithAHostWithoutDisks) {
  TempTree tree{{"diskstats", ""}};
  const auto samples = collect(tree);
  ASSERT_TRUE(samples);
  EXPECT_TRUE(samples->values.empty());
}

TEST(DiskCollector, CapsTheFamilyAndCountsTheRest) {
  std::string text;
  for (std::size_t i = 0; i < kMaxItems + 3; ++i) {
    text += "9 0 md" + std::to_string(i) + " 1 0 1 1 1 0 1 1 0 1 1\n";
  }
  TempTree tree{{"diskstats", text}};
  const auto samples = collect(tree);
  ASSERT_TRUE(samples);
  EXPECT_EQ(series_count(*samples, "perfwatch_disk_io_in_progress"), kMaxItems);
  EXPECT_EQ(item_errors(*samples, ErrorKind::unsupported), 3U);
  EXPECT_EQ(samples->item_error_text, "more than 256 disks, the rest is left out");
}

TEST(DiskCollector, GivesNoSeriesTwiceWhenNamesLookTheSame) {
  TempTree tree{{"diskstats", "8 0 a\xFF 1\n8 1 a\\xFF 2\n8 2 a\xFF 3\n"}};
  const auto samples = collect(tree);
  ASSERT_TRUE(samples);
  EXPECT_EQ(series_count(*samples, "perfwatch_disk_reads_completed_total"), 1U);
  EXPECT_EQ(value_of(*samples, "perfwatch_disk_reads_completed_total", {"a\\xFF"}), 1);
  EXPECT_EQ(item_errors(*samples, ErrorKind::malformed), 2U);
  EXPECT_THAT(samples->item_error_text, HasSubstr("two disks named \"a\\xFF\""));
}

}  // namespace
}  // namespace perfwatch
