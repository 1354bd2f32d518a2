// SPDX-License-Identifier: Apache-2.0
#include "daemon/own_process.h"

#include <dirent.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <memory>
#include <utility>

#include "core/base/clock.h"
#include "core/base/text.h"

namespace perfwatch {
namespace {

constexpr Metric kCpu{"process_cpu_seconds_total", MetricType::counter,
                      "CPU time that perfwatchd itself used."};
constexpr Metric kResident{"process_resident_memory_bytes", MetricType::gauge,
                           "Resident memory of perfwatchd itself."};
constexpr Metric kVirtual{"process_virtual_memory_bytes", MetricType::gauge,
                          "Virtual memory of perfwatchd itself."};
constexpr Metric kOpenFds{"process_open_fds", MetricType::gauge,
                          "File descriptors that perfwatchd itself has open."};
constexpr Metric kMaxFds{"process_max_fds", MetricType::gauge,
                         "File descriptors that perfwatchd itself may have open."};
constexpr Metric kStart{"process_start_time_seconds", MetricType::gauge,
                        "When perfwatchd was started, in seconds since 1970."};
constexpr Metric kThreads{"process_threads", MetricType::gauge, "Threads of perfwatchd itself."};
constexpr const Metric* kMetrics[] = {&kCpu,    &kResident, &kVirtual, &kOpenFds,
                                      &kMaxFds, &kStart,    &kThreads};

double cpu_seconds() {
  timespec used{};
  if (::clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &used) != 0) return kAbsent;
  return static_cast<double>(used.tv_sec) + static_cast<double>(used.tv_nsec) / 1e9;
}

// Since Linux 6.2 the size of the folder is the number of its entries; before, they are counted.
double open_descriptors() {
  struct stat folder {};
  if (::stat("/proc/self/fd", &folder) == 0 && folder.st_size > 0) {
    return static_cast<double>(folder.st_size);
  }
  const std::unique_ptr<DIR, int (*)(DIR*)> open(::opendir("/proc/self/fd"), ::closedir);
  if (!open) return kAbsent;
  double count = -3;  // ".", ".." and the one that reads
  while (::readdir(open.get()) != nullptr) ++count;
  return count;
}

double descriptor_limit() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return kAbsent;
  return static_cast<double>(limit.rlim_cur);
}

// Field `number` (from 1) of /proc/self/stat after the name, which is field 2 and ends with the
// last ')'.
double field_of_stat(std::string_view text, int number) {
  const auto end = text.rfind(')');
  if (end == std::string_view::npos) return kAbsent;
  text.remove_prefix(end + 1);
  std::string_view word;
  for (int i = 2; i < number; ++i) word = next_word(text);
  const auto value = to_number<std::uint64_t>(word);
  return value ? static_cast<double>(*value) : kAbsent;
}

}  // namespace

OwnProcess::OwnProcess(std::chrono::system_clock::time_point started)
    : started_(unix_seconds(started)) {}

MetricList OwnProcess::metrics() { return kMetrics; }

Samples OwnProcess::collect() {
  double virtual_bytes = kAbsent;
  double resident_bytes = kAbsent;
  double threads = kAbsent;
  if (auto text = statm_.read()) {
    std::string_view line = *text;
    const double page = static_cast<double>(::sysconf(_SC_PAGESIZE));
    if (const auto pages = next_u64(line)) virtual_bytes = page * static_cast<double>(*pages);
    if (const auto pages = next_u64(line)) resident_bytes = page * static_cast<double>(*pages);
  }
  if (auto text = stat_.read()) threads = field_of_stat(*text, 20);
  use_ = {cpu_seconds(), std::nullopt};
  if (!is_absent(resident_bytes)) use_.resident_bytes = resident_bytes;
  SampleWriter out(schema_);
  out.add(kCpu, use_.cpu_seconds);
  out.add(kResident, resident_bytes);
  out.add(kVirtual, virtual_bytes);
  out.add(kOpenFds, open_descriptors());
  out.add(kMaxFds, descriptor_limit());
  out.add(kStart, started_);
  out.add(kThreads, threads);
  Samples samples = std::move(out).finish();
  schema_ = samples.schema;
  return samples;
}

}  // namespace perfwatch
