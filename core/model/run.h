// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <chrono>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/model/accounting.h"

namespace perfwatch {

// What is measured of a run. The order is that of importance: the first that regressed is named
// first, and CPU seconds, which a busy neighbour changes less, outrank wall time. The text of each
// is its name everywhere: database, JSON, options.
enum class RunMetric : std::uint8_t {
  cpu_seconds,                 // user + system
  wall_seconds,                //
  user_seconds,                //
  system_seconds,              //
  largest_process_bytes,       // peak resident memory of the largest single process
  concurrent_anonymous_bytes,  // peak of the sum of anonymous memory over the processes alive
  cgroup_peak_bytes,           // peak of the run's own cgroup, page cache included
  read_bytes,                  // from and
  written_bytes,               // to storage
  minor_faults,                //
  major_faults,                //
  voluntary_switches,          //
  involuntary_switches,        //
  cpu_stall_seconds,           // PSI "some" during the run: of its cgroup if it has one of its own,
  memory_stall_seconds,        // else of the host
  io_stall_seconds,            //
  throttled_seconds,           // by a limit of its cgroup or those above
  processes,                   // started by the run, its first included
};
inline constexpr std::size_t kRunMetrics = 18;

struct RunMetricInfo {
  std::string_view name;
  enum class Unit : std::uint8_t { seconds, bytes, count } unit;
  double worse_from;       // relative growth that is a regression by default: 0.2 is 20 %
  std::string_view label;  // for people: "CPU", "wall"
};
// By RunMetric.
[[nodiscard]] const std::array<RunMetricInfo, kRunMetrics>& run_metrics();
[[nodiscard]] std::optional<RunMetric> run_metric(std::string_view name);

// NaN is "not known", never 0.
class RunFigures {
 public:
  RunFigures() { values_.fill(std::numeric_limits<double>::quiet_NaN()); }
  [[nodiscard]] double operator[](RunMetric metric) const { return values_[index(metric)]; }
  double& operator[](RunMetric metric) { return values_[index(metric)]; }
  [[nodiscard]] bool has(RunMetric metric) const { return std::isfinite(values_[index(metric)]); }

 private:
  static std::size_t index(RunMetric metric) { return static_cast<std::size_t>(metric); }
  std::array<double, kRunMetrics> values_{};
};

// How a run ended. Only `succeeded` ones make a baseline.
enum class RunOutcome : std::uint8_t {
  running,
  succeeded,    // exit code 0
  failed,       // another exit code, or not started at all (126, 127)
  killed,       // by a signal
  timed_out,    // by --timeout
  interrupted,  // who measured it went away first: nobody knows
};
[[nodiscard]] std::string_view to_string(RunOutcome outcome);
[[nodiscard]] std::optional<RunOutcome> run_outcome(std::string_view name);

// One moment of a run. NaN where it could not be read.
struct RunPoint {
  double seconds = 0;  // since its start
  double cpu_cores = 0;
  double anonymous_bytes = 0;  // of all that was alive
  double processes = 0;
};

// All processes of a run that ran one program, by comm.
struct RunCommand {
  std::string comm;
  std::uint64_t count = 0;
  double cpu_seconds = 0;
  double largest_bytes = 0;       // peak resident memory of the largest; NaN where it is not known
  std::string largest_arguments;  // command line of that one, cut; may be empty
};

// What a run ran on: baselines of different classes are not compared.
struct HostClass {
  std::string cpu_model;
  std::uint32_t cores = 0;
  std::uint64_t memory_bytes = 0;
};
// "8 x AMD EPYC 7B13, 32 GiB": equal texts are the same class.
[[nodiscard]] std::string to_string(const HostClass& host);

// One measured execution. Texts are a stranger's: bounded by who makes them, not trusted.
struct Run {
  std::string id;         // 26 characters, sorted by time (ULID)
  std::string component;  // the repository or folder
  std::string operation;  // the command's first words
  std::vector<std::string> command;
  std::vector<std::pair<std::string, std::string>> labels;  // sorted by name; "commit", "branch"
  std::string host;                                         // its name
  HostClass host_class;
  std::chrono::system_clock::time_point started{};
  RunOutcome outcome = RunOutcome::running;
  int exit_code = 0;  // 0..255; of `killed` the signal
  AccountingTier tier = AccountingTier::poll;
  bool exact = false;  // nothing was missed
  std::string method;  // who measured and how, in words: "perfwatch run, subreaper"
  std::string reason;  // why it is not exact; may be empty
  bool cold = false;   // labelled as run with empty caches (label cache=cold)
  RunFigures figures;
  std::vector<RunPoint> timeline;
  std::vector<RunCommand> by_cpu;     // the top commands, most first
  std::vector<RunCommand> by_memory;  //
};

}  // namespace perfwatch
