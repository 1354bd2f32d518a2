// SPDX-License-Identifier: Apache-2.0
#include "core/analyse/bottleneck.h"

#include <fmt/format.h>

#include <algorithm>
#include <tuple>
#include <utility>
#include <vector>

#include "core/analyse/bottleneck_rules.h"
#include "core/analyse/wording.h"

namespace perfwatch {
namespace {

constexpr double kInGoodUse = 0.85;  // of the CPUs
constexpr std::size_t kLines = 3;

template <class Known>
bool any_group(const Load& load, Known known) {
  return std::any_of(load.groups.begin(), load.groups.end(), known);
}

// Whether this host and kernel tell what the rules of a resource need.
bool measured(const Load& load, Resource resource) {
  switch (resource) {
    case Resource::cpu:
      return load.cpu_busy && (load.cpu_some || load.running);
    case Resource::memory:
      return load.memory_available && (load.memory_some || load.major_faults);
    case Resource::swap:
      return load.swap_used && load.swap_read;
    case Resource::io:
      return load.io_some || (load.busiest_disk && load.blocked);
    case Resource::neighbour:
      return load.cpu_steal || any_group(load, [](const auto& group) { return group.running; });
    case Resource::descriptors:
      return any_group(load, [](const auto& group) { return group.descriptors; });
    case Resource::thermal:
      return load.temperature || load.throttled;
  }
  return false;
}

std::string summary_of(const Bottlenecks& found, const Load& load) {
  switch (found.state) {
    case Bottlenecks::State::insufficient_data:
      return fmt::format("{} of {} samples", found.samples, Bottlenecks::kSamplesWanted);
    case Bottlenecks::State::bound:
      return fmt::format("{}: {}", to_string(found.list.front().resource),
                         found.list.front().evidence);
    case Bottlenecks::State::none:
      break;
  }
  std::string text =
      load.cpu_busy.value_or(0) >= kInGoodUse
          ? fmt::format("the CPUs are {} busy and little waits for them: a host in good use",
                        percent(*load.cpu_busy))
          : std::string("no work waits long for CPU, memory or storage");
  if (!load.cpu_some && !load.io_some && !load.memory_some) {
    text += "; the kernel tells no pressure (psi=1 switches it on), so this is judged by queues";
  }
  return text;
}

}  // namespace

Bottlenecks find_bottlenecks(const Load& load, const Bottlenecks* before,
                             std::chrono::system_clock::time_point now) {
  Bottlenecks found;
  found.samples = load.samples;
  found.seconds = load.seconds;
  if (load.samples < Bottlenecks::kSamplesWanted) {
    found.summary = summary_of(found, load);
    return found;
  }
  const Hysteresis was(before);
  judge_cpu(load, was, found.list);
  judge_memory(load, was, found.list);
  judge_io(load, was, found.list);
  judge_heat(load, was, found.list);
  judge_groups(load, was, found.list);
  for (auto& bottleneck : found.list) {
    const Bottleneck* old = was.held(bottleneck.resource, bottleneck.group);
    bottleneck.since = old == nullptr ? now : std::min(old->since, now);
  }
  std::stable_sort(
      found.list.begin(), found.list.end(), [](const Bottleneck& a, const Bottleneck& b) {
        return std::tuple(b.severity, !a.group.empty()) < std::tuple(a.severity, !b.group.empty());
      });
  for (const Resource resource : kResources) {
    if (!measured(load, resource)) continue;
    found.bound[static_cast<std::size_t>(resource)] =
        std::any_of(found.list.begin(), found.list.end(),
                    [&](const Bottleneck& one) { return one.resource == resource; });
  }
  found.state = found.list.empty() ? Bottlenecks::State::none : Bottlenecks::State::bound;
  found.summary = summary_of(found, load);
  return found;
}

Weight weight_of(Resource resource) {
  switch (resource) {
    case Resource::memory:
    case Resource::swap:
      return Weight::memory;
    case Resource::io:
      return Weight::io;
    case Resource::cpu:
    case Resource::neighbour:
    case Resource::descriptors:
    case Resource::thermal:
      break;
  }
  return Weight::cpu;
}

std::string bottleneck_lines(const Bottlenecks& bottlenecks, std::size_t limit) {
  std::string lines;
  for (std::size_t i = 0; i < std::min(kLines, bottlenecks.list.size()); ++i) {
    if (i > 0) lines += '\n';
    lines += fmt::format("{}: {}", to_string(bottlenecks.list[i].resource),
                         bottlenecks.list[i].evidence);
  }
  return shortened(lines, limit);
}

}  // namespace perfwatch
