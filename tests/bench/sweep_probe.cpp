// SPDX-License-Identifier: Apache-2.0
// One side of tests/bench/sweep: so many sweeps of this host in one way, then the CPU time of each
// as "milliseconds processes" on stdout.
//
//   sweep_probe collector|libproc|procfs|reader N
//
// collector: the whole processes collector. reader: only its reader, procfs: the reader for other
// roots on /proc. libproc: libproc2 alone, asked for all that it has of what the collector shows.
#include <fcntl.h>
#include <libproc2/pids.h>
#include <sys/resource.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <string_view>

#include "core/account/processes.h"
#include "core/account/procfs_reader.h"

namespace perfwatch {
namespace {

double cpu_milliseconds() {
  rusage usage{};
  ::getrusage(RUSAGE_SELF, &usage);
  const auto ms = [](const timeval& t) {
    return static_cast<double>(t.tv_sec) * 1e3 + static_cast<double>(t.tv_usec) / 1e3;
  };
  return ms(usage.ru_utime) + ms(usage.ru_stime);
}

double ticks_per_second() { return static_cast<double>(::sysconf(_SC_CLK_TCK)); }

using Sweep = std::function<std::size_t()>;  // returns how many processes it saw

Sweep collector() {
  auto reader = make_process_reader({});
  auto rules = GroupRules::make({});
  if (!reader || !rules) return {};
  auto made = std::make_shared<ProcessesCollector>(
      std::move(*reader), std::move(*rules), ProcessesCollector::Settings{}, 0, ticks_per_second());
  return [made]() -> std::size_t {
    const auto samples = made->collect(Instant::now());
    return samples ? samples->processes->processes.size() : 0;
  };
}

Sweep reader(Result<std::unique_ptr<ProcessReader>> made) {
  if (!made) return {};
  struct State {
    std::unique_ptr<ProcessReader> reader;
    std::vector<ProcessRecord> records;
  };
  auto state = std::make_shared<State>();
  state->reader = std::move(*made);
  return [state]() -> std::size_t {
    return state->reader->sweep(state->records) ? state->records.size() : 0;
  };
}

Sweep libproc() {
  std::array items = {PIDS_ID_PID,        PIDS_ID_PPID,     PIDS_STATE,       PIDS_FLAGS,
                      PIDS_NLWP,          PIDS_TICS_USER,   PIDS_TICS_SYSTEM, PIDS_TICS_BEGAN,
                      PIDS_FLT_MIN,       PIDS_FLT_MAJ,     PIDS_CMD,         PIDS_ID_EUID,
                      PIDS_VM_RSS,        PIDS_VM_RSS_ANON, PIDS_VM_SWAP,     PIDS_IO_READ_BYTES,
                      PIDS_IO_WRITE_BYTES};
  pids_info* info = nullptr;
  if (procps_pids_new(&info, items.data(), static_cast<int>(items.size())) < 0) return {};
  return [info]() -> std::size_t {
    const pids_fetch* fetch = procps_pids_reap(info, PIDS_FETCH_TASKS_ONLY);
    return fetch != nullptr ? static_cast<std::size_t>(fetch->counts->total) : 0;
  };
}

Sweep make_sweep(std::string_view mode) {
  if (mode == "collector") return collector();
  if (mode == "libproc") return libproc();
  if (mode == "reader") return reader(make_process_reader({}));
  if (mode == "procfs") return reader(ProcfsReader::make("/proc", ticks_per_second()));
  return {};
}

int run(std::string_view mode, int count) {
  const Sweep sweep = make_sweep(mode);
  if (!sweep || count <= 0) {
    std::fputs("usage: sweep_probe collector|libproc|procfs|reader N\n", stderr);
    return 2;
  }
  std::size_t processes = sweep();  // the first one opens, allocates and names
  const double before = cpu_milliseconds();
  for (int i = 0; i < count; ++i) processes = sweep();
  std::printf("%.3f %zu\n", (cpu_milliseconds() - before) / count, processes);
  return processes > 0 ? 0 : 1;
}

}  // namespace
}  // namespace perfwatch

int main(int argc, char** argv) {
  return perfwatch::run(argc > 1 ? argv[1] : "", argc > 2 ? std::atoi(argv[2]) : 0);
}
