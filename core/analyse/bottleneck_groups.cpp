// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <cstddef>
#include <string>
#include <utility>
#include <vector>

#include "core/analyse/bottleneck_rules.h"
#include "core/analyse/evidence.h"
#include "core/analyse/wording.h"

namespace perfwatch {
namespace {

// Nothing waits for a descriptor, open(2) fails: the one resource that speaks by its use alone.
constexpr double kDescriptors = 0.9;
constexpr double kDescriptorsCritical = 0.98;
constexpr double kOfMemoryLimit = 0.95;
constexpr double kMemorySome = 0.05;
// Of the processes that want to go on, those that wait for storage.
constexpr double kBlockedShare = 0.6;
constexpr double kIoSomeAtAll = 0.1;
// A neighbour has half the cores; its victim runs less than seven tenths of what it could.
constexpr double kNeighbourShare = 0.5;
constexpr double kQueues = 0.3;
constexpr std::size_t kGroupsTold = 5;   // of each resource
constexpr std::size_t kVictimsTold = 2;  // of one neighbour

Bottleneck of_group(Resource resource, const Load::Group& group, Severity severity,
                    Load::Value utilisation, Load::Value pressure, Weight weight) {
  Bottleneck found;
  found.resource = resource;
  found.group = group.name;
  found.severity = severity;
  found.utilisation = utilisation;
  found.pressure = pressure;
  // A command cannot be cut without changing what it does.
  constexpr std::size_t kLongestCommand = 512;
  found.command = top_command(group.name, weight);
  if (found.command.size() > kLongestCommand) found.command = top_command({}, weight);
  return found;
}

const Bottleneck* of_host_in(const std::vector<Bottleneck>& all, Resource resource) {
  const auto found = std::find_if(all.begin(), all.end(), [&](const Bottleneck& bottleneck) {
    return bottleneck.resource == resource && bottleneck.group.empty();
  });
  return found == all.end() ? nullptr : &*found;
}

// Keeps the worst few of what was appended from `begin` on.
void keep_worst(std::vector<Bottleneck>& out, std::size_t begin,
                std::optional<double> Bottleneck::*by) {
  const auto first = out.begin() + static_cast<std::ptrdiff_t>(begin);
  std::stable_sort(first, out.end(), [&](const Bottleneck& a, const Bottleneck& b) {
    return (a.*by).value_or(0) > (b.*by).value_or(0);
  });
  if (out.size() > begin + kGroupsTold) out.resize(begin + kGroupsTold);
}

void judge_descriptors(const Load& load, const Hysteresis& was, std::vector<Bottleneck>& out) {
  const std::size_t begin = out.size();
  for (const auto& group : load.groups) {
    if (!was.reaches(group.descriptors, kDescriptors, Resource::descriptors, group.name)) continue;
    const bool critical = *group.descriptors >= kDescriptorsCritical;
    auto found =
        of_group(Resource::descriptors, group, critical ? Severity::critical : Severity::warning,
                 group.descriptors, std::nullopt, Weight::cpu);
    found.evidence = fmt::format("a process of group {} has {} of the files open that it may open",
                                 group_text(group.name), percent(*group.descriptors));
    found.expected = fmt::format("below {}", percent(kDescriptors));
    found.recommendation =
        "At the limit it fails with \"Too many open files\": raise it (LimitNOFILE= of the unit, "
        "ulimit -n), or find the leak: ls -l /proc/PID/fd of a process whose number only grows.";
    out.push_back(std::move(found));
  }
  keep_worst(out, begin, &Bottleneck::utilisation);
}

void judge_limits(const Load& load, const Hysteresis& was, std::vector<Bottleneck>& out) {
  const std::size_t begin = out.size();
  for (const auto& group : load.groups) {
    if (!group.resident || !group.memory_limit || !(*group.memory_limit > 0)) continue;
    const double used = *group.resident / *group.memory_limit;
    if (!was.reaches(used, kOfMemoryLimit, Resource::memory, group.name) ||
        !was.reaches(load.memory_some, kMemorySome, Resource::memory, group.name)) {
      continue;
    }
    auto found = of_group(Resource::memory, group, Severity::warning, used, load.memory_some,
                          Weight::memory);
    found.evidence = fmt::format(
        "group {} holds {}, {} of its memory_limit, and work waits for memory {} of the time",
        group_text(group.name), short_bytes(*group.resident), percent(used),
        percent(*load.memory_some));
    found.expected = fmt::format("below {} of its limit", percent(kOfMemoryLimit));
    found.recommendation =
        "Run fewer jobs of this group at once, or end its largest process. If the group may have "
        "more, raise memory_limit in groups.rules.";
    out.push_back(std::move(found));
  }
  keep_worst(out, begin, &Bottleneck::utilisation);
}

// Where the host as a whole does not wait for storage: one group on a mount of its own, say.
void judge_storage(const Load& load, const Hysteresis& was, std::vector<Bottleneck>& out) {
  if (of_host_in(out, Resource::io) != nullptr || of_host_in(out, Resource::swap) != nullptr)
    return;
  const std::size_t begin = out.size();
  for (const auto& group : load.groups) {
    if (!group.blocked || !(*group.blocked > 0)) continue;
    const double share = *group.blocked / (*group.blocked + group.running.value_or(0));
    const bool waits = was.reaches(group.blocked, 1, Resource::io, group.name) &&
                       was.reaches(share, kBlockedShare, Resource::io, group.name);
    const bool host =
        !load.io_some || was.reaches(load.io_some, kIoSomeAtAll, Resource::io, group.name);
    if (!waits || !host) continue;
    auto found = of_group(Resource::io, group, Severity::info, std::nullopt, share, Weight::io);
    found.evidence =
        fmt::format("{:.1f} of the {:.0f} processes of group {} wait for storage", *group.blocked,
                    group.processes.value_or(*group.blocked), group_text(group.name));
    if (group.io && *group.io >= 1) {
      found.evidence += fmt::format(", and it moves {}/s", short_bytes(*group.io));
    }
    found.expected = fmt::format("below {} of those that want to go on", percent(kBlockedShare));
    found.recommendation =
        "See what they wait for: cat /proc/PID/stack as root. A network file system whose server "
        "is "
        "slow or gone (nfsiostat), or a cgroup with a limit on I/O (io.max), are the usual causes.";
    out.push_back(std::move(found));
  }
  keep_worst(out, begin, &Bottleneck::pressure);
}

// Who runs less than it could, the most of its processes waiting first. One process alone is no
// sign: it may have a low priority on purpose, or be the sampler itself.
std::vector<const Load::Group*> kept_waiting(const Load& load, const Load::Group& neighbour,
                                             const Hysteresis& was) {
  constexpr double kFewest = 2;
  std::vector<const Load::Group*> found;
  for (const auto& group : load.groups) {
    if (&group == &neighbour || !group.cores || !group.running) continue;
    const double queues = 1 - *group.cores / std::max(*group.running, 1.0);
    if (was.reaches(group.running, kFewest, Resource::neighbour, group.name) &&
        was.reaches(queues, kQueues, Resource::neighbour, group.name)) {
      found.push_back(&group);
    }
  }
  std::stable_sort(found.begin(), found.end(), [](const Load::Group* a, const Load::Group* b) {
    return *a->running - *a->cores > *b->running - *b->cores;
  });
  if (found.size() > kVictimsTold) found.resize(kVictimsTold);
  return found;
}

// With the CPUs full, one group may have most of them.
void judge_contention(const Load& load, const Hysteresis& was, std::vector<Bottleneck>& out) {
  const Load::Group* most = heaviest(load, &Load::Group::cores);
  const Bottleneck* cpu = of_host_in(out, Resource::cpu);
  if (cpu == nullptr || cpu->utilisation.value_or(0) < kNeighbourShare || most == nullptr) return;
  if (!load.cores || *most->cores < kNeighbourShare * *load.cores) return;
  const std::string neighbour = group_text(most->name);
  const double share = *most->cores / *load.cores;
  for (const Load::Group* group : kept_waiting(load, *most, was)) {
    auto found = of_group(Resource::neighbour, *group, Severity::info, *group->cores / *load.cores,
                          1 - *group->cores / std::max(*group->running, 1.0), Weight::cpu);
    found.evidence = fmt::format(
        "{:.1f} processes of group {} want to run and get {:.1f} cores, while group {} has {:.1f} "
        "of {:.0f}",
        *group->running, group_text(group->name), *group->cores, neighbour, *most->cores,
        *load.cores);
    found.expected = fmt::format("waiting below {}", percent(kQueues));
    found.recommendation = fmt::format(
        "Group {} takes {} of the CPUs: run it with fewer jobs or at a lower priority (nice -n "
        "19, or CPUWeight=20 for its unit).",
        neighbour, percent(share));
    found.command = "perfwatch top --sort cpu";
    out.push_back(std::move(found));
  }
}

}  // namespace

void judge_groups(const Load& load, const Hysteresis& was, std::vector<Bottleneck>& out) {
  judge_descriptors(load, was, out);
  judge_limits(load, was, out);
  judge_storage(load, was, out);
  judge_contention(load, was, out);
}

}  // namespace perfwatch
