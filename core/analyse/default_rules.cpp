// SPDX-License-Identifier: Apache-2.0
#include <chrono>
#include <utility>
#include <vector>

#include "core/analyse/default_judgements.h"
#include "core/analyse/rule_set.h"

namespace perfwatch {
namespace {

using std::chrono::minutes;
using std::chrono::seconds;

constexpr double kMiB = 1024.0 * 1024.0;

Bound above(double value) { return {Bound::Side::above, value}; }
Bound below(double value) { return {Bound::Side::below, value}; }

}  // namespace

// docs/alerts.md says for each why these levels: a build host is busy all day, so only what hurts
// the builds themselves may fire.
std::vector<Rule> default_rules() {
  std::vector<Rule> rules{
      {.name = "PerfwatchMemoryNearlyExhausted",
       .metric = "perfwatch_memory_available_bytes",
       .divided_by = "perfwatch_memory_total_bytes",
       .raise = below(0.05),
       .clear = above(0.10),
       .hold = minutes(1),
       .severity = Severity::critical,
       .summary = "Only {{ $value | humanizePercentage }} of memory is available",
       .description =
           "Less than {{ $threshold | humanizePercentage }} of memory has been available "
           "for a minute; the kernel will soon kill processes.",
       .recommendation = "One giant among top_processes: end it. Many equals: run fewer jobs at "
                         "once (-j, executors). Neither: see Slab and Shmem in /proc/meminfo and "
                         "full tmpfs mounts."},
      {.name = "PerfwatchMemoryPressureHigh",
       .metric = "perfwatch_pressure_stall_ratio",
       .labels = {{"resource", "memory"}, {"kind", "full"}, {"window", "60s"}},
       .raise = above(0.2),
       .clear = below(0.1),
       .hold = minutes(2),
       .severity = Severity::warning,
       .summary = "All work waits for memory {{ $value | humanizePercentage }} of the time",
       .description = "For two minutes every runnable task at once has stood still for memory more "
                      "than {{ $threshold | humanizePercentage }} of the time. Builds take that "
                      "much longer.",
       .recommendation =
           "Run fewer builds at once. If memory is plentiful, look for a cgroup with a "
           "tight memory.high (MemoryHigh= of a unit): its stalls count here too."},
      {.name = "PerfwatchSwapStorm",
       .metric = "perfwatch_swap_read_bytes_total",
       .window = minutes(1),
       .raise = above(32 * kMiB),
       .clear = below(8 * kMiB),
       .hold = minutes(2),
       .severity = Severity::warning,
       .summary = "{{ $value | humanize1024 }}B/s are read back from swap",
       .description = "More than {{ $threshold | humanize1024 }}B/s have been read back from swap "
                      "for two minutes: processes need the memory that was taken from them.",
       .recommendation = "Run fewer builds at once, or end the largest process. With zram or zswap "
                         "reading back is cheap: disable this rule there."},
      {.name = "PerfwatchOomKill",
       .metric = "perfwatch_group_oom_kills_total",
       .window = minutes(5),
       .raise = above(1e-6),  // any kill at all: one in five minutes is 0.0033/s
       .clear = below(0),
       .keep_firing_for = minutes(5),
       .severity = Severity::warning,
       .summary = "The kernel killed a process of group {{ $labels.group }} because memory ran out",
       .description = "Within the last five minutes the kernel killed a process of group "
                      "{{ $labels.group }} because memory ran out (limit: {{ $labels.scope }}). A "
                      "build may have failed with \"Killed\" or signal 9. `perfwatch status` names "
                      "the victim and the largest processes of that moment.",
       .recommendation =
           "A job at its own limit: raise the limit or tell the job's owner. The host "
           "as a whole: run fewer builds at once."},
      {.name = "PerfwatchGroupOverMemoryLimit",
       .metric = "perfwatch_group_memory_resident_bytes",
       .divided_by = "perfwatch_group_memory_limit_bytes",
       .raise = above(1.0),
       .clear = below(0.95),
       .hold = seconds(10),
       .severity = Severity::warning,
       .summary = "Group {{ $labels.group }} is at {{ $value | humanizePercentage }} of its memory "
                  "limit",
       .description = "The processes of group {{ $labels.group }} together hold more memory than "
                      "the memory_limit that the configuration gives them.",
       .recommendation = "Growth in one process is a leak: end it. Growth in many is a build that "
                         "runs too wide: run fewer jobs of this group at once."},
      {.name = "PerfwatchFilesystemNearlyFull",
       .metric = "perfwatch_filesystem_available_bytes",
       // Images are written once, full, and stay so.
       .except = {{"fstype", "squashfs|iso9660|erofs|udf|cramfs|romfs"}},
       .divided_by = "perfwatch_filesystem_size_bytes",
       .raise = below(0.05),
       .clear = above(0.08),
       .hold = minutes(5),
       .severity = Severity::warning,
       .summary = "{{ $labels.mountpoint }} has {{ $value | humanizePercentage }} left",
       .description = "{{ $labels.mountpoint }} ({{ $labels.fstype }} on {{ $labels.device }}) has "
                      "had less than {{ $threshold | humanizePercentage }} available for five "
                      "minutes. Builds fail with \"No space left on device\" when it is full.",
       .recommendation =
           "Find what grew: du -xh --max-depth=2 {{ $labels.mountpoint }} | sort -h | "
           "tail; files that are deleted but open: lsof +L1. Old workspaces, ccache "
           "without a limit, container images and core dumps are the usual ones."},
      {.name = "PerfwatchRunRegressed",
       .metric = "perfwatch_run_regressed",
       .except = {{"metric", "user_seconds|system_seconds"}},  // parts of cpu_seconds
       .raise = above(1e-6),                                   // only what is confirmed is not 0
       .clear = below(0),
       .severity = Severity::warning,
       .summary = "{{ $labels.component }}, {{ $labels.operation }}: {{ $labels.metric }} got "
                  "worse by {{ $value | humanizePercentage }}",
       .description = "The runs of {{ $labels.operation }} in {{ $labels.component }} need more "
                      "{{ $labels.metric }} than those before, by more than they vary, and enough "
                      "runs have confirmed it.",
       .recommendation = "See what grew: perfwatch runs show, perfwatch runs diff. If it is as it "
                         "should be: perfwatch baselines accept. All with the --storage.path of "
                         "the command here: the daemon's runs are not your own."},
      {.name = "PerfwatchCollectorStuck",
       .metric = "perfwatch_collector_stuck",
       .raise = above(1),
       .clear = below(0),
       .hold = seconds(30),
       .severity = Severity::warning,
       .summary = "Collector {{ $labels.collector }} hangs",
       .description = "Collector {{ $labels.collector }} has not come back from the kernel since "
                      "its deadline passed; its metrics are missing. A dead mount or a wedged "
                      "device is the usual cause.",
       .recommendation =
           "Look for a dead mount (findmnt -t nfs,nfs4,cifs,fuse, then umount -l) and "
           "for a device that resets (dmesg)."},
  };
  for (auto& rule : rules_that_look_back()) rules.push_back(std::move(rule));
  return rules;
}

}  // namespace perfwatch
