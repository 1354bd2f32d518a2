// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "core/base/result.h"
#include "core/base/roots.h"
#include "core/model/run.h"

namespace perfwatch {

// The "some" line of a file of PSI (docs.kernel.org/accounting/psi.html): seconds in all, in which
// something waited.
//   some avg10=80.25 avg60=83.83 avg300=61.49 total=17742429368
[[nodiscard]] Result<double> parse_pressure_total(std::string_view text);

// Seconds of stall since boot; absent where they cannot be read.
struct StallTotals {
  std::optional<double> cpu, memory, io;
};
[[nodiscard]] StallTotals read_host_stall(const Roots& roots);
// What came between the two.
void fill_stall(const StallTotals& begin, const StallTotals& end, RunFigures& out);

// Stall during a run: of its own cgroup, whose files are read from 0 on, or of the host.
class RunPressure {
 public:
  // `cgroup`: a directory of v2 that was made for the run; empty: the host's.
  RunPressure(const Roots& roots, const std::string& cgroup);

  // What cannot be read stays absent.
  void fill(RunFigures& out) const;
  [[nodiscard]] bool of_host() const { return of_host_; }

 private:
  [[nodiscard]] StallTotals read() const;

  bool of_host_;
  std::string cpu_, memory_, io_;  // paths
  StallTotals begin_;
};

}  // namespace perfwatch
