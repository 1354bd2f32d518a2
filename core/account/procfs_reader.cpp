// SPDX-License-Identifier: Apache-2.0
#include "core/account/procfs_reader.h"

#include <cerrno>
#include <utility>

#include "core/base/text.h"

namespace perfwatch {
namespace {

constexpr std::size_t kMostProcesses = std::size_t{1} << 22U;  // the kernel's PID_MAX_LIMIT

void fill(const ProcessStat& stat, double ticks_per_second, ProcessRecord& record) {
  record.key.start_ticks = stat.start_ticks;
  record.parent = stat.parent;
  record.comm = stat.comm;
  record.state = stat.state;
  record.kernel_thread = (stat.flags & kFlagKernelThread) != 0;
  record.forked = (stat.flags & kFlagForked) != 0;
  record.threads = stat.threads;
  record.user_seconds = static_cast<double>(stat.user_ticks) / ticks_per_second;
  record.system_seconds = static_cast<double>(stat.system_ticks) / ticks_per_second;
  record.minor_faults = stat.minor_faults;
  record.major_faults = stat.major_faults;
}

}  // namespace

Result<std::unique_ptr<ProcessReader>> ProcfsReader::make(const std::string& procfs,
                                                          double ticks_per_second) {
  std::unique_ptr<ProcfsReader> reader(new ProcfsReader(procfs, ticks_per_second));
  if (!reader->files_.valid()) {
    return tl::unexpected(within("opening " + procfs, error_from_errno(errno)));
  }
  return reader;
}

ProcfsReader::ProcfsReader(const std::string& procfs, double ticks_per_second)
    : path_(procfs), ticks_per_second_(ticks_per_second), files_(procfs), names_(files_.procfs()) {}

Result<SweepErrors> ProcfsReader::sweep(std::vector<ProcessRecord>& out) {
  out.clear();
  if (auto listed = list_pids(); !listed) return tl::unexpected(std::move(listed.error()));
  SweepErrors errors;
  files_.begin_sweep();
  names_.begin_sweep();
  for (const std::int32_t pid : pids_) {
    const Reading reading = read_process(pid, out.emplace_back(), errors);
    if (reading == Reading::failed) return fail(ErrorKind::io, std::move(errors.text));
    if (reading == Reading::unread) errors.unread.push_back(pid);
    if (reading != Reading::done) out.pop_back();
  }
  files_.end_sweep();
  return errors;
}

Reading ProcfsReader::read_process(std::int32_t pid, ProcessRecord& record, SweepErrors& errors) {
  const UniqueFd directory = open_process(files_.procfs(), pid);
  if (!directory.valid()) return note_failure(errors, pid, "", errno);
  if (const int error = stat_.read_at(directory.get(), "stat")) {
    return note_failure(errors, pid, "stat", error);
  }
  const auto stat = parse_process_stat(stat_.text());
  if (!stat) {
    note_malformed(errors, pid, "stat", stat.error());
    return Reading::unread;
  }
  record.key.pid = pid;
  fill(*stat, ticks_per_second_, record);
  return files_.complete(directory.get(), stat->resident_pages, record, errors);
}

Result<void> ProcfsReader::list_pids() {
  const Directory entries = open_directory(files_.procfs(), ".");
  if (!entries) return tl::unexpected(within("listing " + path_, error_from_errno(errno)));
  pids_.clear();
  while (const dirent* entry = ::readdir(entries.get())) {
    const auto pid = to_number<std::int32_t>(entry->d_name);
    if (pid && *pid > 0 && pids_.size() < kMostProcesses) pids_.push_back(*pid);
  }
  return {};
}

}  // namespace perfwatch
