// SPDX-License-Identifier: Apache-2.0
#include "core/analyse/bottleneck_rules.h"

#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <utility>

#include "core/analyse/wording.h"

namespace perfwatch {
namespace {

constexpr double kIoFull = 0.2;
constexpr double kIoWarning = 0.5;  // "full", as PerfwatchIoSaturated has it
constexpr double kDiskBusyWithoutPressure = 0.9;
constexpr double kBlocked = 2;  // tasks; one alone is a job that waits for its own disk

std::string io_evidence(const Load& load) {
  std::string text;
  if (load.io_some) {
    text = fmt::format("work waits for storage {} of the time", percent(*load.io_some));
    if (load.io_full) text += fmt::format(" ({} all of it)", percent(*load.io_full));
  } else {
    text = fmt::format("{:.1f} tasks wait for storage", load.blocked.value_or(0));
  }
  return text;
}

Severity io_severity(const Load& load) {
  const bool many = load.blocked.value_or(0) >= kBlocked;  // else one job waits for its own disk
  return many && load.io_full.value_or(0) >= kIoWarning ? Severity::warning : Severity::info;
}

Bottleneck slow_disk(const Load& load) {
  const Load::Disk& disk = *load.busiest_disk;
  auto found = of_host(Resource::io, io_severity(load), disk.busy, load.io_some);
  found.evidence = fmt::format("{}, and disk {} is busy {} of it", io_evidence(load), disk.name,
                               percent(disk.busy));
  if (disk.bytes) found.evidence += fmt::format(" with {}/s", short_bytes(*disk.bytes));
  const Load::Group* group = heaviest(load, &Load::Group::io);
  if (group != nullptr && *group->io >= 1) {
    found.evidence +=
        fmt::format("; group {} moves {}/s", group_text(group->name), short_bytes(*group->io));
  }
  found.expected = fmt::format("waiting below {}", percent(kIoSome));
  found.recommendation = fmt::format(
      "Let the heaviest reader or writer run alone or later (ionice -c 3), put the build folder on "
      "a "
      "faster disk or a tmpfs, give ccache room. If disk {0} moves little although it is busy, "
      "look at its health: smartctl -a /dev/{0}.",
      disk.name);
  found.command = "perfwatch top --sort io";
  return found;
}

Bottleneck slow_elsewhere(const Load& load) {
  auto found = of_host(Resource::io, io_severity(load), std::nullopt, load.io_some);
  found.evidence = io_evidence(load) + ", though no disk of this host is busy";
  if (load.busiest_disk) {
    found.utilisation = load.busiest_disk->busy;
    found.evidence =
        fmt::format("{}, though the busiest disk, {}, is busy only {} of it", io_evidence(load),
                    load.busiest_disk->name, percent(load.busiest_disk->busy));
  }
  found.expected = fmt::format("waiting below {}", percent(kIoSome));
  found.recommendation =
      "It is not the disks: look at network file systems and their server (nfsiostat, mount -t "
      "nfs,nfs4,cifs,fuse), and for a cgroup with a limit on I/O (io.max, IOReadBandwidthMax= or "
      "IOWriteBandwidthMax= of its unit).";
  found.command = "perfwatch top --sort io";
  return found;
}

bool io_waits(const Load& load, const Hysteresis& was) {
  if (!load.io_some) {
    return load.busiest_disk &&
           was.reaches(load.busiest_disk->busy, kDiskBusyWithoutPressure, Resource::io) &&
           was.reaches(load.blocked, kBlocked, Resource::io);
  }
  return was.reaches(load.io_some, kIoSome, Resource::io) ||
         was.reaches(load.io_full, kIoFull, Resource::io);
}

}  // namespace

void judge_io(const Load& load, const Hysteresis& was, std::vector<Bottleneck>& out) {
  // What is read back from swap waits for a disk, too: one cause, told once.
  const bool swaps = std::any_of(out.begin(), out.end(), [](const Bottleneck& found) {
    return found.resource == Resource::swap;
  });
  if (swaps || !io_waits(load, was)) return;
  const bool disk =
      load.busiest_disk && was.reaches(load.busiest_disk->busy, kDiskBusy, Resource::io);
  out.push_back(disk ? slow_disk(load) : slow_elsewhere(load));
}

}  // namespace perfwatch
