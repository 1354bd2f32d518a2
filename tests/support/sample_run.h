// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <limits>
#include <string>

#include "core/base/ulid.h"
#include "core/model/run.h"

namespace perfwatch::test {

// Run, where that is the name of testing::Test's own method.
using RunValue = Run;

// The id of a run that began `second` seconds after a certain moment.
inline std::string run_id(std::int64_t second, std::uint8_t random = 0) {
  const std::chrono::system_clock::time_point at(std::chrono::seconds(1'700'000'000 + second));
  return make_ulid(at, {0, 1, 2, 3, 4, 5, 6, static_cast<std::uint8_t>(second),
                        static_cast<std::uint8_t>(second >> 8), random});
}

// A run of which everything is known but the peak of its cgroup.
inline Run sample_run(std::int64_t second, RunOutcome outcome = RunOutcome::succeeded) {
  Run run;
  run.id = run_id(second);
  run.component = "kernel";
  run.operation = "make bzImage";
  run.command = {"make", "-j8", "bzImage"};
  run.labels = {{"branch", "main"}, {"commit", "c0ffee"}};
  run.host = "build-07";
  run.host_class = {"AMD EPYC 7B13", 8, std::uint64_t{32} << 30U};
  run.started += std::chrono::seconds(1'700'000'000 + second);
  run.outcome = outcome;
  run.exit_code = outcome == RunOutcome::failed ? 2 : 0;
  run.tier = AccountingTier::ebpf;
  run.exact = true;
  run.method = "perfwatch run, subreaper";
  for (std::size_t i = 0; i < kRunMetrics; ++i) {
    run.figures[static_cast<RunMetric>(i)] = 100.0 * static_cast<double>(i + 1) + 0.25;
  }
  run.figures[RunMetric::cgroup_peak_bytes] = std::numeric_limits<double>::quiet_NaN();
  run.figures[RunMetric::major_faults] = 0;
  run.timeline = {{0, 0.5, 1 << 20, 1}, {0.125, 7.5, 1 << 30, 9}};
  run.timeline.push_back({0.25, std::numeric_limits<double>::quiet_NaN(), 0, 2});
  run.by_cpu = {{"cc1", 812, 90.5, 5e8, "cc1 -O2 big.c"}, {"make", 1, 0.5, 1e6, "make -j8"}};
  run.by_memory = {{"ld", 1, 2, 3e9, "ld -o vmlinux"}};
  run.by_memory.push_back({"sh", 40, 1, std::numeric_limits<double>::quiet_NaN(), ""});
  return run;
}

}  // namespace perfwatch::test
