// SPDX-License-Identifier: Apache-2.0
#include "core/analyse/default_judgements.h"

#include <chrono>
#include <string>
#include <utility>

namespace perfwatch {
namespace {

using std::chrono::minutes;

constexpr double kBytes = LeakSettings{}.smallest_growth;

Bound above(double value) { return {Bound::Side::above, value}; }
Bound below(double value) { return {Bound::Side::below, value}; }

Rule leak_of(const char* metric, double smallest_growth) {
  Rule rule;
  rule.metric = metric;
  rule.kind = RuleKind::leak;
  rule.leak.smallest_growth = smallest_growth;
  rule.raise = above(kAnyLeak);
  rule.clear = below(0);
  rule.keep_firing_for = minutes(5);
  return rule;
}

Rule process_leak() {
  Rule rule = leak_of(kProcessMemory.data(), kBytes);
  rule.name = "PerfwatchProcessLeak";
  rule.room = "perfwatch_memory_available_bytes";
  rule.summary =
      "{{ $labels.comm }} (pid {{ $labels.pid }}) leaks {{ $value | humanize1024 }}B a second";
  rule.description =
      "The anonymous memory of process {{ $labels.pid }} ({{ $labels.comm }}, group {{ "
      "$labels.group }}) grows evenly, in neither steps nor slow-down, and nothing is given back.";
  rule.recommendation =
      "Restart it before the memory is gone (time_left), and look for what it keeps.";
  return rule;
}

Rule group_leak() {
  Rule rule = leak_of("perfwatch_group_memory_anonymous_bytes", kBytes);
  rule.name = "PerfwatchGroupLeak";
  rule.footprint = "perfwatch_group_memory_resident_bytes";
  rule.room = "perfwatch_memory_available_bytes";
  rule.summary = "Group {{ $labels.group }} leaks {{ $value | humanize1024 }}B a second";
  rule.description =
      "The anonymous memory of group {{ $labels.group }} grows evenly, in neither steps nor "
      "slow-down, and nothing is given back: one process leaks, or ever more processes stay.";
  rule.recommendation =
      "Look whether one process grows or their number does, and restart it before the memory is "
      "gone (time_left).";
  return rule;
}

Rule descriptor_leak() {
  Rule rule = leak_of("perfwatch_group_open_descriptors", 20);
  rule.name = "PerfwatchDescriptorLeak";
  rule.summary =
      "Group {{ $labels.group }} leaks {{ $value | humanize }} file descriptors a second";
  rule.description =
      "The processes of group {{ $labels.group }} open files, pipes or sockets and do not close "
      "them. At their limit open() and accept() fail with \"Too many open files\".";
  rule.recommendation =
      "Look in /proc/PID/fd for what stays open, and restart the process before it is at its "
      "limit.";
  return rule;
}

Rule thread_leak() {
  Rule rule = leak_of("perfwatch_group_threads", 20);
  rule.name = "PerfwatchThreadLeak";
  rule.summary = "Group {{ $labels.group }} leaks {{ $value | humanize }} threads a second";
  rule.description =
      "The processes of group {{ $labels.group }} start threads, or processes, that do not end.";
  rule.recommendation = "Look in /proc/PID/task/*/wchan for what they wait for.";
  return rule;
}

Rule socket_leak() {
  Rule rule = leak_of("perfwatch_sockets_used", 100);
  rule.name = "PerfwatchSocketLeak";
  rule.summary = "The host leaks {{ $value | humanize }} sockets a second";
  rule.description = "The number of sockets on this host grows evenly and none are closed.";
  rule.recommendation = "`ss -tanp` names who holds them, and in which state.";
  return rule;
}

Rule temporary_files() {
  Rule rule = leak_of("perfwatch_filesystem_files_used", 1000);
  rule.name = "PerfwatchTemporaryFilesPileUp";
  rule.labels = {{"fstype", "tmpfs"}};
  rule.severity = Severity::info;
  rule.summary = "{{ $labels.mountpoint }} gets {{ $value | humanize }} files a second that stay";
  rule.description =
      "Files are made in {{ $labels.mountpoint }} and not removed. It lives in memory: each file "
      "takes some, and its inodes have a limit.";
  rule.recommendation = "Find who makes them, and let systemd-tmpfiles remove what is old.";
  return rule;
}

Rule filesystem_fills_up() {
  Rule rule;
  rule.name = "PerfwatchFilesystemFillsUp";
  rule.metric = "perfwatch_filesystem_available_bytes";
  rule.except = {{"fstype", "squashfs|iso9660|erofs|udf|cramfs|romfs"}};
  rule.kind = RuleKind::trend;
  rule.over = std::chrono::hours(1);
  rule.limit = 0;
  rule.raise = below(4 * 3600.0);
  rule.clear = above(6 * 3600.0);
  rule.hold = minutes(15);
  rule.summary = "{{ $labels.mountpoint }} will be full in {{ $value | humanizeDuration }}";
  rule.description =
      "{{ $labels.mountpoint }} ({{ $labels.fstype }} on {{ $labels.device }}) has lost space for "
      "an hour; if it goes on like that, builds will fail with \"No space left on device\" within "
      "four hours.";
  rule.recommendation = "`du -xh --max-depth=2` on it says what grew; remove old build trees.";
  return rule;
}

// Unusual is not wrong: nobody is told.
Rule unusual(const char* name, const char* metric, std::vector<LabelMatcher> labels,
             const char* what) {
  Rule rule;
  rule.name = name;
  rule.metric = metric;
  rule.labels = std::move(labels);
  rule.kind = RuleKind::anomaly;
  rule.raise = above(0.5);
  rule.clear = below(0.4);
  rule.keep_firing_for = minutes(10);
  rule.severity = Severity::info;
  rule.notifies = false;
  rule.summary = std::string(what) + " is unusual";
  rule.description =
      "What was observed in the last minute is rare in the series' own past: a spike, another "
      "level, another spread, or the wrong hour for it. The score says how rare, 0 to 1.";
  rule.recommendation = "Nothing, unless something else is wrong at the same time.";
  return rule;
}

}  // namespace

std::vector<Rule> rules_that_look_back() {
  std::vector<Rule> rules;
  for (auto* make : {process_leak, group_leak, descriptor_leak, thread_leak, socket_leak,
                     temporary_files, filesystem_fills_up}) {
    rules.push_back(make());
  }
  rules.push_back(unusual("PerfwatchUnusualGroupCpu", "perfwatch_group_cpu_seconds_total",
                          {{"mode", "user"}}, "The CPU time of group {{ $labels.group }}"));
  rules.push_back(unusual("PerfwatchUnusualGroupMemory", "perfwatch_group_memory_resident_bytes",
                          {}, "The memory of group {{ $labels.group }}"));
  rules.push_back(unusual("PerfwatchUnusualHostMemory", "perfwatch_memory_available_bytes", {},
                          "The memory that is available"));
  rules.push_back(unusual("PerfwatchUnusualPressure", "perfwatch_pressure_stall_ratio",
                          {{"kind", "some"}, {"window", "60s"}},
                          "The waiting for {{ $labels.resource }}"));
  return rules;
}

}  // namespace perfwatch
