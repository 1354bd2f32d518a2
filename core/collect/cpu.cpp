// SPDX-License-Identifier: Apache-2.0
#include "core/collect/cpu.h"

#include <algorithm>
#include <utility>

#include "core/base/text.h"
#include "core/collect/values.h"

namespace perfwatch {
namespace {

constexpr Metric kSeconds{"perfwatch_cpu_seconds_total",
                          MetricType::counter,
                          "CPU time of all cores together by what it was spent on.",
                          {"mode"}};
constexpr Metric kCores{"perfwatch_cpu_cores", MetricType::gauge, "CPU cores that are online."};
constexpr Metric kContextSwitches{"perfwatch_context_switches_total", MetricType::counter,
                                  "Context switches of all cores."};
constexpr Metric kForks{"perfwatch_forks_total", MetricType::counter,
                        "Processes and threads created."};
constexpr Metric kBootTime{"perfwatch_boot_time_seconds", MetricType::gauge,
                           "When the host booted, in seconds since 1970-01-01 UTC."};
constexpr Metric kRunning{"perfwatch_processes_running", MetricType::gauge,
                          "Tasks that run or wait for a CPU."};
constexpr Metric kBlocked{"perfwatch_processes_blocked", MetricType::gauge,
                          "Tasks that wait for a disk."};

constexpr const Metric* kMetrics[] = {&kSeconds,  &kCores,   &kContextSwitches, &kForks,
                                      &kBootTime, &kRunning, &kBlocked};

struct Field {
  std::string_view key;
  std::optional<std::uint64_t> CpuStat::*value;
};
constexpr Field kFields[] = {{"ctxt", &CpuStat::context_switches},
                             {"processes", &CpuStat::forks},
                             {"btime", &CpuStat::boot_time},
                             {"procs_running", &CpuStat::running},
                             {"procs_blocked", &CpuStat::blocked}};

// The kernel warns that idle and iowait may step back a little (it corrects its estimate); so do
// virtual machines with steal. More than this is a reset: cores that were taken away.
constexpr double kLargestStepBackSeconds = 3;

bool is_core(std::string_view key) {
  return key.starts_with("cpu") && to_number<std::uint32_t>(key.substr(3)).has_value();
}

}  // namespace

Result<CpuStat> parse_cpu(std::string_view text) {
  CpuStat stat;
  bool found = false;
  std::string_view line;
  while (next_line(text, line)) {
    const auto key = next_word(line);
    if (key == "cpu") {
      for (auto& ticks : stat.ticks) ticks = next_u64(line);
      found = stat.ticks[0].has_value();
    } else if (is_core(key)) {
      ++stat.cores;
    } else {
      const auto* field = std::ranges::find(kFields, key, &Field::key);
      if (field != std::end(kFields)) stat.*field->value = next_u64(line);
    }
  }
  if (!found) return fail(ErrorKind::malformed, "no line \"cpu\" with times");
  return stat;
}

CpuCollector::CpuCollector(const Roots& roots, double ticks_per_second)
    : file_(roots.procfs + "/stat"), ticks_per_second_(ticks_per_second) {}

MetricList CpuCollector::metrics() const { return kMetrics; }

Result<Samples> CpuCollector::collect(Instant) {
  auto text = file_.read();
  if (!text) return tl::unexpected(std::move(text.error()));
  auto stat = parse_cpu(*text);
  if (!stat) return tl::unexpected(within("parsing " + file_.path(), std::move(stat.error())));
  return describe(*stat);
}

Samples CpuCollector::describe(const CpuStat& stat) {
  SampleWriter out(schema_);
  for (std::size_t mode = 0; mode < kCpuModes.size(); ++mode) {
    const double seconds = or_absent(stat.ticks[mode]) / ticks_per_second_;
    out.add(kSeconds, steady_seconds(mode, seconds), {kCpuModes[mode]});
  }
  out.add(kCores, stat.cores > 0 ? static_cast<double>(stat.cores) : kAbsent);
  out.add(kContextSwitches, or_absent(stat.context_switches));
  out.add(kForks, or_absent(stat.forks));
  out.add(kBootTime, or_absent(stat.boot_time));
  out.add(kRunning, or_absent(stat.running));
  out.add(kBlocked, or_absent(stat.blocked));
  Samples samples = std::move(out).finish();
  schema_ = samples.schema;
  return samples;
}

double CpuCollector::steady_seconds(std::size_t mode, double seconds) {
  double& last = last_seconds_[mode];
  if (is_absent(seconds)) return seconds;
  if (seconds < last && last - seconds < kLargestStepBackSeconds) return last;
  last = seconds;
  return seconds;
}

}  // namespace perfwatch
