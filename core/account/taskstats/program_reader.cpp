// SPDX-License-Identifier: Apache-2.0
#include "core/account/taskstats/program_reader.h"

#include "core/account/process_text.h"

namespace perfwatch {
namespace {

void fill(const ProcessStat& stat, double ticks_per_second, ProcessRecord& record) {
  record.key.start_ticks = stat.start_ticks;
  record.parent = stat.parent;
  record.state = stat.state;
  record.kernel_thread = (stat.flags & kFlagKernelThread) != 0;
  record.forked = (stat.flags & kFlagForked) != 0;
  record.threads = stat.threads;
  record.user_seconds = static_cast<double>(stat.user_ticks) / ticks_per_second;
  record.system_seconds = static_cast<double>(stat.system_ticks) / ticks_per_second;
  record.minor_faults = stat.minor_faults;
  record.major_faults = stat.major_faults;
}

void fill(const ProcessStatus& status, ProcessRecord& record) {
  record.comm = status.comm;
  record.uid = status.uid;
  record.resident_bytes = status.resident_bytes;
  record.anonymous_bytes = status.anonymous_bytes;
  record.swapped_bytes = status.swapped_bytes;
  record.voluntary_switches = status.voluntary_switches;
  record.involuntary_switches = status.involuntary_switches;
}

}  // namespace

std::optional<ProcessRecord> ProgramReader::read(std::int32_t pid) {
  const UniqueFd directory = open_process(procfs_.get(), pid);
  if (!directory.valid() || file_.read_at(directory.get(), "stat") != 0) return std::nullopt;
  const auto stat = parse_process_stat(file_.text());
  // A zombie has no names left, and its end is told anyway.
  if (!stat || stat->state == 'Z' || stat->state == 'X') return std::nullopt;
  ProcessRecord record;
  record.key.pid = pid;
  fill(*stat, ticks_per_second_, record);
  if (file_.read_at(directory.get(), "status") != 0) return std::nullopt;
  const auto status = parse_process_status(file_.text());
  if (!status) return std::nullopt;
  fill(*status, record);
  if (file_.read_at(directory.get(), "io") == 0) {
    if (const auto io = parse_process_io(file_.text())) {
      record.read_bytes = io->read_bytes;
      record.written_bytes = io->written_bytes;
    }
  }
  return record;
}

}  // namespace perfwatch
