// SPDX-License-Identifier: Apache-2.0
#include "core/collect/disk.h"

#include <unistd.h>

#include <algorithm>
#include <utility>

#include "core/base/text.h"
#include "core/collect/item_names.h"
#include "core/collect/values.h"

namespace perfwatch {
namespace {

constexpr Metric kReadBytes{"perfwatch_disk_read_bytes_total",
                            MetricType::counter,
                            "Bytes read from the disk.",
                            {"device"}};
constexpr Metric kWrittenBytes{"perfwatch_disk_written_bytes_total",
                               MetricType::counter,
                               "Bytes written to the disk.",
                               {"device"}};
constexpr Metric kReads{"perfwatch_disk_reads_completed_total",
                        MetricType::counter,
                        "Reads that the disk completed.",
                        {"device"}};
constexpr Metric kWrites{"perfwatch_disk_writes_completed_total",
                         MetricType::counter,
                         "Writes that the disk completed.",
                         {"device"}};
constexpr Metric kIoTime{"perfwatch_disk_io_time_seconds_total",
                         MetricType::counter,
                         "Time in which the disk had at least one request.",
                         {"device"}};
constexpr Metric kReadTime{"perfwatch_disk_read_time_seconds_total",
                           MetricType::counter,
                           "Time that all reads took together.",
                           {"device"}};
constexpr Metric kWriteTime{"perfwatch_disk_write_time_seconds_total",
                            MetricType::counter,
                            "Time that all writes took together.",
                            {"device"}};
constexpr Metric kInProgress{"perfwatch_disk_io_in_progress",
                             MetricType::gauge,
                             "Requests that the disk works on now.",
                             {"device"}};

constexpr const Metric* kMetrics[] = {&kReadBytes, &kWrittenBytes, &kReads,     &kWrites,
                                      &kIoTime,    &kReadTime,     &kWriteTime, &kInProgress};

enum class Unit : std::uint8_t { count, sectors, milliseconds };

struct Row {
  const Metric* metric;
  DiskColumn column;
  Unit unit;
};
constexpr Row kRows[] = {
    {&kReadBytes, DiskColumn::sectors_read, Unit::sectors},
    {&kWrittenBytes, DiskColumn::sectors_written, Unit::sectors},
    {&kReads, DiskColumn::reads, Unit::count},
    {&kWrites, DiskColumn::writes, Unit::count},
    {&kIoTime, DiskColumn::io_milliseconds, Unit::milliseconds},
    {&kReadTime, DiskColumn::read_milliseconds, Unit::milliseconds},
    {&kWriteTime, DiskColumn::write_milliseconds, Unit::milliseconds},
    {&kInProgress, DiskColumn::in_progress, Unit::count},
};

double in_base_unit(double value, Unit unit) {
  constexpr double kSectorBytes = 512;  // in this file, whatever the disk's own sectors are
  constexpr double kMillisecondsPerSecond = 1000;
  if (unit == Unit::sectors) return value * kSectorBytes;
  if (unit == Unit::milliseconds) return value / kMillisecondsPerSecond;
  return value;
}

bool is_digit(char c) { return c >= '0' && c <= '9'; }

std::string_view without_number(std::string_view name) {
  while (!name.empty() && is_digit(name.back())) name.remove_suffix(1);
  return name;
}

template <std::size_t size>
bool starts_with_any(std::string_view name, const std::string_view (&prefixes)[size]) {
  return std::ranges::any_of(prefixes, [&](auto prefix) { return name.starts_with(prefix); });
}

}  // namespace

std::vector<DiskStat> parse_diskstats(std::string_view text) {
  std::vector<DiskStat> disks;
  std::string_view line;
  while (next_line(text, line)) {
    const auto major = next_u64(line);
    const auto minor = next_u64(line);
    const auto name = next_word(line);
    if (!major || !minor || name.empty()) continue;
    DiskStat disk{std::string(name), {}};
    for (auto& column : disk.columns) column = next_u64(line);
    disks.push_back(std::move(disk));
  }
  return disks;
}

bool is_partition_name(std::string_view name) {
  constexpr std::string_view kLettered[] = {"sd", "hd", "vd", "xvd", "dasd"};  // sda1
  const auto stem = without_number(name);
  if (stem.size() == name.size()) return false;
  if (starts_with_any(name, kLettered)) return true;
  // nvme0n1p1, mmcblk0p1, md0p1: the device's own name ends in a digit.
  return stem.size() > 1 && stem.back() == 'p' && is_digit(stem[stem.size() - 2]);
}

bool is_ignored_disk(std::string_view name) {
  constexpr std::string_view kStems[] = {"loop", "ram", "zram", "sr", "fd"};
  return std::ranges::find(kStems, without_number(name)) != std::end(kStems);
}

DiskCollector::DiskCollector(const Roots& roots)
    : file_(roots.procfs + "/diskstats"), block_folder_(roots.sysfs + "/block") {}

MetricList DiskCollector::metrics() const { return kMetrics; }

Result<Samples> DiskCollector::collect(Instant) {
  auto text = file_.read();
  if (!text) return tl::unexpected(std::move(text.error()));
  auto disks = parse_diskstats(*text);
  const bool sysfs = ::access(block_folder_.c_str(), F_OK) == 0;
  std::erase_if(disks, [&](const auto& disk) { return !is_whole_disk(disk.name, sysfs); });
  return describe(disks);
}

bool DiskCollector::is_whole_disk(std::string_view name, bool sysfs) const {
  if (is_ignored_disk(name)) return false;
  if (!sysfs) return !is_partition_name(name);
  std::string entry(name);
  std::ranges::replace(entry, '/', '!');  // as sysfs does: cciss/c0d0 -> cciss!c0d0
  if (entry == "." || entry == "..") return false;
  return ::access((block_folder_ + "/" + entry).c_str(), F_OK) == 0;
}

Samples DiskCollector::describe(const std::vector<DiskStat>& disks) {
  SampleWriter out(schema_);
  ItemNames names("disks", out);
  std::vector<std::pair<std::string, const DiskStat*>> named;
  for (const auto& disk : disks) {
    if (auto name = names.admit(disk.name)) named.emplace_back(std::move(*name), &disk);
  }
  for (const auto& row : kRows) {
    for (const auto& [name, disk] : named) {
      const auto value = or_absent(disk->columns[static_cast<std::size_t>(row.column)]);
      out.add(*row.metric, in_base_unit(value, row.unit), {name});
    }
  }
  Samples samples = std::move(out).finish();
  schema_ = samples.schema;
  return samples;
}

}  // namespace perfwatch
