// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <optional>
#include <string_view>
#include <vector>

namespace perfwatch {

// What the host did in a recent window: means over time. What was not measured, or was not there
// long enough to have a mean, is absent. Names are borrowed from who measured.
struct Load {
  using Value = std::optional<double>;

  std::size_t samples = 0;
  double seconds = 0;  // from the first sample to the last

  Value cores;
  Value cpu_busy;    // 0..1 of all cores, steal included
  Value cpu_iowait;  // 0..1
  Value cpu_steal;   // 0..1, taken by the hypervisor
  Value running;     // tasks that run or wait for a CPU
  Value blocked;     // tasks that wait for a disk
  // Pressure, 0..1 of the time (docs.kernel.org/accounting/psi.html).
  Value cpu_some;
  Value memory_some, memory_full;
  Value io_some, io_full;

  Value memory_available;            // 0..1 of all memory
  Value swap_used;                   // 0..1 of all swap; absent without swap
  Value swap_read, swap_written;     // bytes per second
  Value major_faults;                // per second
  Value temperature, hottest_limit;  // degrees Celsius of what is nearest to its limit
  Value throttled;                   // 0..1 of the time in which the CPUs were slowed down for heat

  struct Disk {
    std::string_view name;
    double busy = 0;  // 0..1 of the time with at least one request
    Value bytes;      // read and written per second
  };
  std::optional<Disk> busiest_disk;

  struct Group {
    std::string_view name;
    Value cores;         // CPU seconds per second
    Value processes;     // that live, and of them
    Value running;       // on a CPU or waiting for one
    Value blocked;       // in uninterruptible sleep (D)
    Value resident;      // bytes
    Value memory_limit;  // bytes, as configured
    Value descriptors;   // open over the soft limit, of the process that is nearest to it
    Value io;            // bytes per second from and to storage
  };
  std::vector<Group> groups;
};

}  // namespace perfwatch
