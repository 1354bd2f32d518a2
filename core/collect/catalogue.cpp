// SPDX-License-Identifier: Apache-2.0
#include "core/collect/catalogue.h"

#include <unistd.h>

#include "core/collect/cpu.h"
#include "core/collect/disk.h"
#include "core/collect/load.h"
#include "core/collect/memory.h"
#include "core/collect/network.h"
#include "core/collect/pressure.h"
#include "core/collect/sockets.h"

namespace perfwatch {

std::vector<std::shared_ptr<Collector>> make_collectors(const CollectSettings& settings) {
  const Roots& roots = settings.roots;
  const auto ticks_per_second = static_cast<double>(::sysconf(_SC_CLK_TCK));
  const auto page_bytes = static_cast<double>(::sysconf(_SC_PAGESIZE));
  return {
      std::make_shared<CpuCollector>(roots, ticks_per_second),
      std::make_shared<MemoryCollector>(roots, page_bytes),
      std::make_shared<PressureCollector>(roots),
      std::make_shared<LoadCollector>(roots),
      std::make_shared<DiskCollector>(roots),
      std::make_shared<FilesystemCollector>(roots, settings.stat),
      std::make_shared<NetworkCollector>(roots),
      std::make_shared<SocketsCollector>(roots),
  };
}

}  // namespace perfwatch
