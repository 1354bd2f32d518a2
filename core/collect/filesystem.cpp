// SPDX-License-Identifier: Apache-2.0
#include "core/collect/filesystem.h"

#include <sys/statvfs.h>

#include <algorithm>
#include <cerrno>
#include <limits>
#include <optional>
#include <unordered_set>
#include <utility>

#include "core/base/text.h"
#include "core/collect/item_names.h"

namespace perfwatch {
namespace {

constexpr Metric kSize{"perfwatch_filesystem_size_bytes",
                       MetricType::gauge,
                       "Size of the filesystem.",
                       {"mountpoint", "device", "fstype"}};
constexpr Metric kAvailable{
    "perfwatch_filesystem_available_bytes",
    MetricType::gauge,
    "Space that users without privileges can still fill; not for a read-only mount.",
    {"mountpoint", "device", "fstype"}};
constexpr Metric kFree{"perfwatch_filesystem_free_bytes",
                       MetricType::gauge,
                       "Space that root can still fill.",
                       {"mountpoint", "device", "fstype"}};
constexpr Metric kFiles{"perfwatch_filesystem_files",
                        MetricType::gauge,
                        "Files (inodes) that the filesystem can hold.",
                        {"mountpoint", "device", "fstype"}};
constexpr Metric kFilesFree{"perfwatch_filesystem_files_free",
                            MetricType::gauge,
                            "Files (inodes) that can still be created.",
                            {"mountpoint", "device", "fstype"}};
constexpr Metric kFilesUsed{"perfwatch_filesystem_files_used",
                            MetricType::gauge,
                            "Files (inodes) that there are.",
                            {"mountpoint", "device", "fstype"}};
constexpr Metric kReadOnly{"perfwatch_filesystem_read_only",
                           MetricType::gauge,
                           "1 when the filesystem is mounted read-only.",
                           {"mountpoint", "device", "fstype"}};

constexpr const Metric* kMetrics[] = {&kSize,      &kAvailable, &kFree,    &kFiles,
                                      &kFilesFree, &kFilesUsed, &kReadOnly};

constexpr std::string_view kIgnoredTypes[] = {
    "autofs",     "binfmt_misc", "bpf",       "cgroup",   "cgroup2", "configfs",  "debugfs",
    "devpts",     "devtmpfs",    "efivarfs",  "erofs",    "fusectl", "hugetlbfs", "iso9660",
    "mqueue",     "nsfs",        "overlay",   "proc",     "procfs",  "pstore",    "ramfs",
    "rpc_pipefs", "securityfs",  "selinuxfs", "squashfs", "sysfs",   "tracefs"};
// These and everything below.
constexpr std::string_view kIgnoredTrees[] = {"/dev", "/proc", "/sys", "/run/user",
                                              "/run/credentials"};
// Everything below, but not these: /var/lib/docker on a disk of its own is worth watching.
constexpr std::string_view kIgnoredBelow[] = {"/var/lib/docker", "/var/lib/containers",
                                              "/var/lib/kubelet"};

bool is_below(std::string_view path, std::string_view folder) {
  return path.size() > folder.size() && path.starts_with(folder) && path[folder.size()] == '/';
}

std::optional<char> octal_escape(std::string_view text) {
  const auto digit = [&](std::size_t i) { return text[i] >= '0' && text[i] <= '7'; };
  if (text.size() < 4 || text[0] != '\\' || !digit(1) || !digit(2) || !digit(3)) {
    return std::nullopt;
  }
  const int value = (text[1] - '0') * 64 + (text[2] - '0') * 8 + (text[3] - '0');
  // A NUL would cut the path in two: the kernel never writes one.
  if (value == 0 || value > 0xFF) return std::nullopt;
  return static_cast<char>(value);
}

std::string decode(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  while (!text.empty()) {
    const auto escape = octal_escape(text);
    out += escape.value_or(text.front());
    text.remove_prefix(escape ? 4 : 1);
  }
  return out;
}

bool has_option(std::string_view options, std::string_view wanted) {
  while (!options.empty()) {
    const auto comma = options.find(',');
    if (options.substr(0, comma) == wanted) return true;
    if (comma == std::string_view::npos) return false;
    options.remove_prefix(comma + 1);
  }
  return false;
}

// A FUSE server may claim any number.
std::uint64_t saturating_product(std::uint64_t a, std::uint64_t b) {
  if (b != 0 && a > std::numeric_limits<std::uint64_t>::max() / b) {
    return std::numeric_limits<std::uint64_t>::max();
  }
  return a * b;
}

// A mount with its label values and the answer of its filesystem.
struct Row {
  std::string mountpoint;
  std::string device;
  std::string fstype;
  FilesystemUsage usage;
  bool read_only;
};

double files_or_absent(const Row& row, std::uint64_t count) {
  return row.usage.files == 0 ? kAbsent : static_cast<double>(count);
}

void write(const std::vector<Row>& rows, SampleWriter& out) {
  const auto add = [&](const Metric& metric, auto value) {
    for (const auto& row : rows) {
      out.add(metric, static_cast<double>(value(row)), {row.mountpoint, row.device, row.fstype});
    }
  };
  add(kSize, [](const Row& row) { return row.usage.size_bytes; });
  add(kAvailable, [](const Row& row) {  // nobody can fill it, so it is not about to be full either
    return row.read_only ? kAbsent : static_cast<double>(row.usage.available_bytes);
  });
  add(kFree, [](const Row& row) { return row.usage.free_bytes; });
  add(kFiles, [](const Row& row) { return files_or_absent(row, row.usage.files); });
  add(kFilesFree, [](const Row& row) { return files_or_absent(row, row.usage.files_free); });
  add(kFilesUsed, [](const Row& row) {
    const auto& usage = row.usage;
    return files_or_absent(row, usage.files - std::min(usage.files, usage.files_free));
  });
  add(kReadOnly, [](const Row& row) { return row.read_only ? 1 : 0; });
}

}  // namespace

Result<FilesystemUsage> stat_filesystem(const std::string& path) {
  struct statvfs answer {};
  int failed = 0;
  do {
    failed = ::statvfs(path.c_str(), &answer);
  } while (failed != 0 && errno == EINTR);
  if (failed != 0) return tl::unexpected(error_from_errno(errno));
  const std::uint64_t unit = answer.f_frsize != 0 ? answer.f_frsize : answer.f_bsize;
  return FilesystemUsage{saturating_product(answer.f_blocks, unit),
                         saturating_product(answer.f_bfree, unit),
                         saturating_product(answer.f_bavail, unit), answer.f_files, answer.f_ffree};
}

Result<std::vector<Mount>> parse_mounts(std::string_view text) {
  struct Line {
    std::string_view device, mountpoint, fstype, options;
  };
  std::vector<Line> lines;
  std::string_view line;
  while (next_line(text, line)) {
    Line words{next_word(line), next_word(line), next_word(line), next_word(line)};
    if (words.options.empty() || !words.mountpoint.starts_with('/')) continue;
    lines.push_back(words);
  }
  if (lines.empty()) return fail(ErrorKind::malformed, "no mount");

  std::vector<Mount> mounts;
  std::unordered_set<std::string_view> seen;
  for (auto last = lines.rbegin(); last != lines.rend(); ++last) {
    if (!seen.insert(last->mountpoint).second) continue;
    mounts.push_back({decode(last->device), decode(last->mountpoint), decode(last->fstype),
                      has_option(last->options, "ro")});
  }
  std::ranges::reverse(mounts);
  return mounts;
}

bool is_watched(const Mount& mount) {
  const std::string_view path = mount.mountpoint;
  return std::ranges::find(kIgnoredTypes, mount.fstype) == std::end(kIgnoredTypes) &&
         std::ranges::none_of(kIgnoredTrees,
                              [&](auto tree) { return path == tree || is_below(path, tree); }) &&
         std::ranges::none_of(kIgnoredBelow, [&](auto tree) { return is_below(path, tree); });
}

FilesystemCollector::FilesystemCollector(const Roots& roots, StatFilesystem stat)
    : file_{roots.procfs + "/1/mounts", roots.procfs + "/self/mounts", roots.procfs + "/mounts"},
      rootfs_(roots.rootfs),
      stat_(std::move(stat)) {}

MetricList FilesystemCollector::metrics() const { return kMetrics; }

Result<Samples> FilesystemCollector::collect(Instant) {
  auto text = file_.read();
  if (!text) return tl::unexpected(std::move(text.error()));
  auto mounts = parse_mounts(*text);
  if (!mounts) return tl::unexpected(within("parsing " + file_.path(), std::move(mounts.error())));
  std::erase_if(*mounts, [](const Mount& mount) { return !is_watched(mount); });
  return describe(*mounts);
}

Samples FilesystemCollector::describe(const std::vector<Mount>& mounts) {
  SampleWriter out(schema_);
  ItemNames names("mounted filesystems", out);
  std::vector<Row> rows;
  for (const auto& mount : mounts) {
    auto mountpoint = names.admit(mount.mountpoint);
    if (!mountpoint) continue;
    auto usage = stat_(rootfs_ + mount.mountpoint);
    if (!usage) {
      out.item_error(within("statvfs " + *mountpoint, std::move(usage.error())));
    } else if (usage->size_bytes > 0) {  // without a size it holds nothing that could fill up
      rows.push_back({std::move(*mountpoint), printable_utf8(mount.device),
                      printable_utf8(mount.fstype), *usage, mount.read_only});
    }
  }
  write(rows, out);
  Samples samples = std::move(out).finish();
  schema_ = samples.schema;
  return samples;
}

}  // namespace perfwatch
