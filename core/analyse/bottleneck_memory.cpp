// SPDX-License-Identifier: Apache-2.0
#include "core/analyse/bottleneck_rules.h"

#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <utility>

#include "core/analyse/wording.h"

namespace perfwatch {
namespace {

// The kernel's own example of a trigger is "some 150000 1000000", 15 % of a second (psi.rst);
// systemd-oomd kills at 60 % "full" over 30 s (oomd.conf). Above half nobody gets much done.
constexpr double kMemorySome = 0.1;
constexpr double kMemoryFull = 0.05;
constexpr double kMemoryCritical = 0.5;
// MemAvailable counts the page cache as free, so a busy host is well below.
constexpr double kMemoryUsed = 0.8;
constexpr double kMemoryUsedWithoutPressure = 0.95;
constexpr double kMajorFaults = 200;               // per second
constexpr double kSwapRead = 4 * 1024.0 * 1024.0;  // bytes per second: 1,024 pages

std::string held_by(const Load& load) {
  const Load::Group* group = heaviest(load, &Load::Group::resident);
  if (group == nullptr) return {};
  return fmt::format("; group {} holds {}", group_text(group->name), short_bytes(*group->resident));
}

std::string memory_evidence(const Load& load) {
  std::string text = fmt::format("{} of memory is in use", percent(1 - *load.memory_available));
  if (load.memory_some) {
    text += fmt::format(", and work waits for it {} of the time", percent(*load.memory_some));
    if (load.memory_full) text += fmt::format(" ({} all of it)", percent(*load.memory_full));
  }
  if (load.swap_read.value_or(0) > 0) {
    text += fmt::format("; {}/s are read back from swap", short_bytes(*load.swap_read));
  } else if (load.major_faults.value_or(0) >= 1) {
    text += fmt::format("; {:.0f} page faults a second wait for a disk", *load.major_faults);
  }
  return text;
}

Bottleneck low_memory(const Load& load, bool swaps) {
  const bool critical = load.memory_full.value_or(0) >= kMemoryCritical;
  auto found = of_host(swaps ? Resource::swap : Resource::memory,
                       critical ? Severity::critical : Severity::warning,
                       1 - *load.memory_available, load.memory_some);
  if (swaps && load.swap_used) found.utilisation = load.swap_used;
  found.evidence = memory_evidence(load) + held_by(load);
  found.expected = fmt::format("waiting below {}", percent(kMemorySome));
  found.recommendation =
      swaps
          ? "Processes need back what was swapped out: run fewer jobs at once (-j, executors, one "
            "link at a time), or end the largest. More swap does not help, more memory does."
          : "Run fewer jobs at once (-j, executors, one link at a time), or end the largest; the "
            "host needs more memory for what it runs now.";
  found.command = "perfwatch top --sort memory";
  return found;
}

Bottleneck limited_memory(const Load& load) {
  auto found =
      of_host(Resource::memory, Severity::info, 1 - *load.memory_available, load.memory_some);
  found.evidence =
      fmt::format("work waits for memory {} of the time, though {} of it is available",
                  percent(load.memory_some.value_or(0)), percent(*load.memory_available));
  found.expected = fmt::format("waiting below {}", percent(kMemorySome));
  found.recommendation =
      "Some cgroup may not have the memory that is there: look for one at its limit (MemoryHigh=, "
      "MemoryMax= of the unit; high and max in its memory.events grow) and raise it, or run less "
      "inside. Without such limits the builds read more files than the page cache can hold.";
  found.command = "perfwatch top --sort memory";
  return found;
}

}  // namespace

void judge_memory(const Load& load, const Hysteresis& was, std::vector<Bottleneck>& out) {
  if (!load.memory_available) return;
  const double used = 1 - *load.memory_available;
  const auto reaches = [&](Load::Value value, double level) {
    return was.reaches(value, level, Resource::memory) || was.reaches(value, level, Resource::swap);
  };
  const bool swaps = reaches(load.swap_read, kSwapRead);
  if (!load.memory_some) {
    const bool low = reaches(used, swaps ? kMemoryUsed : kMemoryUsedWithoutPressure);
    if (low && (swaps || reaches(load.major_faults, kMajorFaults))) {
      out.push_back(low_memory(load, swaps));
    }
    return;
  }
  if (!reaches(load.memory_some, kMemorySome) && !reaches(load.memory_full, kMemoryFull)) return;
  out.push_back(swaps || used >= kMemoryUsed ? low_memory(load, swaps) : limited_memory(load));
}

}  // namespace perfwatch
