// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/roots.h"
#include "core/collect/collector.h"
#include "core/collect/first_readable.h"

namespace perfwatch {

// Size and fill of one mounted filesystem, as statvfs(3) has them.
struct FilesystemUsage {
  std::uint64_t size_bytes = 0;
  std::uint64_t free_bytes = 0;
  std::uint64_t available_bytes = 0;  // to users without privileges
  std::uint64_t files = 0;            // 0: it has no fixed number of them (btrfs)
  std::uint64_t files_free = 0;
};

// Asks one mount point. A dead server makes statvfs hang for ever, so the daemon passes one with a
// deadline, which answers io "no answer within 500 ms" and is never asked a second time while the
// first call hangs.
using StatFilesystem = std::function<Result<FilesystemUsage>(const std::string& path)>;
[[nodiscard]] Result<FilesystemUsage> stat_filesystem(const std::string& path);

// The kernel's bytes, \040 and the like decoded.
struct Mount {
  std::string device;
  std::string mountpoint;
  std::string fstype;
  bool read_only = false;
};

// /proc/PID/mounts (fstab(5) has the format):
//   /dev/sda2 / ext4 rw,relatime,errors=remount-ro 0 0
//   buildnas:/export /mnt/with\040blank nfs4 ro,relatime 0 0
// In the kernel's order. Of several mounts on one mount point only the last is seen by anybody.
// Malformed without any mount.
[[nodiscard]] Result<std::vector<Mount>> parse_mounts(std::string_view text);

// False for what is not storage (proc, cgroup2...), is full by design (squashfs), is a container's
// view of a filesystem that has its own series (overlay), or must not be touched (autofs would
// mount). As node_exporter, and a little more.
[[nodiscard]] bool is_watched(const Mount& mount);

class FilesystemCollector final : public Collector {
 public:
  // Mounts as init sees them, where we may ask (CAP_SYS_PTRACE), otherwise our own: the unit's
  // sandbox makes bind mounts of its own and mounts the host read-only for us.
  FilesystemCollector(const Roots& roots, StatFilesystem stat);

  [[nodiscard]] std::string_view name() const override { return "filesystem"; }
  [[nodiscard]] MetricList metrics() const override;
  // A mount that does not answer is an item error; only its own series are missing.
  [[nodiscard]] Result<Samples> collect(Instant now) override;

 private:
  [[nodiscard]] Samples describe(const std::vector<Mount>& mounts);

  FirstReadable file_;
  std::string rootfs_;
  StatFilesystem stat_;
  std::shared_ptr<const Schema> schema_;
};

}  // namespace perfwatch
