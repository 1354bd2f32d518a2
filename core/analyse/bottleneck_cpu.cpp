// SPDX-License-Identifier: Apache-2.0
#include "core/analyse/bottleneck_rules.h"

#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <utility>

#include "core/analyse/wording.h"

namespace perfwatch {
namespace {

// Below it CPUs are free, and what waits for one is kept from it.
constexpr double kCpuFree = 0.5;
// Of the time; a guest that is scheduled fairly has a few per cent.
constexpr double kSteal = 0.1;
constexpr double kDegreesBelowLimit = 5;
constexpr double kThrottled = 0.05;
constexpr double kWorks = 0.2;  // an idle host is not slowed down by heat

std::string cores_text(const Load& load) {
  return load.cores ? fmt::format("the {:.0f} cores", *load.cores) : std::string("the cores");
}

// The group that takes most of the CPUs, as half a sentence; empty when no group does.
std::string taken_by(const Load& load) {
  const Load::Group* group = heaviest(load, &Load::Group::cores);
  if (group == nullptr || !load.cores || *group->cores < 0.3 * *load.cores) return {};
  return fmt::format("; group {} takes {:.1f} cores", group_text(group->name), *group->cores);
}

std::string fewer_jobs(const Load& load) {
  const double cores = load.cores.value_or(0);
  if (!load.running || cores < 1 || *load.running < kCpuQueue * cores) {
    return "Run fewer jobs at once (-j, executors), or give the host more cores.";
  }
  return fmt::format(
      "Run fewer jobs at once: {:.0f} tasks want {:.0f} cores, so each waits {} of its time; "
      "-j{:.0f} "
      "in all keeps the cores as busy. To be done sooner it needs more cores.",
      *load.running, cores, percent(1 - cores / *load.running), cores);
}

std::string cpu_evidence(const Load& load) {
  std::string text = fmt::format("{} are {} busy", cores_text(load), percent(*load.cpu_busy));
  if (load.cpu_some) {
    text += fmt::format(", and {} of the time something waits for one", percent(*load.cpu_some));
  }
  if (load.running) text += fmt::format("; {:.1f} tasks want to run", *load.running);
  return text + taken_by(load);
}

bool cpu_waits(const Load& load, const Hysteresis& was) {
  if (load.cpu_some) return was.reaches(load.cpu_some, kCpuWaits, Resource::cpu);
  if (!load.running || !load.cores || !(*load.cores > 0)) return false;
  return was.reaches(*load.running / *load.cores, kCpuQueue, Resource::cpu);
}

Bottleneck stolen(const Load& load) {
  auto found = of_host(Resource::neighbour, Severity::warning, load.cpu_busy, load.cpu_steal);
  found.evidence = fmt::format("{} of the CPU time is taken by other guests of the same machine",
                               percent(*load.cpu_steal));
  found.expected = fmt::format("steal below {}", percent(kSteal));
  found.recommendation =
      "This is a virtual machine, and its neighbours run on its cores: ask whoever runs the "
      "hypervisor for dedicated cores or another machine. Fewer jobs here only hide it.";
  found.command = "perfwatch status";
  return found;
}

Bottleneck held_back(const Load& load) {
  auto found = of_host(Resource::cpu, Severity::info, load.cpu_busy, load.cpu_some);
  found.evidence =
      fmt::format("{} of the time something waits for a CPU, though {} are only {} busy",
                  percent(*load.cpu_some), cores_text(load), percent(*load.cpu_busy));
  found.expected = fmt::format("waiting below {}", percent(kCpuWaits));
  found.recommendation =
      "Something keeps tasks off CPUs that are free: a quota (CPUQuota= of the unit, cpu.max of "
      "its "
      "cgroup: nr_throttled in cpu.stat grows) or a tie to few cores (taskset, AllowedCPUs=). "
      "Raise "
      "it, or run fewer jobs inside.";
  found.command = "perfwatch top --sort cpu";
  return found;
}

}  // namespace

void judge_cpu(const Load& load, const Hysteresis& was, std::vector<Bottleneck>& out) {
  if (!load.cpu_busy) return;
  if (was.reaches(load.cpu_steal, kSteal, Resource::neighbour)) {
    out.push_back(stolen(load));
    return;
  }
  if (!cpu_waits(load, was)) return;
  if (was.reaches(load.cpu_busy, kCpuBusy, Resource::cpu)) {
    auto found = of_host(Resource::cpu, Severity::info, load.cpu_busy, load.cpu_some);
    found.evidence = cpu_evidence(load);
    found.expected = fmt::format("waiting below {}", percent(kCpuWaits));
    found.recommendation = fewer_jobs(load);
    found.command = "perfwatch top --sort cpu";
    out.push_back(std::move(found));
  } else if (load.cpu_some && *load.cpu_busy < kCpuFree) {
    out.push_back(held_back(load));
  }
}

// No collector reads temperatures yet.
void judge_heat(const Load& load, const Hysteresis& was, std::vector<Bottleneck>& out) {
  if (load.cpu_busy.value_or(1) < kWorks) return;
  const bool hot = load.temperature && load.hottest_limit &&
                   *load.temperature >= *load.hottest_limit - kDegreesBelowLimit;
  // Where it is known how long they were slowed down, that decides.
  const bool slowed =
      load.throttled ? was.reaches(load.throttled, kThrottled, Resource::thermal) : hot;
  if (!slowed) return;
  Load::Value share;
  if (load.temperature && load.hottest_limit && *load.hottest_limit > 0) {
    share = *load.temperature / *load.hottest_limit;
  }
  auto found = of_host(Resource::thermal, Severity::warning, share, load.throttled);
  found.evidence = load.throttled ? fmt::format("the CPUs were slowed down for heat {} of the time",
                                                percent(*load.throttled))
                                  : std::string("the CPUs are close to their limit");
  if (load.temperature) found.evidence += fmt::format("; {:.0f} degrees", *load.temperature);
  if (load.hottest_limit) found.evidence += fmt::format(" of {:.0f}", *load.hottest_limit);
  found.expected = "not slowed down";
  found.recommendation =
      "Look at fans, filters and the air in front of the host, then at its power settings; until "
      "then fewer jobs at once lose little.";
  found.command = "perfwatch status";
  out.push_back(std::move(found));
}

}  // namespace perfwatch
