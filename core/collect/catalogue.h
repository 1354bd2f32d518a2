// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/result.h"
#include "core/base/roots.h"
#include "core/collect/collector.h"

namespace perfwatch {

// Size and fill of one mounted filesystem, as statvfs(3) has them.
struct FilesystemUsage {
  std::uint64_t size_bytes = 0;
  std::uint64_t free_bytes = 0;
  std::uint64_t available_bytes = 0;  // to users without privileges
  std::uint64_t files = 0;
  std::uint64_t files_free = 0;
  bool read_only = false;
};

// Asks one mount point. A dead server makes statvfs hang for ever, so the daemon passes one with a
// deadline, which answers io "no answer within 5 s" and is never asked a second time while the
// first call hangs.
using StatFilesystem = std::function<Result<FilesystemUsage>(const std::string& path)>;
[[nodiscard]] Result<FilesystemUsage> stat_filesystem(const std::string& path);

// What the collectors of the host need to know.
struct CollectSettings {
  Roots roots;
  StatFilesystem stat = stat_filesystem;
};

// All collectors of the host, listed by hand: one line each in catalogue.cpp. The processes
// collector is made by core/account and joins them in daemon/.
[[nodiscard]] std::vector<std::shared_ptr<Collector>> make_collectors(
    const CollectSettings& settings);

}  // namespace perfwatch
