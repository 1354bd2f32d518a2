// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cmath>
#include <string>
#include <vector>

#include "core/analyse/run_summary.h"
#include "core/model/run_report.h"

namespace perfwatch {

// A build of `wall` seconds on 8 cores that started `hours` after 2026-03-01.
inline Run sample_run(int hours, double wall, double cpu) {
  Run run;
  run.id = "01JN000000000000000000" + std::to_string(1000 + hours);
  run.component = "kernel";
  run.operation = "make bzImage";
  run.command = {"make", "-j8", "bzImage", "CC=ccache gcc"};
  run.labels = {{"branch", "main"}, {"commit", "c0ffee" + std::to_string(hours)}};
  run.host = "builder-3";
  run.host_class = {"AMD EPYC 7B13", 8, std::uint64_t{32} << 30U};
  run.started = std::chrono::sys_days{std::chrono::year{2026} / 3 / 1} + std::chrono::hours(hours);
  run.outcome = RunOutcome::succeeded;
  run.tier = AccountingTier::ebpf;
  run.exact = true;
  run.method = "perfwatch run, subreaper and own cgroup";
  auto& figures = run.figures;
  figures[RunMetric::wall_seconds] = wall;
  figures[RunMetric::cpu_seconds] = cpu;
  figures[RunMetric::user_seconds] = cpu * 0.85;
  figures[RunMetric::system_seconds] = cpu * 0.15;
  figures[RunMetric::largest_process_bytes] = 1.4e9;
  figures[RunMetric::concurrent_anonymous_bytes] = 3.1e9 + 1e8 * std::sin(hours);
  figures[RunMetric::minor_faults] = 12345678;
  figures[RunMetric::io_stall_seconds] = wall * 0.04;
  figures[RunMetric::processes] = 4213;
  const int points = 240;
  for (int i = 0; i < points; ++i) {
    const double at = static_cast<double>(i) / (points - 1);
    const double busy = at < 0.12 ? 1 : at > 0.8 ? 1.1 : 7.2 + 0.6 * std::sin(i * 1.7);
    run.timeline.push_back({at * wall, busy, busy * 3.8e8 + 6e8 * at, busy * 3});
  }
  run.by_cpu = {{"cc1", 2900, cpu * 0.8, 3.2e8, ""},
                {"ld", 12, cpu * 0.06, 1.4e9, ""},
                {"sh", 1200, cpu * 0.02, 4e6, ""}};
  run.by_memory = {
      {"ld", 12, cpu * 0.06, 1.4e9, "ld -m elf_x86_64 -z noexecstack --build-id=sha1 -o vmlinux"},
      {"cc1", 2900, cpu * 0.8, 3.2e8, "cc1 -quiet -nostdinc -I ./include drivers/gpu/drm/core.c"}};
  return run;
}

// 30 runs that get 27 % slower from the 20th on; some failed, one had cold caches.
inline OperationReport sample_operation() {
  std::vector<Run> runs;
  for (int i = 0; i < 30; ++i) {
    const double noise = 1 + 0.02 * std::sin(i * 12.9);
    const double level = i < 20 ? 1 : 1.27;
    Run run = sample_run(i * 7, 212 * level * noise, 1190 * level * noise);
    if (i % 11 == 7) {
      run.outcome = RunOutcome::failed;
      run.exit_code = 2;
      run.figures[RunMetric::wall_seconds] *= 0.4;
      run.figures[RunMetric::cpu_seconds] *= 0.4;
    }
    if (i == 13) {
      run.cold = true;
      run.figures[RunMetric::wall_seconds] *= 1.6;
    }
    runs.push_back(std::move(run));
  }
  OperationReport report = summarise_runs(runs);
  report.regressions = {{RunMetric::wall_seconds, 212, 269, runs[20].id, "c0ffee140",
                         "wall time went from 3 min 32 s to 4 min 29 s (+27 %), cc1 grew most"},
                        {RunMetric::cpu_seconds, 1190, 1511, runs[20].id, "c0ffee140", ""}};
  return report;
}

// Everything that a stranger may name, named to break out.
inline const std::string& hostile_name() {
  static const std::string name =
      "</title><script>alert(1)</script>\"'`|\n# <img src=x onerror=alert(2)> "
      "[l](javascript:alert(3)) \xE2\x80\xAEgpj \xFF\x1B[31m ]]> --> {{7}} %n";
  return name;
}

inline Run hostile_run() {
  Run run = sample_run(1, 100, 300);
  run.id = run.component = run.operation = run.host = run.method = run.reason = hostile_name();
  run.host_class.cpu_model = hostile_name();
  run.command = {hostile_name(), hostile_name()};
  run.labels = {{hostile_name(), hostile_name()}, {"commit", hostile_name()}};
  for (auto* commands : {&run.by_cpu, &run.by_memory}) {
    for (auto& command : *commands) command.comm = command.largest_arguments = hostile_name();
  }
  return run;
}

inline RunReport hostile_report() {
  const std::vector<Run> runs(3, hostile_run());
  OperationReport operation = summarise_runs(runs);
  operation.regressions = {
      {RunMetric::wall_seconds, 1, 2, hostile_name(), hostile_name(), hostile_name()}};
  operation.bottlenecks.push_back(hostile_name());
  operation.recommendations.push_back(hostile_name());
  RunReport report;
  report.host = report.scope = hostile_name();
  report.operations = {operation, operation};
  return report;
}

}  // namespace perfwatch
