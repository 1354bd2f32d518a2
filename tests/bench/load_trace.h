// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace perfwatch::bench {

// What a host did in one step of kStep.
struct LoadStep {
  double busy = 0;             // CPU time, in any unit ...
  double all = 0;              // ... and that of all cores, idle included
  double available_bytes = 0;  // of memory, at the end of the step
  double cpu_stall = 0;        // seconds in which some task waited for a CPU
  double memory_stall = 0;     // and for memory
  double forks = 0;
};

struct LoadTrace {
  static constexpr double kStep = 0.1;  // seconds

  std::string name;
  double total_bytes = 0;  // of memory
  std::vector<LoadStep> steps;
};

// A recording, see tests/fixtures/load/README.md. Ends the program where it cannot be read.
[[nodiscard]] LoadTrace read_load_trace(const std::string& path, std::string_view name);

// Made-up hosts, always the same ones.
[[nodiscard]] std::vector<LoadTrace> made_up_load_traces();

}  // namespace perfwatch::bench
