// SPDX-License-Identifier: Apache-2.0
#include "core/account/run_usage.h"

#include <cmath>
#include <limits>

namespace perfwatch {
namespace {

constexpr double kBlockBytes = 512;  // of ru_inblock and ru_oublock, see task_io_get_inblock()
constexpr double kTickSeconds = 0.01;
constexpr double kTolerance = 0.001;
constexpr double kUnknown = std::numeric_limits<double>::quiet_NaN();

double seconds(const timeval& time) {
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
}

double number(std::optional<std::uint64_t> value) {
  return value ? static_cast<double>(*value) : kUnknown;
}

}  // namespace

double sampled_peak(std::uint32_t looks, double most_bytes) {
  return looks >= kFewestLooks && most_bytes > 0 ? most_bytes : kUnknown;
}

RunUsage& RunUsage::operator+=(const RunUsage& more) {
  user_seconds += more.user_seconds;
  system_seconds += more.system_seconds;
  minor_faults += more.minor_faults;
  major_faults += more.major_faults;
  voluntary_switches += more.voluntary_switches;
  involuntary_switches += more.involuntary_switches;
  read_bytes += more.read_bytes;
  written_bytes += more.written_bytes;
  return *this;
}

RunUsage& RunUsage::operator-=(const RunUsage& less) {
  const auto take = [](double& from, double value) { from = from < value ? 0 : from - value; };
  take(user_seconds, less.user_seconds);
  take(system_seconds, less.system_seconds);
  take(minor_faults, less.minor_faults);
  take(major_faults, less.major_faults);
  take(voluntary_switches, less.voluntary_switches);
  take(involuntary_switches, less.involuntary_switches);
  take(read_bytes, less.read_bytes);
  take(written_bytes, less.written_bytes);
  return *this;
}

RunUsage usage_of(const ProcessRecord& process) {
  RunUsage usage;
  usage.user_seconds = process.user_seconds;
  usage.system_seconds = process.system_seconds;
  usage.minor_faults = static_cast<double>(process.minor_faults);
  usage.major_faults = static_cast<double>(process.major_faults);
  usage.voluntary_switches = static_cast<double>(process.voluntary_switches);
  usage.involuntary_switches = static_cast<double>(process.involuntary_switches);
  usage.read_bytes = number(process.read_bytes);
  usage.written_bytes = number(process.written_bytes);
  return usage;
}

RunUsage usage_of(const rusage& usage, bool io_counted) {
  RunUsage sum;
  sum.user_seconds = seconds(usage.ru_utime);
  sum.system_seconds = seconds(usage.ru_stime);
  sum.minor_faults = static_cast<double>(usage.ru_minflt);
  sum.major_faults = static_cast<double>(usage.ru_majflt);
  sum.voluntary_switches = static_cast<double>(usage.ru_nvcsw);
  sum.involuntary_switches = static_cast<double>(usage.ru_nivcsw);
  sum.read_bytes = io_counted ? static_cast<double>(usage.ru_inblock) * kBlockBytes : kUnknown;
  sum.written_bytes = io_counted ? static_cast<double>(usage.ru_oublock) * kBlockBytes : kUnknown;
  return sum;
}

bool agree(const RunUsage& events, const RunUsage& waited, double ticks) {
  const double allowed = waited.cpu_seconds() * kTolerance + ticks * kTickSeconds;
  return std::abs(events.cpu_seconds() - waited.cpu_seconds()) <= allowed;
}

void fill_figures(const RunUsage& usage, RunFigures& out) {
  out[RunMetric::cpu_seconds] = usage.cpu_seconds();
  out[RunMetric::user_seconds] = usage.user_seconds;
  out[RunMetric::system_seconds] = usage.system_seconds;
  out[RunMetric::minor_faults] = usage.minor_faults;
  out[RunMetric::major_faults] = usage.major_faults;
  out[RunMetric::voluntary_switches] = usage.voluntary_switches;
  out[RunMetric::involuntary_switches] = usage.involuntary_switches;
  out[RunMetric::read_bytes] = usage.read_bytes;
  out[RunMetric::written_bytes] = usage.written_bytes;
}

}  // namespace perfwatch
