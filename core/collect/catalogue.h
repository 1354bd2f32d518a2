// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <vector>

#include "core/base/roots.h"
#include "core/collect/collector.h"
#include "core/collect/filesystem.h"

namespace perfwatch {

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
